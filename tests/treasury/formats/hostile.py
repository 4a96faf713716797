"""The corpus of hostile statements: each file with how it is refused, or what it is read as."""

import bz2
import gzip
import io
import json
import lzma
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.treasury.formats import writers
from together.treasury.formats import statement_csv

LINE = writers.booked(
    14, "-100", "B1", reference="R1", counterparty="A. Jansen", remittance="Award"
)
STATEMENT = writers.stated([LINE])
CAMT = writers.camt(STATEMENT)
MT940 = writers.mt940(STATEMENT)
OWN = statement_csv.write(STATEMENT)
MAPPED = writers.mapped(STATEMENT)
CHAIN = writers.chain_file([writers.transfer(1, -1_500_000)])
ENTRY = '<Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>'
DOCTYPE = '<?xml version="1.0"?><!DOCTYPE Document {}>' + CAMT.partition("?>")[2]
MEGA = 1024 * 1024


@dataclass(frozen=True)
class Case:
    """One hostile file: ``rule`` and ``column`` of its refusal, or the texts it is read with."""

    name: str
    make: Callable[[], bytes]
    rule: str = ""
    column: str | None = None
    reads: dict[str, object] | None = None

    @property
    def is_mapped(self) -> bool:
        """Say whether it comes with the mapping of a bank's CSV."""
        return self.name.startswith("a bank's CSV")


def changed(text: str, old: str, new: str) -> Callable[[], bytes]:
    assert old in text, old
    return lambda: text.replace(old, new, 1).encode()


def zipped(size: int, name: str = "statement.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, b"<" * size)
    return out.getvalue()


def cases() -> Iterator[Case]:
    yield from packed()
    yield from encodings()
    yield from xml()
    yield from xml_bombs()
    yield from amounts()
    yield from days()
    yield from texts()
    yield from csv_files()
    yield from mt940_files()
    yield from json_files()


def packed() -> Iterator[Case]:
    """What is no statement but may hold one, or pretends to be one."""
    camt = CAMT.encode()
    for name, make, rule in (
        ("gzip", lambda: gzip.compress(camt), "is gzip"),
        ("gzip bomb", lambda: gzip.compress(b"\0" * 64 * MEGA), "is gzip"),
        ("zip bomb", lambda: zipped(64 * MEGA), "is a ZIP"),
        ("zip slip", lambda: zipped(10, "../../etc/passwd"), "is a ZIP"),
        ("bzip2", lambda: bz2.compress(camt), "is bzip2"),
        ("xz", lambda: lzma.compress(camt), "is xz"),
        ("zstandard", lambda: b"\x28\xb5\x2f\xfd" + camt, "is zstandard"),
        ("7z", lambda: b"7z\xbc\xaf\x27\x1c" + camt, "is 7z"),
        ("rar", lambda: b"Rar!\x1a\x07" + camt, "is RAR"),
        ("polyglot of PDF and XML", lambda: b"%PDF-1.7\n" + camt, "is PDF"),
        ("old workbook", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old workbook"),
        ("program", lambda: b"\x7fELF\2\1\1" + camt, "is a program"),
        ("polyglot of program and XML", lambda: b"MZ" + camt, "is a program"),
        ("polyglot of GIF and XML", lambda: b"GIF89a/*" + camt, "of no kind"),
        ("nothing", lambda: b"", "of no kind"),
        ("a byte order mark alone", lambda: b"\xef\xbb\xbf", "of no kind"),
        ("white space alone", lambda: b" \n" * 5 * MEGA, "of no kind"),
        ("NUL alone", lambda: b"\0" * 10 * MEGA, "of no kind"),
        ("noise", lambda: random.Random(7).randbytes(MEGA), "of no kind"),
        ("larger than any", lambda: b"a" * (64 * MEGA + 1), "larger than 67108864 bytes"),
        ("a web page", lambda: b"<!DOCTYPE html><html><script>1</script></html>", "DTD"),
        ("a drawing", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "camt.053.001"),
        ("a list of JSON", lambda: b"[]", "of no kind"),
    ):
        yield Case(name, make, rule)


def encodings() -> Iterator[Case]:
    """Texts whose bytes say something else than they show."""
    other = CAMT.replace('"UTF-8"', '"{}"')
    for name, make, rule in (
        ("XML as UTF-7", lambda: CAMT.replace("<", "+ADw-").encode(), "of no kind"),
        ("XML declared UTF-7", lambda: other.format("UTF-7").encode(), "the encoding is one of"),
        ("XML declared EBCDIC", lambda: other.format("cp037").encode(), "the encoding is one of"),
        ("XML declared GB18030", lambda: other.format("gb18030").encode(), "the encoding is one of"),
        ("XML declared UTF-16 that is not", lambda: other.format("UTF-16").encode(), "is no XML"),
        ("XML as UTF-32", lambda: CAMT.encode("utf-32"), "is UTF-32"),
        ("XML as UTF-16 without mark", lambda: CAMT.encode("utf-16-le"), "is no XML"),
        ("XML as UTF-16 cut in a letter", lambda: CAMT.encode("utf-16")[:-1], "is no XML"),
        ("XML with half a pair", lambda: CAMT.replace("Award", "\ud800").encode("utf-16", "surrogatepass"), "is no XML"),
        ("XML with Latin letters", lambda: CAMT.replace("Award", "Prämie").encode("latin-1"), "is no XML"),
        ("XML with an overlong letter", lambda: CAMT.encode().replace(b"Award", b"A\xc0\xafB"), "is no XML"),
        ("XML with NUL", lambda: CAMT.replace("Award", "A\0B").encode(), "is no XML"),
        ("CSV with NUL", lambda: OWN.replace("Jansen", "\0").encode(), "NUL"),
        ("CSV as UTF-7", lambda: OWN.replace("R1", "+AD0-1").encode(), "read"),
        ("CSV with Latin letters", lambda: OWN.replace("Jansen", "Jänsen").encode("latin-1"), "is not utf-8"),
        ("CSV as UTF-16 cut in a letter", lambda: OWN.encode("utf-16")[:-1], "is not utf-16"),
        ("MT940 with NUL", lambda: MT940.replace("Award", "A\0B").encode(), "NUL"),
        ("MT940 as UTF-32", lambda: MT940.encode("utf-32"), "is UTF-32"),
        ("JSON with NUL", lambda: CHAIN.replace("USDC", "US\0C").encode(), "is no JSON"),
        ("JSON with Latin letters", lambda: CHAIN.replace("USDC", "ÜSDC").encode("latin-1"), "is not utf-8"),
    ):  # fmt: skip
        if rule == "read":
            yield Case(name, make, reads={"reference": "+AD0-1"})
        else:
            yield Case(name, make, rule)


def xml() -> Iterator[Case]:
    """XML that reaches out, repeats itself or is cut."""
    for name, inner in {
        "a file": '[<!ENTITY x SYSTEM "file:///etc/passwd">]',
        "an address": '[<!ENTITY x SYSTEM "http://127.0.0.1:9/">]',
        "a parameter": '[<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]',
        "an entity of its own": '[<!ENTITY x "100.00">]',
        "an external DTD": 'SYSTEM "http://127.0.0.1:9/evil.dtd"',
        "an empty DTD": "[]",
        "an element of its own": "[<!ELEMENT Document ANY>]",
        "laughs": '[<!ENTITY a "ha">' + "".join(
            f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
        ) + "]",
        "one large entity": f'[<!ENTITY x "{"A" * MEGA}">]',
    }.items():  # fmt: skip
        text = DOCTYPE.format(inner).replace("Award", "&x;")
        yield Case(f"XML with {name}", lambda text=text: text.encode(), "DTD or entities")
    for name, old, new, rule in (
        ("an entity that nobody declared", "Award", "&x;", "is no XML"),
        ("a control character", "Award", "\x01", "is no XML"),
        ("a reference to NUL", "Award", "&#0;", "is no XML"),
        ("a reference to no character", "Award", "&#xFFFF;", "is no XML"),
        ("two amounts", "</Amt><CdtDbtInd>DBIT", '</Amt><Amt Ccy="EUR">1</Amt><CdtDbtInd>DBIT', "stands 2 times"),
        ("two accounts", "</IBAN>", f"</IBAN><IBAN>{writers.NL_IBAN}</IBAN>", "stands 2 times"),
        ("two opening balances", "<Cd>CLAV", "<Cd>OPBD", "stands 2 times"),
        ("two marks", "<CdtDbtInd>DBIT</CdtDbtInd>", "<CdtDbtInd>DBIT</CdtDbtInd><CdtDbtInd>CRDT</CdtDbtInd>", "stands 2 times"),
        ("elements in an amount", ">100.00</Amt>", ">1<x/>00.00</Amt>", "text beside elements"),
        ("two attributes of a name", '<Amt Ccy="EUR">100', '<Amt Ccy="EUR" Ccy="USD">100', "is no XML"),
        ("another currency", '<Amt Ccy="EUR">100', '<Amt Ccy="USD">100', "is not EUR"),
        ("no currency", '<Amt Ccy="EUR">100', "<Amt>100", "is not an asset"),
        ("a wrong IBAN", "DE89", "DE98", "check digit"),
        ("a path for an account", writers.DE_IBAN, "../../etc/passwd", "is not an account"),
        ("a wrong BIC", "COBADEFF", "COBA0EFF", "is not a BIC"),
        ("a status of its own", "<Cd>BOOK", "<Cd>DONE", "is not BOOK"),
        ("no closing balance", "<Cd>CLBD", "<Cd>XXXX", "none is CLBD"),
        ("a reference of 10,000", "R1<", "R" * 10_000 + "<", "longer than 8192"),
        ("a name of 5,000", "A. Jansen", "N" * 5_000, "longer than 140"),
        ("another root", "<Document ", "<Documents ", "is"),
    ):  # fmt: skip
        yield Case(f"XML with {name}", changed(CAMT, old, new), rule)
    yield Case("XML that is cut", lambda: CAMT[:-200].encode(), "is no XML")
    yield Case("XML after XML", lambda: (CAMT + CAMT).encode(), "is no XML")
    yield Case("XML with a batch that does not add up", changed(
        CAMT, "</EndToEndId></Refs>", '</EndToEndId></Refs><Amt Ccy="EUR">99</Amt>'
    ), "are off it by")  # fmt: skip
    for name, old, new in (
        ("a style sheet", "<Document ", '<?xml-stylesheet href="http://127.0.0.1:9/"?><Document '),
        ("a place of its schema", "<Document ", '<Document xmlns:xsi="urn:x" xsi:schemaLocation="urn:y http://127.0.0.1:9/" '),
        ("an inclusion", "<Ntry>", '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/><Ntry>'),
    ):  # fmt: skip
        reads = {"amount": "-100", "reference": "R1", "remittance": "Award"}
        yield Case(f"XML with {name}", changed(CAMT, old, new), reads=reads)


def xml_bombs() -> Iterator[Case]:
    """XML that is too much of something."""
    head, tail = CAMT[: CAMT.index("<Ntry>")], CAMT[CAMT.index("</Stmt>") :]
    ntry = CAMT[len(head) : -len(tail)]

    def inside(text: str) -> bytes:
        return f"{head}<Ntry>{text}</Ntry>{tail}".encode()

    for name, make, rule in (
        ("100,000 levels", lambda: inside("<x>" * 100_000 + "</x>" * 100_000), "more than 40 levels"),
        ("100,000 levels that stay open", lambda: (head + "<x>" * 100_000).encode(), "more than 40 levels"),
        ("100,000 attributes", lambda: inside("<x " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>"), "more than 20 attributes"),
        ("an attribute of 50 MB", lambda: inside(f'<x a="{"A" * 50 * MEGA}"/>'), "a tag or comment longer"),
        ("a comment of 50 MB", lambda: inside(f"<!--{'A' * 50 * MEGA}-->"), "a tag or comment longer"),
        ("a name of 50 MB", lambda: inside(f"<{'A' * 50 * MEGA}/>"), "a tag or comment longer"),
        ("a tag of 50 MB that stays open", lambda: (head + "<" + "A" * 50 * MEGA).encode(), "a tag or comment longer"),
        ("an amount of 10 MB", lambda: inside(f'<Amt Ccy="EUR">{"1" * 10 * MEGA}</Amt>'), "longer than 8192"),
        ("a text of 10 MB in CDATA", lambda: inside(f"<x><![CDATA[{'A' * 10 * MEGA}]]></x>"), "longer than 8192"),
        ("a million elements in one", lambda: inside("<x/>" * MEGA), "200,000 elements at once"),
        ("5 million elements", lambda: (head + "<x/>" * 5 * MEGA + tail).encode(), "200,000 elements at once"),
        ("100,000 namespaces", lambda: inside("<x " + " ".join(f'xmlns:a{n}="u{n}"' for n in range(100_000)) + "/>"), "a tag or comment longer"),
        ("more entries than are read", lambda: (head + ntry.replace("B1", "") * 100_001 + tail)[: 60 * MEGA].encode(), "800,000 elements"),
        ("10 million references to a character", lambda: inside(f"<x>{'&#65;' * 10 * MEGA}</x>"), "longer than 8192"),
    ):  # fmt: skip
        yield Case(f"XML with {name}", make, rule)


BAD_AMOUNTS = {
    "NaN": "NaN",
    "infinity": "Infinity",
    "a power": "1e400",
    "full-width digits": "１００",
    "Arabic digits": "١٠٠",
    "400 digits": "9" * 400,
    "a plus": "+100",
    "hexadecimal": "0x64",
    "two points": "1.0.0",
    "an underscore": "1_00",
    "a blank": "1 00",
    "a formula": "=100",
}


def amounts() -> Iterator[Case]:
    """Amounts that some parser would take."""
    for name, bad in BAD_AMOUNTS.items():
        yield Case(
            f"XML with {name} for an amount",
            changed(CAMT, f"{ENTRY}", ENTRY.replace("100.00", bad)),
            "amount",
            "Ntry/Amt",
        )
        yield Case(
            f"MT940 with {name} for an amount",
            changed(MT940, "D100,00", f"D{bad}"),
            "statement line",
            ":61:",
        )
        yield Case(
            f"CSV with {name} for an amount", changed(OWN, ",-100,", f",{bad},"), "amount", "amount"
        )
        yield Case(
            f"a bank's CSV with {name} for an amount",
            changed(MAPPED, ",-100,", f",{bad},"),
            "amount",
            "amount",
        )
        value = json.dumps(bad)
        yield Case(
            f"JSON with {name} for an amount",
            changed(CHAIN, '"value": "1500000"', f'"value": {value}'),
            "text of digits",
            "value",
        )
    yield Case(
        "CSV with a negative zero", changed(OWN, ",-100,", ",-0.00,"), "negative zero", "amount"
    )
    yield Case(
        "a bank's CSV with a negative zero",
        changed(MAPPED, ",-100,", ",-0,"),
        "negative zero",
        "amount",
    )
    yield Case(
        "XML with a sign on an amount",
        changed(CAMT, ">100.00</Amt><CdtDbtInd>DBIT", ">-0</Amt><CdtDbtInd>DBIT"),
        "negative zero",
    )


def days() -> Iterator[Case]:
    """Days that are none, or of no year in which a statement was written."""
    for bad in (
        "0000-00-00",
        "9999-12-31",
        "2025-02-30",
        "1969-12-31",
        "2025-13-01",
        "２０２５-10-14",
        "2025-10-14T00:00:00",
        "14.10.2025",
    ):
        yield Case(
            f"XML booked on {bad}",
            changed(CAMT, "<BookgDt><Dt>2025-10-14", f"<BookgDt><Dt>{bad}"),
            "is no",
            "Ntry/BookgDt/Dt",
        )
        yield Case(
            f"a bank's CSV booked on {bad}",
            changed(MAPPED, "2025-10-14", bad),
            "is no",
            "booked_on",
        )
        moment = bad if "T" in bad else f"{bad}T12:00:00Z"
        yield Case(
            f"CSV booked at {bad}",
            changed(OWN, "entry,B1,2025-10-14T00:00:00+00:00", f"entry,B1,{moment}"),
            "is no",
            "booked_at",
        )
        yield Case(
            f"JSON of {bad}",
            lambda moment=moment: re.sub(
                r'"timestamp": "[^"]*", "from"', f'"timestamp": "{moment}", "from"', CHAIN
            ).encode(),
            "is no",
            "timestamp",
        )
    for bad in ("250230", "251300", "250001", "2510١4", "25１014"):
        yield Case(f"MT940 of {bad}", changed(MT940, ":61:251014", f":61:{bad}"), "", ":61:")


def texts() -> Iterator[Case]:
    """Texts of payers that must stay texts, or are made harmless."""
    for name, bad, read in (
        ("a formula", "=cmd|' /C calc'!A0", None),
        ("a formula with a plus", "+1+1", None),
        ("a formula with an at", "@SUM(1)", None),
        ("a path", "../../../etc/passwd", None),
        ("a script", "<script>alert(1)</script>", None),
        ("SQL", "'); DROP TABLE treasury_pool; --", None),
        ("a template", "{{ settings.SECRET_KEY }}", None),
        ("a mark that turns the direction", "pay \u202e001", "pay \ufffd001"),
        ("a mark that isolates", "a\u2066b\u2069", "a\ufffdb\ufffd"),
        ("a letter that cannot be seen", "R\u200b1", "R\ufffd1"),
        ("a line of its own", "a\u2028b", "a b"),
        ("a private letter", "a\ue000b", "a\ufffdb"),
    ):  # fmt: skip
        shown = bad if read is None else read
        escaped = bad.replace("&", "&amp;").replace("<", "&lt;")
        yield Case(
            f"XML with {name} in a text",
            changed(CAMT, "Award<", f"{escaped}<"),
            reads={"remittance": shown},
        )
        yield Case(
            f"a bank's CSV with {name} in a text",
            changed(MAPPED, ",Award,", f',"{bad}",'),
            reads={"remittance": shown},
        )
    for name, bad, read in (
        ("an escape of terminals", "a\x1b[31mb", "a\ufffd[31mb"),
        ("a bell", "a\x07b", "a\ufffdb"),
        ("a deleted letter", "a\x7fb", "a\ufffdb"),
    ):
        yield Case(
            f"CSV with {name} in a name",
            changed(OWN, "A. Jansen", bad),
            reads={"counterparty": read},
        )
        yield Case(
            f"MT940 with {name} in a text", changed(MT940, "Award", bad), reads={"remittance": read}
        )


def csv_files() -> Iterator[Case]:
    """CSV that is too wide, too long or not closed."""
    head, opening, entry, closing = OWN.splitlines()
    first, row = MAPPED.splitlines()

    def own(*rows: str) -> bytes:
        return "\n".join([head, opening, *rows, closing, ""]).encode()

    for name, make, rule in (
        ("a million columns", lambda: own("," * MEGA), "longer than 65536"),
        ("30,000 columns", lambda: own("," * 30_000), "cells, not 8"),
        ("a cell of 50 MB", lambda: own("a" * 50 * MEGA), "longer than 65536"),
        ("a quote that stays open", lambda: own('"' + "a\n" * 20 * MEGA), "a quote stays open"),
        ("a million quotes", lambda: own('"' * MEGA), "longer than 65536"),
        ("text after a quote", lambda: own('"a"b,,,,,,,'), "is no CSV"),
        ("a million bad rows", lambda: own(*["x"] * MEGA), "cells, not 8"),
        ("20 million empty rows", lambda: (OWN + "\n" * 20 * MEGA).encode(), ""),
        ("one id for two lines", lambda: own(entry, entry.replace("-100", "-101")), "stands twice"),
        ("no closing", lambda: "\n".join([head, opening, entry]).encode(), "is not the closing record"),
        ("nothing but a header", lambda: head.encode(), "needs an opening"),
        ("another header", lambda: OWN.replace("amount", "аmount").encode(), ""),
        ("an end that is none", lambda: OWN.replace("\n", "\v").encode(), ""),
        ("another asset", lambda: OWN.replace(",EUR,R1", ",USD,R1").encode(), "is not EUR"),
        ("an unseen letter in an id", lambda: OWN.replace(",B1,", ",B\u200b1,").encode(), "cannot be seen"),
        ("a number of 400 digits", lambda: OWN.replace("opening,17", "opening," + "9" * 400).encode(), "number of a statement"),
    ):  # fmt: skip
        yield Case(f"CSV with {name}", make, rule)
    for name, make, rule in (
        ("201 columns", lambda: (MAPPED + "," * 200).encode(), "more than 200 columns"),
        ("two columns of a name", lambda: (first.replace("Value", "Amount") + "\n" + row).encode(), "stands 2 times"),
        ("a balance that does not run", lambda: (MAPPED + row + "\n").encode(), "does not follow: 800"),
        ("two currencies", lambda: (MAPPED + row.replace("EUR", "USD").replace(",900,", ",800,")).encode(), "several assets"),
        ("half a million lines", lambda: (first + "\n" + (row + "\n") * 500_000)[: 60 * MEGA].encode(), ""),
        ("a header alone", lambda: first.encode(), "has no line"),
        ("a short row", lambda: f"{first}\n2025-10-14,x".encode(), "cells; column"),
    ):  # fmt: skip
        yield Case(f"a bank's CSV with {name}", make, rule)


def mt940_files() -> Iterator[Case]:
    """MT940 that repeats, goes on and on, or makes patterns search for long."""
    line = next(one for one in MT940.splitlines() if one.startswith(":61:"))
    start = MT940[: MT940.index(":61:")]
    many = changed(MT940, "Award", "\n".join(["/EREF/" * 10] * 50))
    yield Case("MT940 with codewords without end", many, reads={"reference": "", "amount": "-100"})
    for name, make, rule in (
        ("a million lines", lambda: (start + f"{line}\n" * MEGA)[: 30 * MEGA].encode(), "more than"),
        ("300,000 lines that end", lambda: MT940.replace(line, f"{line}\n" * 300_000).encode()[: 32 * MEGA], ""),
        ("a million tags", lambda: (start + ":86:\n" * MEGA).encode(), "more than"),
        ("a million messages", lambda: (":20:x\n" * MEGA).encode(), "is missing"),
        ("details without end", lambda: MT940.replace("Award", "a\n" * MEGA).encode(), "goes on for more than"),
        ("details of 60,000", lambda: MT940.replace("Award", "a" * 60_000).encode(), "longer than 4000"),
        ("one line of 10 MB", lambda: MT940.replace("Award", "a" * 10 * MEGA).encode(), "longer than 65536"),
        ("60,000 digits", lambda: MT940.replace("D100,00", "D" + "1" * 60_000).encode(), "statement line"),
        ("60,000 slashes", lambda: MT940.replace("NONREF", "/" * 60_000).encode(), "statement line"),
        ("60,000 blanks in the account", lambda: MT940.replace(writers.DE_IBAN, "A " * 30_000).encode(), "is not an account"),
        ("a tag of no message", lambda: MT940.replace(":64:", ":77:").encode(), "is no field"),
        ("a closing that stands twice", lambda: MT940.replace(":64:", ":62F:").encode(), "stands twice"),
        ("a wrong IBAN", lambda: MT940.replace("DE89", "DE98").encode(), "check digit"),
        ("two currencies", lambda: MT940.replace(":62F:C251014EUR", ":62F:C251014USD").encode(), "the currency of"),
        ("no end", lambda: MT940[: MT940.index(":62F:")].encode(), "is missing"),
        ("an envelope in an envelope", lambda: ("{1:" * 20_000 + MT940).encode(), ""),
        ("a preamble without end", lambda: ("AAA\n" * 4 + "hello\n" + MT940).encode(), "of no kind"),
        ("more bytes than it may have", lambda: (MT940 * 250_000)[: 33 * MEGA].encode(), "larger than 33554432"),
        ("100,000 messages", lambda: (MT940 * 100_001)[: 32 * MEGA].encode(), ""),
    ):  # fmt: skip
        yield Case(f"MT940 with {name}", make, rule)


def json_files() -> Iterator[Case]:
    """JSON that is deep, wide, says a thing twice or says what is no number."""
    for name, old, new, rule in (
        ("a key twice", '"version": 1', '"version": 1, "version": 2', "stands twice"),
        ("NaN", '"version": 1', '"version": NaN', "not a whole number"),
        ("infinity", '"version": 1', '"version": -Infinity', "not a whole number"),
        ("a power", '"version": 1', '"version": 1e400', "not a whole number"),
        ("400 digits", '"version": 1', f'"version": {"9" * 400}', "longer than 18 digits"),
        ("a million digits", '"version": 1', f'"version": {"9" * MEGA}', "longer than 18 digits"),
        ("below zero", '"version": 1', '"version": -1', "below zero"),
        ("half a pair", '"USDC"', '"\\ud800"', "is not an asset"),
        ("half a pair for a key", '"version"', '"\\ud800"', "is no key"),
        ("a comment", '"version"', '/* x */ "version"', "is no JSON"),
        ("a wrong checksum", writers.OUR_WALLET, writers.OUR_WALLET.replace("5aA", "5Aa"), "wrong EIP-55"),
        ("a token of the same name", writers.USDC, writers.THEIR_WALLET, "is no token"),
        ("more than it holds", '"transfers": [', '"transfers": [null, ', "is not an object"),
        ("a list for an address", f'"{writers.OUR_WALLET}"', "[]", "is not 0x"),
        ("a fork", '"number": 200, "hash": "0x00', '"number": 232, "hash": "0x11', "is not the final block"),
    ):  # fmt: skip
        yield Case(f"JSON with {name}", changed(CHAIN, old, new), rule)
    for name, make, rule in (
        ("100,000 lists in each other", lambda: b'{"a":' + b"[" * 100_000, "of ["),
        ("100,000 objects in each other", lambda: b'{"a":' * 100_000, ""),
        ("ten million empty lists", lambda: b'{"a":[' + b"[]," * 10 * MEGA + b"1]}", "of ["),
        ("ten million numbers", lambda: b'{"a":[' + b"1," * 10 * MEGA + b"1]}", "of ,"),
        ("a million objects", lambda: b'{"a":[' + b"{}," * MEGA + b"1]}", "of {"),
        ("a million keys", lambda: json.dumps({str(n): 0 for n in range(MEGA)}).encode(), "of ,"),
        ("a text of 40 MB", lambda: CHAIN.replace("USDC", "A" * 40 * MEGA).encode(), "is not an asset"),
        ("an end too early", lambda: CHAIN[:-20].encode(), "is no JSON"),
        ("more after its end", lambda: (CHAIN + CHAIN).encode(), ""),
        ("90,000 nothings", lambda: CHAIN.replace('"transfers": [', '"transfers": [' + "{}," * 90_000).encode(), "is missing"),
    ):  # fmt: skip
        yield Case(f"JSON with {name}", make, rule)
