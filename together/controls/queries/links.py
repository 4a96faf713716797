"""One-time links with which somebody sets the first password, or a new one."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from together.controls.models import Person


def password_path(person: Person) -> str:
    """
    Give the path of a link that lets this person set a password once.

    It ends when used, when the password changes, or after ``PASSWORD_RESET_TIMEOUT``.
    """
    key = f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}"
    uid, _, token = key.partition("-")
    return reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
