"""Identity of statement lines: the bank's reference, or a digest where there is none."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from together.treasury.formats.parsed import ParsedLine


def identified(lines: Sequence[ParsedLine]) -> tuple[ParsedLine, ...]:
    """
    Give every line an id that is unique on its account and the same in every export.

    A line comes with its bank's reference as ``entry_id``, or with none. A reference that stands
    at one line alone is its id. Where it stands at several, as banks do for a payment and its
    fee, the digest of the content is added; where there is none, that digest is the id. Lines
    with equal content are told apart by their ordinal, so a day must be exported whole.
    """
    references = Counter(line.entry_id for line in lines)
    seen: Counter[str] = Counter()
    found = []
    for line in lines:
        if line.entry_id and references[line.entry_id] == 1:
            found.append(line)
            continue
        content = _content(line)
        id_ = f"{line.entry_id[:50]}/{content[:16]}" if line.entry_id else f"content-{content[:40]}"
        seen[id_] += 1
        found.append(replace(line, entry_id=f"{id_}-{seen[id_]}"))
    return tuple(found)


def _content(line: ParsedLine) -> str:
    """
    Give the digest of what a line says, as far as banks say it alike in each of their formats.

    White space and the case of letters do not count: MT940 breaks lines, and shouts.
    """
    texts = (line.reference, line.counterparty_account, line.counterparty, line.remittance)
    parts = [line.booked_at.date().isoformat(), line.amount, line.asset]
    parts += ["".join(text.split()).upper() for text in texts]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
