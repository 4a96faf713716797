"""Collateral in the portal: pledges, loan to value, margin calls, and what is asked for."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loans.models import CollateralRequest
from loans.operations import margin_calls
from tests.console.factories import signed_in, signing_in
from tests.factories import NOW
from tests.loans import market
from tests.loans.collateral import evidence, markets, pledged, secured
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.margin_calls import drawn
from tests.loans.parties import institution
from tests.portal.factories import member
from together.console.queries.tasks.mine import tasks_of
from together.controls.models import Document


@pytest.fixture
def asked(pool):  # noqa: F811
    """Give a secured application with a pledge that has a fresh price."""
    markets(at=NOW)
    one = secured(pool)
    pledged(one, "16")
    now = timezone.now()
    market.fed(market.row("BTC", now - timedelta(minutes=5), "100000"), at=now)
    return one


def path(asked, kind: str = "") -> str:
    return f"/portal/applications/{asked.number}/collateral/{kind and kind + '/'}"


def typed(kind: str = "pledge", **changed) -> dict:
    given: dict = {"key": str(uuid4())}
    if kind == "release":
        given["reason"] = "Half is repaid"
    else:
        given |= {"instrument": "BTC", "quantity": "2.5", "reference": "0xfeed"}
    return {f"{kind}-{name}": value for name, value in {**given, **changed}.items()}


def text(answer) -> str:
    return answer.content.decode()


def masked(answer) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)


def test_the_page_shows_pledges_value_bands_and_what_is_left(asked):
    shown = text(signed_in(member(asked.institution)).get(path(asked)))
    for words in (
        "Loan to value 62.50 %",
        "72.00 % / 77.00 % / 91.00 %",
        "1,600,000.00 USD",
        "16 BTC",
        "Room up to the initial band",
        "nothing pledged",
    ):
        assert words in shown, words


def test_without_a_fresh_price_it_says_so(pool):  # noqa: F811
    markets(at=NOW)
    one = secured(pool)
    pledged(one, "16")
    shown = text(signed_in(member(one.institution)).get(path(one)))
    assert "Loan to value cannot be said" in shown


@pytest.mark.parametrize("role", ["institution_admin", "institution_manager"])
def test_more_collateral_is_announced_once_and_lands_with_the_officers(asked, role):
    client = signed_in(member(asked.institution, role))
    given = typed()
    for _ in range(2):
        paper = SimpleUploadedFile("transfer.pdf", b"%PDF-1.7 new")
        answer = client.post(path(asked, "pledge"), {**given, "pledge-evidence": paper})
        assert answer.status_code == 302
    one = CollateralRequest.objects.get()
    assert one.quantity == 250_000_000
    shown = text(client.get(path(asked)))
    for words in (one.number, "2.5 BTC", "0xfeed", "a loan officer looks at it"):
        assert words in shown
    officer = signing_in("loan_officer")
    assert [task.kind for task in tasks_of(officer, timezone.now()) if one.number in task.name] == [
        "collateral.request"
    ]
    console = signed_in(officer)
    base = f"/console/loans/collateralrequest/{one.pk}/act/pledge/"
    assert "as announced" in text(console.get(base))
    filed = Document.objects.get(name="transfer.pdf")
    done = console.post(
        base, {"custodian": "Harbour Custody", "reference": "ACC-7", "evidence": filed.pk}
    )
    assert done.status_code == 302
    one.refresh_from_db()
    assert (one.state, one.made.reference) == ("taken_up", "ACC-7")
    assert f"pledge {one.made.number} is proposed" in text(client.get(path(asked)))


def test_a_substitution_and_a_release_are_asked_for_and_declined_in_words(asked):
    client = signed_in(member(asked.institution))
    old = asked.pledges.get()
    given = typed("substitution", pledge=old.number)
    assert client.post(path(asked, "substitution"), given).status_code == 302
    one = CollateralRequest.objects.get()
    second = client.post(path(asked, "release"), typed("release", pledge=old.number))
    assert second.status_code == 409
    assert f"{one.number} asks about {old.number} already" in text(second)
    console = signed_in(signing_in("loan_officer"))
    address = f"/console/loans/collateralrequest/{one.pk}/act/decline/"
    assert console.post(address, {"reason": "Keep bitcoin, please"}).status_code == 302
    assert "Keep bitcoin, please" in text(client.get(path(asked)))
    assert (
        client.post(path(asked, "release"), typed("release", pledge=old.number)).status_code == 302
    )
    made = CollateralRequest.objects.get(kind="release")
    release = f"/console/loans/collateralrequest/{made.pk}/act/release/"
    assert console.post(release, {}).status_code in (302, 409)


def test_what_is_wrong_is_named_and_what_was_typed_stays(asked):
    client = signed_in(member(asked.institution))
    bad = client.post(path(asked, "pledge"), typed(quantity="lots", reference="0xkeep"))
    assert bad.status_code == 409
    assert "quantity: &#x27;lots&#x27;" in text(bad)
    assert "0xkeep" in text(bad)
    assert client.post(path(asked, "pledge"), {}).status_code == 400
    assert client.post(path(asked, "gift"), {}).status_code == 404
    assert not CollateralRequest.objects.exists()


def test_a_margin_call_is_shown_with_its_deadline(pool, pay):  # noqa: F811
    markets()
    loan = drawn(pool, pay)
    now = timezone.now()
    market.fed(market.row("BTC", now - timedelta(minutes=5), "80000"), at=now)
    margin_calls.watch(at=now)
    call = loan.margin_calls.get()
    client = signed_in(member(loan.institution))
    home = text(client.get("/portal/"))
    assert call.number in home
    assert f"{call.due_at:%H:%M}" in home
    shown = text(client.get(path(loan.application)))
    assert f"Margin call {call.number}" in shown
    assert "Cured by more collateral of" in shown
    assert "Or by a repayment of" in shown
    assert "Loan to value" in text(client.get(f"/portal/loans/{loan.number}/"))


def test_it_is_withdrawn_and_viewers_only_read_and_strangers_see_nothing(asked):
    client = signed_in(member(asked.institution))
    client.post(path(asked, "pledge"), typed())
    one = CollateralRequest.objects.get()
    viewer = signed_in(member(asked.institution, "institution_viewer"))
    assert "You may read it." in text(viewer.get(path(asked)))
    stranger = signed_in(member(institution()))
    back = f"/portal/collateral-requests/{one.number}/withdraw/"
    for address in (path(asked, "pledge"), back):
        assert viewer.post(address).status_code == 404
        refused = stranger.post(address)
        missing = address.replace(asked.number, "A-9999").replace(one.number, "CR-9999")
        assert refused.status_code == 404
        assert masked(refused) == masked(stranger.post(missing))
    refused = stranger.get(path(asked))
    missing = stranger.get(path(asked).replace(asked.number, "A-9999"))
    assert (refused.status_code, masked(refused)) == (404, masked(missing))
    assert client.post(back).status_code == 302
    assert client.post(back).status_code == 409


def test_more_pledges_cost_no_more_queries(asked):
    client = signed_in(member(asked.institution))
    client.get(path(asked))

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(path(asked)).status_code == 200
        return len(found)

    before = count()
    for _ in range(3):
        pledged(asked, "1", evidence=evidence(asked))
        client.post(path(asked, "pledge"), typed())
    client.get(path(asked))
    assert count() <= before
