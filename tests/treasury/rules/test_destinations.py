"""Where money may go: identifiers are checked, and written in one way."""

import string

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from together.treasury.rules.destinations import (
    ZERO_ADDRESS,
    Details,
    NotADestination,
    checked,
    checksummed,
    digest_of,
    is_iban_country,
)

USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
# The examples of EIP-55 itself.
EIP55 = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
)


def bank(**changes):
    values = {
        "rail": "bank",
        "asset": "USD",
        "identifier": "CH93 0076 2011 6238 5295 7",
        "servicer": "UBSWCHZH80A",
        "holder": "Lagoon Digital Liquidity AG",
        "country": "CH",
    }
    return Details(**{**values, **changes})


def american(**changes):
    values = {
        "identifier": "000123456789",
        "servicer": "",
        "routing_number": "021000021",
        "holder": "Perihel Trading Ltd",
        "country": "US",
    }
    return bank(**{**values, **changes})


@pytest.mark.parametrize("address", EIP55)
def test_small_letters_are_accepted_and_shown_with_their_checksum(address):
    assert checksummed(address) == address
    assert checksummed(address.lower()) == address


@given(st.binary(min_size=20, max_size=20), st.data())
def test_one_letter_in_the_other_case_is_refused(raw, data):
    address = to_checksum_address(raw)
    letters = [n for n, sign in enumerate(address) if sign.lower() in "abcdef" and n > 1]
    if len(letters) < 2:
        return
    at = data.draw(st.sampled_from(letters))
    wrong = address[:at] + address[at].swapcase() + address[at + 1 :]
    if wrong[2:] == wrong[2:].lower():
        return  # Without capitals it carries no checksum at all.
    with pytest.raises(NotADestination, match="EIP-55"):
        checksummed(wrong)


@pytest.mark.parametrize("text", ["", "0x", EIP55[0][2:], EIP55[0] + "0", "0x" + "g" * 40])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(NotADestination, match="address"):
        checksummed(text)


def test_the_zero_address_and_the_tokens_own_contract_are_refused():
    on_chain = Details("chain", "USDC", ZERO_ADDRESS, "1")
    with pytest.raises(NotADestination, match="belongs to nobody"):
        checked(on_chain)
    with pytest.raises(NotADestination, match="the contract of USDC itself"):
        checked(Details("chain", "USDC", USDC.lower(), "1"), contracts=[USDC.lower()])


@pytest.mark.parametrize("chain", ["", "0", "01", "x", "1.0"])
def test_a_chain_has_its_number(chain):
    with pytest.raises(NotADestination, match="EIP-155"):
        checked(Details("chain", "USDC", EIP55[0], chain))


def test_an_iban_is_compacted_and_checked():
    assert checked(bank()).identifier == "CH9300762011623852957"
    assert checked(bank()).payee == "CH9300762011623852957"
    with pytest.raises(NotADestination, match="no IBAN"):
        checked(bank(identifier="CH9300762011623852958"))
    with pytest.raises(NotADestination, match="country: DE is not the IBAN's, CH"):
        checked(bank(country="DE"))


def test_every_fault_is_named_at_once():
    with pytest.raises(NotADestination) as refused:
        checked(bank(servicer="NOBIC", identifier="1", holder="Müller & Co", routing_number="1"))
    for name in ("servicer", "identifier", "holder", "routing_number"):
        assert f"{name}:" in str(refused.value)


def test_an_american_account_has_an_aba_number():
    found = checked(american())
    assert found.payee == "021000021/000123456789"
    with pytest.raises(NotADestination, match="ABA"):
        checked(american(routing_number="021000022"))
    with pytest.raises(NotADestination, match="4 to 17 digits"):
        checked(american(identifier="12"))


def test_where_there_is_no_iban_an_account_number_does():
    assert not is_iban_country("SG")
    found = checked(bank(identifier="1234567", servicer="DBSSSGSG", country="SG"))
    assert found.payee == "DBSSSGSG/1234567"
    with pytest.raises(NotADestination, match="BIC is missing"):
        checked(bank(identifier="1234567", servicer="", country="SG"))


@given(st.text(min_size=1, max_size=80))
def test_a_holders_name_is_taken_as_it_is_or_refused(name):
    allowed = set(string.ascii_letters + string.digits + "/-?:().,'+ ")
    try:
        assert checked(bank(holder=name)).holder == name
        assert set(name) <= allowed
        assert len(name) <= 70
    except NotADestination as refused:
        assert "holder" in str(refused)


def test_an_account_of_the_exchange_has_no_blanks():
    assert checked(Details("exchange", "USDC", "wallet-1")).payee == "wallet-1"
    for wrong in ("", "a b", "w" * 81, "wälle"):
        with pytest.raises(NotADestination, match="identifier"):
            checked(Details("exchange", "USDC", wrong))


def test_a_rail_that_is_none_is_refused():
    with pytest.raises(NotADestination, match="rail"):
        checked(Details("pigeon", "USDC", "x"))


@pytest.mark.parametrize("name", list(Details.__slots__))
def test_each_field_is_in_the_digest(name):
    one = bank()
    other = bank(**{name: getattr(one, name) + "x"})
    digests = {
        digest_of(owner_kind="institution", owner="A", details=one),
        digest_of(owner_kind="institution", owner="A", details=other),
        digest_of(owner_kind="institution", owner="B", details=one),
        digest_of(owner_kind="claimant", owner="A", details=one),
    }
    assert len(digests) == 4
