"""On-chain transfer lists: read as written, and any change on the way is found."""

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from together.treasury.formats.transfer_list import (
    FORMATS,
    ListedTransfer,
    NotAList,
    TransferList,
    read,
    write,
)

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
SENDER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
PAYEE = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
OTHER = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
ROWS = (ListedTransfer(PAYEE, 1_250_000, "P-1"), ListedTransfer(OTHER, 10**12, "P-2"))


def listed(*rows, **changes):
    values = {"list_id": "F-00001", "chain_id": "1", "contract": USDC, "asset": "USDC"}
    return TransferList(**{**values, "sender": SENDER, "transfers": rows or ROWS, **changes})


@pytest.mark.parametrize("kind", FORMATS)
def test_a_list_is_read_as_it_was_written(kind):
    found = read(write(listed(), kind))
    assert found == listed()
    assert found.total == 1_000_001_250_000
    assert write(found, kind) == write(listed(), kind)


def test_both_forms_have_one_digest():
    assert read(write(listed(), FORMATS[0])).digest == read(write(listed(), FORMATS[1])).digest


addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(addresses, st.integers(1, 2**62)), min_size=1, max_size=20),
    st.sampled_from(FORMATS),
)
def test_any_list_comes_back(rows, kind):
    found = listed(*(ListedTransfer(to, amount, f"R-{n}") for n, (to, amount) in enumerate(rows)))
    assert read(write(found, kind)) == found


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(FORMATS))
def test_no_changed_byte_gives_another_list(data, kind):
    whole = write(listed(), kind)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    changed = whole[:at] + bytes([other]) + whole[at + 1 :]
    try:
        found = read(changed)
    except NotAList:
        return
    # Blanks between the parts, or the list's own name, may differ; no transfer does.
    assert found.rows == listed().rows


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"contract": USDC.lower()}, "contract.*checksum"),
        ({"sender": "0x1"}, "from"),
        ({"asset": "DOGE"}, "asset"),
        ({"transfers": ()}, "no transfer"),
        ({"transfers": (ListedTransfer(PAYEE.lower(), 1, "P"),)}, "checksum"),
        ({"transfers": (ListedTransfer(PAYEE, 0, "P"),)}, "above zero"),
        ({"transfers": (ListedTransfer(PAYEE, 1, "P"), ListedTransfer(PAYEE, 2, "P"))}, "twice"),
        ({"transfers": (ListedTransfer(PAYEE, 1, "P|Q"),)}, "bars"),
    ],
)
def test_what_cannot_be_sent_is_not_written(changes, says):
    with pytest.raises(NotAList, match=says):
        write(listed(**changes), FORMATS[0])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"1,P-2", b"1,P-2", ""),
        (b"total,2", b"total,3", "count"),
        (b"\n0,1,", b"\n1,1,", "nonce order"),
        (b",1250000,", b",1250001,", "is not 1250001 base units"),
        (b"list,", b"liste,", "head"),
    ],
)
def test_what_differs_is_named(old, new, says):
    data = write(listed(), FORMATS[1])
    if not says:
        assert read(data) == listed()
        return
    with pytest.raises(NotAList, match=says):
        read(data.replace(old, new))


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"\xff\xfe", b"{" * 50, b'{"list_id": 1.5}', b'{"a": 1, "a": 2}', b"list,x\n"],
)
def test_what_is_no_list_is_refused(data):
    with pytest.raises(NotAList):
        read(data)
