"""How references, names and accounts get spoilt on their way through people and banks."""

import random
import unicodedata

LOOKALIKES = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z", "O": "0", "I": "1", "L": "1"}
DIGITS = "0123456789"
# What banks and wallets put around what they were told.
PREFIXES = ("REF ", "REF:", "Payment ", "/ROC/", "RF ", "EREF+", "Your ref. ", "TRF/")
SUFFIXES = ("/INV", " USDC", "/01", " PAYOUT", ".", "//", " NOTPROVIDED", "-P")
NONE_TOLD = ("", "NOTPROVIDED", "NONREF", "PAYMENT", "-")


def slip(chance: random.Random, text: str) -> str:
    """Make one mistake of the hand: a wrong, missing, doubled, added or swapped sign."""
    at = chance.choice([n for n, sign in enumerate(text) if sign.isalnum()])
    kind = chance.choices(("wrong", "missing", "doubled", "swapped", "added"), (40, 22, 14, 16, 8))[
        0
    ]
    if kind == "wrong":
        others = DIGITS if text[at] in DIGITS else "ABCDEFGHKLMNPRSTUVWX"
        return text[:at] + chance.choice([o for o in others if o != text[at]]) + text[at + 1 :]
    if kind == "missing":
        return text[:at] + text[at + 1 :]
    if kind == "doubled":
        return text[: at + 1] + text[at:]
    if kind == "added":
        return text[:at] + chance.choice(DIGITS) + text[at:]
    differing = [
        n for n in range(len(text) - 1) if text[n].isalnum() and text[n + 1] not in (text[n], "-")
    ]
    at = chance.choice(differing)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def slips(chance: random.Random, text: str) -> str:
    """Make one mistake, in one of five texts two; the text is another one afterwards."""
    changed = text
    for _ in range(1 if chance.random() < 0.8 else 2):
        changed = slip(chance, changed)
    return changed if changed != text else slips(chance, text)


def lookalike(chance: random.Random, text: str) -> str:
    """Write one sign, some or all of them as ones that look alike."""
    places = [n for n, sign in enumerate(text) if sign in LOOKALIKES]
    chosen = set(chance.sample(places, chance.choice((1, 2, len(places)))))
    return "".join(LOOKALIKES[s] if n in chosen else s for n, s in enumerate(text))


def respaced(chance: random.Random, text: str) -> str:
    """Write in small letters, without dashes, with other signs between, or in groups of four."""
    bare = text.replace("-", "")
    return chance.choice(
        (
            text.lower(),
            bare,
            bare.lower(),
            text.replace("-", " "),
            text.replace("-", "/"),
            text.replace("-", " - "),
            text.replace("-", "\u2013"),
            " ".join(bare[n : n + 4] for n in range(0, len(bare), 4)),
            text[:6] + text[6:].replace("-", ""),
        )
    )


def around(chance: random.Random, text: str) -> str:
    """Put something of the bank before or after a text."""
    kind = chance.random()
    before = chance.choice(PREFIXES) if kind < 0.7 else ""
    after = chance.choice(SUFFIXES) if kind > 0.5 else ""
    return before + text + after


def cut(chance: random.Random, text: str) -> str:
    """Cut a text as short fields of banks do, sometimes after the bank put a word before it."""
    width = chance.choice((12, 16))
    if len(text) <= width and width == 16:
        text = chance.choice(PREFIXES) + text
    return text[:width]


def respelled(chance: random.Random, name: str) -> str:
    """Write a name as another bank would: capitals, no marks, turned round, shortened, cut."""
    kind = chance.randrange(6)
    first, _, last = name.partition(" ")
    plain = unicodedata.normalize(
        "NFKD", name.replace("ø", "o").replace("Ø", "O").replace("ł", "l")
    )
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    german = name.replace("ü", "ue").replace("ä", "ae").replace("ö", "oe")
    return (
        name.upper(),
        plain.upper(),
        f"{last}, {first}",
        f"{first[0]}. {last}",
        german.upper(),
        plain[: chance.choice((10, 18))],
    )[kind]


def account_respelled(chance: random.Random, account: str) -> str:
    """Write an account in small letters, in groups, masked, or cut."""
    return chance.choice(
        (
            account.lower(),
            " ".join(account[n : n + 4] for n in range(0, len(account), 4)),
            "*" * (len(account) - 4) + account[-4:],
            account[:6],
            f"{account[0]}-{account[1:]}",
        )
    )
