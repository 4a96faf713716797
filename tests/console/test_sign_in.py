"""Sign-in: where people land, second factors, lock-out, sessions that end, headers."""

from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from tests import factories
from tests.console.factories import PASSWORD, signed_in, signing_in
from tests.portal import factories as lending
from together.controls.web.middleware import BEGAN

pytestmark = pytest.mark.django_db


def _sign_in(client, login: str, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": login, "password": password})


def test_officers_land_in_the_console_by_username_or_e_mail(client):
    officer = signing_in("auditor")
    assert _sign_in(client, officer.username).url == "/console/"
    client.logout()
    assert _sign_in(client, officer.email).url == "/console/"


def test_an_institutions_people_land_in_the_portal(client):
    member = lending.member(lending.institution())
    assert _sign_in(client, member.username).url == "/portal/"


def test_nobody_signs_up(client):
    assert client.get("/accounts/signup/").status_code == 404


def test_five_failures_lock_sign_in_even_for_the_right_password(client):
    officer = signing_in("auditor")
    for _ in range(5):
        answer = _sign_in(client, officer.username, "wrong")
    assert answer.status_code == 429
    assert b"Too many attempts" in answer.content
    still = _sign_in(client, officer.username)
    assert b"Too many" in still.content
    assert client.get("/console/").status_code == 302


def test_an_unknown_name_is_told_what_a_wrong_password_is_told(client):
    officer = signing_in("auditor")
    known = _sign_in(client, officer.username, "wrong").context["form"].non_field_errors()
    unknown = _sign_in(client, "nobody", "wrong").context["form"].non_field_errors()
    assert list(known) == list(unknown) != []


@pytest.mark.parametrize(
    ("role", "must"),
    [
        ("treasury_officer", True),
        ("auditor", True),
        ("institution_admin", True),
        ("institution_manager", True),
        ("institution_viewer", False),
    ],
)
def test_a_second_factor_is_demanded_of_who_works_or_acts(settings, role, must):
    settings.MFA_REQUIRED = True
    is_portal = role.startswith("institution")
    scope = lending.institution().number if is_portal else ""
    client = signed_in(signing_in(role, scope=scope))
    answer = client.get("/portal/" if is_portal else "/console/")
    if must:
        assert answer.status_code == 302
        assert answer.url == reverse("mfa_activate_totp")
    else:
        assert answer.status_code == 200


@pytest.mark.parametrize("role", ["loan_officer", "market_feed"])
def test_a_token_is_made_only_with_a_second_factor(settings, role):
    settings.MFA_REQUIRED = True
    client, address = signed_in(signing_in(role)), reverse("account_tokens")
    for answer in (client.get(address), client.post(address, {"days": "30"})):
        assert answer.status_code == 302
        assert answer.url == reverse("mfa_activate_totp")
    assert not AuthToken.objects.exists()


def test_with_a_second_factor_the_code_is_asked_for_and_lets_in(client, settings):
    settings.MFA_REQUIRED = True
    officer = signing_in("auditor")
    secret = generate_totp_secret()
    kept = TOTP.activate(officer, secret).instance
    assert kept.data["secret"] != secret
    assert _sign_in(client, officer.username).url == reverse("mfa_authenticate")
    assert client.get("/console/").status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200


def test_what_moves_money_needs_a_fresh_confirmation(settings):
    settings.MFA_REQUIRED = True
    officer = signing_in("treasury_officer")
    TOTP.activate(officer, generate_totp_secret())
    client = signed_in(officer)
    pool = factories.funded_pool()
    address = reverse("admin:treasury_funding_act", args=[pool.fundings.get().pk, "fund"])
    assert client.get(address).url.startswith(reverse("account_reauthenticate"))


def test_who_has_just_signed_in_is_not_asked_again(client, settings):
    officer = signing_in("treasury_officer")
    pool = factories.funded_pool()
    _sign_in(client, officer.username)
    TOTP.activate(officer, generate_totp_secret())
    settings.MFA_REQUIRED = True
    address = reverse("admin:treasury_funding_act", args=[pool.fundings.get().pk, "fund"])
    assert client.get(address).status_code == 200
    session = client.session
    session["account_authentication_methods"][-1]["at"] -= 301
    session.save()
    assert client.get(address).url.startswith(reverse("account_reauthenticate"))


def test_a_session_ends_after_half_a_day_whatever_is_done():
    client = signed_in(signing_in("auditor"))
    assert client.get("/console/").status_code == 200
    session = client.session
    session[BEGAN] = (timezone.now() - timedelta(hours=12, seconds=1)).isoformat()
    session.save()
    assert client.get("/console/").url == reverse("account_login")


def test_an_idle_session_ends_after_a_quarter_of_an_hour():
    client = signed_in(signing_in("auditor"))
    client.get("/console/")
    assert client.session.get_expiry_age() == 15 * 60


def test_a_revoked_role_closes_the_console_at_once():
    from together.controls.operations import people

    officer = signing_in("auditor")
    client = signed_in(officer)
    assert client.get("/console/").status_code == 200
    people.revoke(grant_id=officer.grants.get().pk, by=factories.administrator(), at=timezone.now())
    assert client.get("/console/").status_code == 403


def _policy(answer) -> dict[str, str]:
    parts = answer["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize("path", ["/", "/claims/verify/", "/accounts/login/", "/api/", "/nowhere"])
def test_public_pages_run_nothing_inline_and_load_nothing_from_outside(client, path):
    answer = client.get(path)
    policy = _policy(answer)
    assert policy["script-src"] == policy["style-src"] == policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
    text = answer.content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_the_console_has_its_own_policy_and_is_kept_by_no_cache():
    answer = signed_in(signing_in("auditor")).get("/console/")
    policy = _policy(answer)
    assert "'unsafe-eval'" in policy["script-src"]
    assert policy["default-src"] == "'self'"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Frame-Options"] == "DENY"


def test_metrics_answer_loopback_only(client, settings):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    settings.METRICS_TOKEN = "right"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer right"}).status_code == 200


def test_health_tells_what_does_not_answer(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert client.get("/health/live").json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["broker"] == "does not answer"


@pytest.mark.parametrize("name", ["400", "403", "404", "500"])
def test_error_pages_are_in_the_house_style(name):
    from django.template.loader import render_to_string

    text = render_to_string(f"{name}.html")
    assert f"Error {name}" in text
    assert "together/site.css" in text
