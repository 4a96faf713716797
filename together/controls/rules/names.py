"""Names as they are compared: without accents, capitals, signs and legal forms."""

import unicodedata

# What says how somebody is set up, not who they are.
FORMS = """
ab ag aps as asa bv bvi co company corp corporation cv doo dmcc fzco fze fzllc gmbh inc incorporated
jsc kft kg lda limited llc llp lp ltd ltda mbh nv oao ojsc ooo oy oyj pao pjsc plc pte pty pvt sa
sab sal sarl sas se sl spa spc sro srl zao zrt
"""
LEGAL_FORMS = frozenset(FORMS.split())
# Letters that no rule of Unicode takes apart; the last one is the i without a dot.
LETTERS = str.maketrans(
    {
        **{"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h"},
        "\u0131": "i",
    }
)
# Signs that stand within a word, apostrophes of every kind: L.L.C. is LLC.
WITHIN = str.maketrans("", "", ".'`\u2018\u2019\u00b4\u02bc\u02b9")


def tokens(name: str) -> tuple[str, ...]:
    """
    Give the words of a name as they are compared, in their order.

    >>> tokens("Müller & Søn, L.L.C.")
    ('muller', 'and', 'son')
    """
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(LETTERS)
    seen = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    spaced = seen.translate(WITHIN).replace("&", " and ")
    words = "".join(sign if sign.isalnum() else " " for sign in spaced).split()
    return tuple(word for word in words if word not in LEGAL_FORMS) or tuple(words)


def key(words: tuple[str, ...]) -> str:
    """Give the words of a name sorted, so that their order says nothing."""
    return " ".join(sorted(words))


def address_key(address: str) -> str:
    """
    Give an account or address as it is compared: exactly, but for capitals that mean nothing.

    Capitals of addresses that begin with 0x are a checksum; elsewhere they tell addresses apart.
    """
    plain = "".join(address.split())
    return plain.lower() if plain[:2] in ("0x", "0X") else plain
