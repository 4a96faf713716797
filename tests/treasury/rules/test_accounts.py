"""Accounts of our own: what each kind is known by is checked as destinations are."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from together.treasury.rules.accounts import Named, NotAnAccount, checked_own
from together.treasury.rules.destinations import Details, NotADestination, checked

IBAN = Named("bank", "USD", "CH93 0076 2011 6238 5295 7", "UBSWCHZH80A", "Together Initiative")
AMERICAN = Named("bank", "USD", "000123456789", "CHASUS33", "Together Initiative")
ASIAN = Named("bank", "USD", "003-9012345".replace("-", ""), "DBSSSGSG", "Together Initiative")
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_accounts_that_banks_have_are_taken_in_one_way_of_writing():
    assert checked_own(IBAN).identifier == "CH9300762011623852957"
    assert checked_own(replace(IBAN, servicer="")).identifier == "CH9300762011623852957"
    assert checked_own(AMERICAN) == AMERICAN
    assert checked_own(ASIAN) == ASIAN


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (replace(IBAN, identifier="CH9300762011623852958"), "banks in CH have them"),
        (replace(IBAN, identifier="12345678"), "'12345678' is no IBAN"),
        (replace(AMERICAN, identifier="123"), "'123': 4 to 17 digits"),
        (replace(AMERICAN, identifier="12E4"), "'12E4': 4 to 17 digits"),
        (replace(AMERICAN, servicer=""), "servicer: the BIC is missing"),
        (replace(AMERICAN, servicer="CHASUS3"), "servicer: 'CHASUS3' is no BIC"),
        (replace(ASIAN, identifier="9" * 35), "1 to 34 letters and digits"),
        (replace(ASIAN, identifier=""), "1 to 34 letters and digits"),
        (replace(AMERICAN, holder=""), "holder: '' is empty"),
        (replace(AMERICAN, holder="Tögether"), "holder: 'Tögether' has 'ö'"),
    ],
)
def test_what_no_bank_would_know_is_refused(wrong, text):
    with pytest.raises(NotAnAccount, match=text):
        checked_own(wrong)


def test_every_fault_of_an_account_is_named_at_once():
    with pytest.raises(NotAnAccount) as refused:
        checked_own(replace(IBAN, identifier="1", servicer="NO", holder=""))
    assert all(f"{name}:" in str(refused.value) for name in ("identifier", "servicer", "holder"))


@given(
    kind=st.sampled_from(["exchange", "chain"]),
    identifier=st.one_of(st.text(max_size=90), st.just(ADDRESS), st.just(ADDRESS.lower())),
    servicer=st.one_of(st.text(max_size=5), st.just("1")),
)
def test_wallets_and_addresses_pass_exactly_where_destinations_do(kind, identifier, servicer):
    """The same identifier is an account of ours and somebody else's destination, or neither."""

    def outcome(check):
        try:
            return check()
        except (NotAnAccount, NotADestination) as refused:
            return str(refused)

    ours = outcome(lambda: checked_own(Named(kind, "USDC", identifier, servicer)).identifier)
    theirs = outcome(lambda: checked(Details(kind, "USDC", identifier, servicer)).identifier)
    assert ours == theirs
