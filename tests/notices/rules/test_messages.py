"""Messages: one identity for ever, and nothing that breaks a header."""

import pytest

from together.notices.rules.messages import MOST_TRIES, faults, message_id, wait

GOOD = ("Invoice INV-0001", "Dear Ines", ["ines@example.test"])


def test_the_message_id_is_of_the_key_alone():
    assert message_id("a", "x.test") == message_id("a", "x.test") != message_id("b", "x.test")


def test_tries_wait_longer_each_time_and_end_within_a_day():
    waits = [wait(n) for n in range(1, MOST_TRIES)]
    assert waits == sorted(waits)
    assert sum(one.total_seconds() for one in waits) < 86_400


@pytest.mark.parametrize(
    ("title", "body", "addresses", "field"),
    [
        ("", "x", [], "title"),
        ("one\nBcc: other@example.test", "x", [], "title"),
        ("x" * 151, "x", [], "title"),
        ("x", " ", [], "body"),
        ("x", "x" * 4_001, [], "body"),
        ("x", "x", ["nobody"], "addresses"),
        ("x", "x", ["a@x.test, b@x.test"], "addresses"),
        ("x", "x", ["a@x.test\nBcc: b@x.test"], "addresses"),
        ("x", "x", [f"a{n}@x.test" for n in range(11)], "addresses"),
    ],
)
def test_what_cannot_be_mailed_is_named(title, body, addresses, field):
    assert faults(*GOOD) == []
    (fault,) = faults(title, body, addresses)
    assert fault.startswith(f"{field}: ")
