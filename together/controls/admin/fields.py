"""Fields of the console's forms where the theme's own would do something else than is meant."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString


class DateInput(forms.DateInput):
    """A choice of a day, which shows again what was chosen: browsers read only this form of it."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class FileInput(forms.FileInput):
    """
    A choice of a file, with the field that the theme writes the file's name into.

    The theme takes the first text field three elements above, which would be another field of the
    form: an opening balance, or a name.
    """

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """Wrap the input, so that the theme finds a field of its own."""
        return format_html(
            '<span><span>{}</span></span><input type="text" hidden disabled tabindex="-1">',
            super().render(*args, **kwargs),
        )
