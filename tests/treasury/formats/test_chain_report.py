"""Reports of a node: every transaction asked about, in a block or not."""

import pytest

from together.treasury.formats.chain_report import COLUMNS, NotAChainReport, read

HASH = "0x" + "a" * 64
HEAD = ",".join(COLUMNS)
IN_BLOCK = f"{HASH},yes,7,0xb,64,2025-10-14T12:00:00+00:00,0xc,0xd,0xe,1500000,yes"


def report(*rows):
    return "\n".join((HEAD, *rows, "")).encode()


def test_what_stands_in_a_block_and_what_does_not():
    found = read(report(IN_BLOCK.replace("0xaaa", "0xAAA"), f"0xf,no{',' * 9}"))
    assert found["0xf"] is None
    assert (found[HASH].block_number, found[HASH].confirmations) == (7, 64)
    assert (found[HASH].amount, found[HASH].sender, found[HASH].to) == (1_500_000, "0xd", "0xe")
    assert found[HASH].succeeded


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "first line"),
        (b"\xff", "UTF-8"),
        (report(IN_BLOCK, IN_BLOCK), "twice"),
        (report(IN_BLOCK.replace("yes", "maybe")), "line 2: in_block"),
        (report(IN_BLOCK.replace("1500000", "1.5e6")), "amount"),
        (report(IN_BLOCK.replace("1500000", "٣")), "amount"),
        (report(IN_BLOCK.replace(",64,", ",-1,")), "confirmations"),
        (report(IN_BLOCK.replace("+00:00", "")), "booked_at"),
        (report(IN_BLOCK.replace("2025", "x")), "booked_at"),
        (report("a,b"), "2 columns"),
        (report(*[IN_BLOCK] * 10_001), "the most is"),
    ],
)
def test_what_cannot_be_relied_on_is_refused(data, says):
    with pytest.raises(NotAChainReport, match=says):
        read(data)
