"""Tokens of the API: shown once, revoked by their person, and by nobody else."""

import re

import pytest
from django.urls import reverse

from tests.console.factories import signed_in, signing_in
from together.controls.models import AuditRecord

pytestmark = pytest.mark.django_db


def _made(client) -> str:
    page = client.post(reverse("account_tokens"), {"days": "30"}).content.decode()
    (secret,) = re.findall(r"<code>(tg_[0-9a-f]+)</code></pre>", page)
    return secret


def test_a_token_is_shown_once_reads_and_is_revoked(client):
    officer = signing_in("auditor")
    browser = signed_in(officer)
    secret = _made(browser)
    assert secret not in browser.get(reverse("account_tokens")).content.decode()
    headers = {"Authorization": f"Token {secret}"}
    assert client.get("/api/v1/loans/", headers=headers).status_code == 200
    other = signed_in(signing_in("auditor"))
    path = reverse("account_token_revoke", args=[officer.auth_token_set.get().token_key])
    assert other.post(path).status_code == 404
    assert browser.post(path).status_code == 302
    assert client.get("/api/v1/loans/", headers=headers).status_code == 401
    acts = AuditRecord.objects.filter(subject=officer.username, what__startswith="token.")
    assert list(acts.order_by("id").values_list("what", flat=True)) == [
        "token.made",
        "token.revoked",
    ]


def test_a_token_of_odd_length_of_life_is_not_made():
    browser = signed_in(signing_in("auditor"))
    assert b"Select a valid choice" in browser.post("/accounts/tokens/", {"days": "9999"}).content
    assert not AuditRecord.objects.filter(what="token.made").exists()
