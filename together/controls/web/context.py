"""What every page knows: where the person works, and whether this is a demonstration."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from together.controls.queries import held


def house(request: HttpRequest) -> dict[str, Any]:
    """Give the templates the houses of the person, read only where a page asks for them."""
    return {
        "works_in_console": lambda: held.works_in(request.user, "console"),
        "works_in_portal": lambda: held.works_in(request.user, "portal"),
        "is_production": settings.PRODUCTION,
    }
