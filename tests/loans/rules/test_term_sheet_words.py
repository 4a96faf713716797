"""What is accepted is said in words that have a version: other words, another version."""

import hashlib

from loans.rules.term_sheets import WORDING, WORDINGS, wording

# Never change a line here: who accepted in these words accepted in these words.
DIGESTS = {
    "acceptance/1": "4439e3042c32388b97882b8a498edbc4e52f79bbfd2abeceabb658e75bac3f76",
    "paper/1": "f99fdeaf450bbfa81610351003500e4a400a8d87260c814cf4137be5d4b8e9b7",
}


def test_a_wording_that_was_used_never_changes():
    said = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in WORDINGS.items()}
    assert said == DIGESTS
    assert WORDING in WORDINGS


def test_the_words_name_the_institution():
    assert wording(WORDING, "Alpha Ltd").endswith("entitled to sign for Alpha Ltd.")
