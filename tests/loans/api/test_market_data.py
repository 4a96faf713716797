"""What a feed sends: taken whole, refused with every fault named, and the same again is known."""

from datetime import timedelta

import pytest
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from loans.models import Observation
from tests.factories import person
from tests.loans.market import instrument, row

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/market-data/observations/"


def client(*roles: str) -> APIClient:
    """Give a client with the token of somebody with these roles."""
    _, secret = AuthToken.objects.create(user=person(*roles), expiry=timedelta(hours=1))
    found = APIClient()
    found.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return found


def send(by: APIClient, *rows):
    return by.post(ADDRESS, {"observations": list(rows)}, format="json")


def test_the_same_twice_is_one_and_another_value_is_refused_by_name():
    instrument()
    feed, moment = client("market_feed"), timezone.now()
    assert send(feed, row("BTC", moment, "65000")).json() == {"stored": 1, "known": 0, "held": 0}
    assert send(feed, row("BTC", moment, "65000")).json() == {"stored": 0, "known": 1, "held": 0}
    refused = send(feed, row("BTC", moment, "65001"))
    assert refused.status_code == 422
    [fault] = refused.json()["errors"]
    assert (fault["row"], fault["column"], fault["value"]) == (1, "value", "65001")
    assert "differs from 65000" in fault["rule"]
    assert Observation.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"observations": []},
        {"observations": "x"},
        {"observations": [{"instrument": "BTC"}]},
        {"observations": [1]},
        {"observations": [{"instrument": "B", "observed_at": "x", "value": 1.5, "source": "s"}]},
        [],
    ],
)
def test_what_is_no_list_of_observations_is_refused(body):
    answer = client("market_feed").post(ADDRESS, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_only_the_role_of_a_feed_may_send():
    instrument()
    for sender in (client("treasury_officer"), client("auditor")):
        assert send(sender, row("BTC", timezone.now(), "1")).status_code == 403
    assert send(APIClient(), row("BTC", timezone.now(), "1")).status_code == 401
    feed = client("market_feed")
    assert feed.get("/api/v1/loans/").status_code == 403
    assert feed.get(ADDRESS).status_code == 405
