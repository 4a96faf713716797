"""Hostile files are refused by field, value and rule, or made harmless; with little memory and time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.treasury.formats import hostile, writers
from together.treasury.formats import reading
from together.treasury.formats.parsed import Unreadable, digest

CASES = list(hostile.cases())
ROOT = Path(__file__).resolve().parents[3]
MAPPING = writers.mapping(writers.european())


@pytest.fixture(scope="module")
def confined():
    """Give a function that reads a file in a confined process."""
    command = [sys.executable, "-m", "tests.treasury.formats.confined"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:

        def read(path, is_mapped):
            server.stdin.write(json.dumps({"path": str(path), "is_mapped": is_mapped}) + "\n")
            server.stdin.flush()
            return json.loads(server.stdout.readline())

        yield read
        server.stdin.close()


def test_the_corpus_is_large_and_of_every_kind():
    assert len({case.name for case in CASES}) == len(CASES) >= 120
    for kind in ("XML", "MT940", "CSV", "a bank's CSV", "JSON"):
        assert sum(case.name.startswith(kind) for case in CASES) >= 15


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_does_no_harm(case, confined, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(case.make())
    found = confined(path, case.is_mapped)
    print(case.name, {key: value for key, value in found.items() if key != "text"})
    path.unlink()
    assert "killed" not in found, found
    assert "raised" not in found, found
    assert found["megabytes"] <= 256
    assert found["seconds"] <= 5
    if case.reads is not None:
        (line,) = found["read"]
        assert {name: line[name] for name in case.reads} == case.reads
        return
    first = found["refused"][0]
    assert case.rule in found["text"] or any(case.rule in one["rule"] for one in found["refused"])
    assert first["rule"]
    if case.column is not None:
        assert case.column in [one["column"] for one in found["refused"]]


VALID = {name: text.encode() for name, text in {
    "camt": hostile.CAMT, "mt940": hostile.MT940, "own": hostile.OWN, "mapped": hostile.MAPPED, "chain": hostile.CHAIN,
}.items()}  # fmt: skip


def read_or_refuse(data):
    try:
        found = reading.read(data, mapping=MAPPING)
    except Unreadable as refused:
        assert refused.faults
        str(refused).encode()
    else:
        for statement in found:
            assert len(digest(statement)) == 64


@given(st.binary(max_size=600))
def test_no_bytes_do_anything_but_be_read_or_refused(data):
    read_or_refuse(data)


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(VALID)),
    st.lists(
        st.tuples(st.integers(0, 4000), st.integers(0, 30), st.binary(max_size=8)),
        min_size=1,
        max_size=4,
    ),
)
def test_no_altered_file_does_anything_but_be_read_or_refused(kind, cuts):
    data = VALID[kind]
    for at, length, put in cuts:
        begin = at % len(data)
        data = data[:begin] + put + data[begin + length :]
    read_or_refuse(data)


@settings(max_examples=300)
@given(st.sampled_from(sorted(VALID)), st.data())
def test_no_text_of_a_field_does_anything_but_be_read_or_refused(kind, data):
    text = VALID[kind].decode()
    old = data.draw(
        st.sampled_from(
            [
                "100",
                "R1",
                "Award",
                "2025-10-14",
                "251014",
                "EUR",
                "DE89",
                "1500000",
                "0x5aA",
                "17",
                "DBIT",
                "NTRF",
                ",",
            ]
        )
    )
    new = data.draw(
        st.text(max_size=12)
        | st.sampled_from(
            ["\u0661", "-", "1e5", "NaN", "=1+1", "\u202e", "\ud800", "9" * 400, "%n", "\r", "\v"]
        )
    )
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]))
    read_or_refuse(text.replace(old, new).encode(encoding, "replace"))
