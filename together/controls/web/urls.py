"""Addresses of sign-in, password and second factor: only those that are used here."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from together.controls.web import tokens
from together.controls.web.access import declared

ANYONE, SIGNED_IN = declared("anyone"), declared("signed in")
KEY = r"^password/set/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$"


@declared("nobody")
def no_sign_up(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such page: people are entered, they do not sign up."""
    raise Http404


urlpatterns: list[URLPattern] = [
    path("login/", ANYONE(account.login), name="account_login"),
    path("logout/", ANYONE(account.logout), name="account_logout"),
    path("inactive/", ANYONE(account.account_inactive), name="account_inactive"),
    path("signup/", no_sign_up, name="account_signup"),
    path("reauthenticate/", SIGNED_IN(account.reauthenticate), name="account_reauthenticate"),
    path("password/change/", SIGNED_IN(account.password_change), name="account_change_password"),
    re_path(KEY, ANYONE(account.password_reset_from_key), name="account_reset_password_from_key"),
    path(
        "password/set/done/",
        ANYONE(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    path("tokens/", tokens.index, name="account_tokens"),
    path("tokens/<str:key>/revoke/", tokens.revoke, name="account_token_revoke"),
    path("2fa/", SIGNED_IN(mfa.index), name="mfa_index"),
    path("2fa/authenticate/", ANYONE(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", SIGNED_IN(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("2fa/totp/activate/", SIGNED_IN(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", SIGNED_IN(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("2fa/codes/", SIGNED_IN(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "2fa/codes/generate/",
        SIGNED_IN(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "2fa/codes/download/",
        SIGNED_IN(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("2fa/keys/", SIGNED_IN(webauthn.list_webauthn), name="mfa_list_webauthn"),
    path("2fa/keys/add/", SIGNED_IN(webauthn.add_webauthn), name="mfa_add_webauthn"),
    path(
        "2fa/keys/reauthenticate/",
        SIGNED_IN(webauthn.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "2fa/keys/<int:pk>/remove/",
        SIGNED_IN(webauthn.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
    path("2fa/keys/<int:pk>/edit/", SIGNED_IN(webauthn.edit_webauthn), name="mfa_edit_webauthn"),
]
