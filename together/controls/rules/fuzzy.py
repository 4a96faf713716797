"""Matching of names by likeness: letters in common, and words that are all there."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from rapidfuzz import fuzz, process

from together.controls.rules.names import address_key, key, tokens
from together.controls.rules.screening import ADDRESS, EXACT, Listed, Match, Subject

# So many names of subjects are compared with all names of the lists at once.
CHUNK = 200
# All words of one name stand in the other: first names that one side leaves out, for example.
ALL_WORDS = 95
FEWEST_WORDS = 2


class _Name:
    """One name of somebody, with its words."""

    __slots__ = ("key", "of", "role", "text", "words")

    def __init__(self, of: int, role: str, text: str) -> None:
        words = tokens(text)
        self.of, self.role, self.text = of, role, text
        self.words, self.key = frozenset(words), key(words)


class ByLikeness:
    """
    Compares names by the letters that they share, whatever the order of their words.

    The score is that of `rapidfuzz.fuzz.ratio` over the sorted words, as a whole number; a name
    whose words all stand in the other one scores 95 at least; an address is the same or it is not.
    """

    def matches(
        self, subjects: Sequence[Subject], listed: Sequence[Listed], threshold: int
    ) -> list[Match]:
        """Give the best match of each subject with each entry, from a threshold on."""
        ours = [_Name(n, role, text) for n, one in enumerate(subjects) for role, text in one.names]
        theirs = [_Name(n, "", text) for n, one in enumerate(listed) for text in one.names]
        ours, theirs = ([one for one in names if one.key] for names in (ours, theirs))
        best: dict[tuple[int, int], Match] = {}
        found = [*_by_letters(ours, theirs, threshold), *_by_words(ours, theirs, threshold)]
        named = (
            Match(our.of, listed[their.of].id, our.role, our.text, their.text, score)
            for our, their, score in found
        )
        for match in (*named, *_by_address(subjects, listed)):
            known = best.get((match.subject, match.entry))
            if known is None or match.score > known.score:
                best[match.subject, match.entry] = match
        return [best[pair] for pair in sorted(best)]


Pairs = Iterator[tuple[_Name, _Name, int]]


def _by_letters(ours: list[_Name], theirs: list[_Name], threshold: int) -> Pairs:
    keys = [one.key for one in theirs]
    for begin in range(0, len(ours), CHUNK):
        part = ours[begin : begin + CHUNK]
        scores = process.cdist(
            [one.key for one in part],
            keys,
            scorer=fuzz.ratio,
            score_cutoff=threshold,
            dtype=np.uint8,
        )
        for row, column in np.argwhere(scores >= threshold):
            yield part[row], theirs[column], int(scores[row, column])


def _by_words(ours: list[_Name], theirs: list[_Name], threshold: int) -> Pairs:
    if threshold > ALL_WORDS:
        return
    having: dict[str, list[int]] = defaultdict(list)
    for n, their in enumerate(theirs):
        for word in their.words:
            having[word].append(n)
    for our in ours:
        shared = Counter(n for word in our.words for n in having.get(word, ()))
        for n, count in shared.items():
            if count == min(len(our.words), len(theirs[n].words)) >= FEWEST_WORDS:
                yield our, theirs[n], ALL_WORDS


def _by_address(subjects: Sequence[Subject], listed: Sequence[Listed]) -> Iterable[Match]:
    theirs = {
        address_key(address): (one.id, address) for one in listed for address in one.addresses
    }
    for n, subject in enumerate(subjects):
        for address in subject.addresses:
            if address_key(address) in theirs:
                entry, text = theirs[address_key(address)]
                yield Match(n, entry, ADDRESS, address, text, EXACT)
