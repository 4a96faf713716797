"""How sign-in behaves here: nobody signs up, everybody lands where they work."""

import base64
import hashlib
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from together.controls.queries import held


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are entered by a security administrator; they land in their house."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: people are entered, they do not sign up."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again unless the person signed in, or was asked, within the last minutes."""
        acts = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        return not acts or time.time() - acts[-1]["at"] >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Give the house of the person who signed in."""
        return home_of(request)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Send who leaves to the public page."""
        return "/"


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are kept encrypted."""

    def encrypt(self, text: str) -> str:
        """Encrypt a secret with a key made from the project's secret key."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Give the secret back."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def home_of(request: HttpRequest) -> str:
    """Give the address at which the person of a request works."""
    if held.works_in(request.user, "console"):
        return "/console/"
    if held.works_in(request.user, "portal"):
        return "/portal/"
    return "/"


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second factors:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
