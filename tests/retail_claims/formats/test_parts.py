"""Parts of evidence: what is read, what is refused and with which code, in bounded memory."""

import gzip
import hashlib
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retail_claims.formats import atoms, csv_parts, inputs, parquet_parts, tree_file
from retail_claims.formats.inputs import FileFault, NoSuchInput
from retail_claims.rules import merkle

COLUMNS = [("id", "text"), ("at", "time"), ("amount", "money")]


def rows(path, *, wanted=("a", "b"), optional=(), most_bytes=1 << 20, at_once=1000):
    found = []
    for batch in csv_parts.read(
        path, wanted=wanted, optional=optional, most_bytes=most_bytes, at_once=at_once
    ):
        columns = [column or [None] * len(batch.numbers) for column in batch.columns]
        found += list(zip(batch.numbers, *columns, strict=True))
        found += [(number, "misfit") for number in batch.misfits]
    return found


def fault(path, **options):
    with pytest.raises(FileFault) as refusal:
        rows(path, **options)
    return refusal.value.code


def written(tmp_path, data, name="part.csv"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n3,4\n",
        b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4\r\n",
        b"b,x,a\n2,?,1\n4,?,3\n",
        b'a,b\n"1","2"\n\n3,4',
        b"a,b\n\n\n1,2\n\n3,4\n\n",
    ],
)
def test_the_dialect_says_nothing_and_lines_without_characters_are_not_counted(tmp_path, data):
    for name in ("part.csv", "part.csv.gz"):
        assert rows(written(tmp_path, data, name)) == [(1, "1", "2"), (2, "3", "4")]


def test_rows_come_in_batches_and_none_is_lost(tmp_path):
    data = b"a,b\n" + b"".join(b"%d,%d\n" % (n, -n) for n in range(25))
    path = written(tmp_path, data)
    assert rows(path, at_once=7) == [(n + 1, str(n), str(-n)) for n in range(25)]


def test_quotes_may_hold_commas_quotes_and_line_ends(tmp_path):
    path = written(tmp_path, b'a,b\n"x,""y""\nz",2\n')
    assert rows(path) == [(1, 'x,"y"\nz', "2")]


def test_a_row_of_another_width_is_a_misfit_and_keeps_its_number(tmp_path):
    path = written(tmp_path, b"a,b\n1\n3,4\n5,6,7\n")
    assert rows(path) == [(2, "3", "4"), (1, "misfit"), (3, "misfit")]


def test_an_optional_column_may_be_absent(tmp_path):
    path = written(tmp_path, b"a\n1\n")
    assert rows(path, optional=["b"]) == [(1, "1", None)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "missing_column"),
        (b"a,B\n", "missing_column"),
        (b"a,b,a\n", "duplicate_column"),
        (b",".join(b"c%d" % n for n in range(1001)), "too_many_columns"),
        (b"a,b\n1,\0\n", "nul_byte"),
        (b"a,b\n1,caf\xe9\n", "bad_encoding"),
        (b"a,b\n1,2\xc3", "bad_encoding"),
        ("a,b\n1,2\n".encode("utf-16"), "nul_byte"),
        (b'a,b\n1,"2\n', "bad_csv"),
        (b'a,b\n1,"2"x\n', "bad_csv"),
    ],
)
def test_a_file_that_breaks_the_format_is_refused_by_its_fault(tmp_path, data, code):
    assert fault(written(tmp_path, data), most_bytes=1 << 24) == code


def test_rows_before_an_open_quote_were_read(tmp_path):
    path = written(tmp_path, b'a,b\n1,2\n3,"4\n')
    reader = csv_parts.read(path, wanted=("a", "b"), optional=(), most_bytes=1000, at_once=10)
    assert next(reader).numbers == [1]
    with pytest.raises(FileFault, match="bad_csv"):
        next(reader)


def test_a_line_may_have_a_mebibyte_and_no_more(tmp_path):
    longest = b"a,b\n" + b"x" * ((1 << 20) - 2) + b",2\n"
    assert len(rows(written(tmp_path, longest), most_bytes=1 << 22)) == 1
    too_long = b"a,b\n" + b"x" * ((1 << 20) - 1) + b",2\n"
    assert fault(written(tmp_path, too_long), most_bytes=1 << 22) == "line_too_long"


def test_a_small_file_that_expands_without_end_is_stopped_at_the_limit(tmp_path):
    endless = b"a,b\n" + b"1,2\n" * (1 << 20)
    path = written(tmp_path, endless, "bomb.csv.gz")
    assert path.stat().st_size < 20_000
    assert fault(path, most_bytes=1 << 20) == "too_large"
    line = written(tmp_path, b"a,b\n" + b"0" * (1 << 24), "line.csv.gz")
    assert fault(line, most_bytes=1 << 30) == "line_too_long"


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_gzip_is_unreadable(tmp_path, cut):
    whole = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(whole[: int(len(whole) * cut)])
    assert fault(path) == "unreadable"


def parquet(tmp_path, **columns):
    path = tmp_path / "part.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def table(path):
    parts = parquet_parts.read(path, columns=COLUMNS, optional=["amount"], at_once=2)
    return pa.concat_tables(parts)


def good():
    return {
        "id": pa.array(["a", "b", "c"]),
        "at": pa.array([1, 2, 3], pa.timestamp("us", tz="Asia/Tokyo")),
        "amount": pa.array([Decimal("1.5"), None, Decimal("-2")], pa.decimal128(20, 8)),
    }


def test_parquet_columns_come_as_text_time_and_money_in_order(tmp_path):
    found = table(parquet(tmp_path, **dict(reversed(good().items())), more=[1.5] * 3))
    assert found.column_names == ["id", "at", "amount"]
    assert found["at"].type == pa.timestamp("us")
    assert found["amount"].to_pylist()[0] == Decimal("1.5")


@pytest.mark.parametrize(
    "ids",
    [
        pa.array(["a", "b", "c"], pa.large_string()),
        pa.array(["a", "b", "c"]).dictionary_encode(),
        pa.array(["a", None, "x" * 300]),
    ],
)
def test_text_is_text_whatever_its_arrow_type(tmp_path, ids):
    found = table(parquet(tmp_path, **{**good(), "id": ids}))
    assert found["id"].type == pa.string()
    assert found["id"].to_pylist()[0] == "a"


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("amount", pa.array([1.0, 2.0, 3.0])),
        ("at", pa.array([1, 2, 3], pa.timestamp("us"))),
        ("at", pa.array([1, 2, 3], pa.date32())),
        ("id", pa.array([1, 2, 3])),
        ("id", pa.array([b"a", b"b", b"c"])),
    ],
)
def test_a_type_that_may_hide_a_rounding_or_a_zone_is_refused(tmp_path, name, column):
    with pytest.raises(FileFault, match=f"bad_type {name}"):
        table(parquet(tmp_path, **{**good(), name: column}))


def test_a_missing_column_is_named_and_an_optional_one_is_null(tmp_path):
    columns = good()
    del columns["amount"]
    assert table(parquet(tmp_path, **columns))["amount"].null_count == 3
    del columns["id"]
    with pytest.raises(FileFault, match="missing_column id"):
        table(parquet(tmp_path, **columns))


def test_a_truncated_parquet_file_is_unreadable(tmp_path):
    path = parquet(tmp_path, **good())
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileFault, match="unreadable"):
        table(path)


def test_parts_of_a_folder_are_those_that_are_not_hidden(tmp_path):
    for name in ("b.csv", "a.csv", "_SUCCESS", ".part.crc"):
        (tmp_path / name).write_bytes(name.encode())
    for text in (str(tmp_path), f"{tmp_path}/*"):
        assert [part.name for part in inputs.find(text).parts] == ["a.csv", "b.csv"]
    lines = "".join(f"{hashlib.sha256(n.encode()).hexdigest()}  {n}\n" for n in ("a.csv", "b.csv"))
    assert inputs.sha256(inputs.find(str(tmp_path))) == hashlib.sha256(lines.encode()).hexdigest()
    single = inputs.find(str(tmp_path / "a.csv"))
    assert inputs.sha256(single) == hashlib.sha256(b"a.csv").hexdigest()


@pytest.mark.parametrize("name", ["nowhere.csv", "*.parquet", "notes.txt", "empty"])
def test_inputs_that_are_not_there_or_of_no_known_kind_are_refused(tmp_path, name):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSuchInput):
        inputs.find(str(tmp_path / name))


@given(st.lists(st.integers(-(10**30), 10**30)))
def test_atoms_go_into_arrow_and_back_unchanged(values):
    assert atoms.read(atoms.write(values)) == values


def test_atoms_in_arrow_are_decimals_of_eight_places():
    column = atoms.write([1, -150_000_000, 2**64])
    assert [str(value) for value in column.to_pylist()] == [
        "1E-8",
        "-1.50000000",
        "184467440737.09551616",
    ]


def test_atoms_of_a_slice_are_those_of_the_slice():
    assert atoms.read(atoms.write([1, -2, 3]).slice(1, 2)) == [-2, 3]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_a_path_read_from_the_file_is_that_of_the_tree(tmp_path, size):
    tree = merkle.levels([merkle.leaf(bytes(32), n, n, bytes(32)) for n in range(size)])
    path = tmp_path / "tree.bin"
    tree_file.write(path, tree)
    for index in range(size):
        climb = tree_file.read(path, index)
        assert [merkle.open_node(one) for one in climb.neighbours] == merkle.path(tree, index)
        assert (climb.size, merkle.open_node(climb.top)) == (size, merkle.top(tree))
    with pytest.raises(IndexError):
        tree_file.read(path, size)
