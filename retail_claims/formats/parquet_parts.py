"""Parquet parts of evidence: columns of the allowed types, read batch by batch."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from retail_claims.formats.csv_parts import demand_columns
from retail_claims.formats.inputs import FileFault

# The widest decimal that the set work can hold; a wider one goes through text.
WIDEST = 38
# No valid cell is longer, and no more of a bad one is shown.
LONGEST = 100
# What the cells of a batch may take, as the file says of itself.
BATCH_BYTES = 1 << 26
Column = tuple[str, Literal["text", "money", "time"]]


def read(
    path: Path, *, columns: Sequence[Column], optional: Collection[str], at_once: int
) -> Iterator[pa.Table]:
    """
    Read a part, ``at_once`` rows at a time, with exactly these columns in this order.

    Columns are given by name and what they hold. Times come as timestamps in UTC; a column that
    is optional and absent comes as nulls.

    :raises FileFault: if the part is no whole Parquet file, or a column of a type not allowed
    """
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError):
        raise FileFault("unreadable") from None
    names = [name for name, _ in columns]
    demand_columns(schema.names, names, set(optional))
    present = [name for name in names if name in schema.names]
    for name, holds in columns:
        if name in present:
            _demand_type(name, holds, schema.field(name).type)
    texts = [name for name, holds in columns if holds == "text" and name in present]
    try:
        file = pq.ParquetFile(path, read_dictionary=texts)
        for batch in file.iter_batches(batch_size=_fitting(file, at_once), columns=present):
            yield pa.table([_plain(batch, name) for name in names], names=names)
    except (pa.ArrowException, OSError):
        raise FileFault("unreadable") from None


def _fitting(file: pq.ParquetFile, at_once: int) -> int:
    """Give how many rows fit into a batch, by the row group with the longest rows."""
    fitting = at_once
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        fitting = min(fitting, BATCH_BYTES * group.num_rows // max(1, group.total_byte_size))
    return max(1, fitting)


def _demand_type(name: str, holds: str, found: pa.DataType) -> None:
    """Refuse a type that could hide a rounding or a zone, or that is none of the allowed ones."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    is_good = (
        pa.types.is_string(found)
        or pa.types.is_large_string(found)
        or pa.types.is_string_view(found)
        or pa.types.is_null(found)
    )
    if holds == "money":
        is_good = is_good or pa.types.is_decimal(found) or pa.types.is_integer(found)
    if holds == "time":
        is_good = is_good or (pa.types.is_timestamp(found) and found.tz is not None)
    if not is_good:
        raise FileFault("bad_type", name)


def _plain(batch: pa.RecordBatch, name: str) -> Any:
    """Give a column as text, decimal or whole number."""
    if name not in batch.schema.names:
        return pa.nulls(len(batch), pa.string())
    values = batch.column(batch.schema.get_field_index(name))
    found = values.type
    if pa.types.is_dictionary(found):
        # A word may stand once in the file and in every row: it is cut before it is repeated.
        words = pc.utf8_slice_codeunits(values.dictionary.cast(pa.large_string()), 0, LONGEST)
        return pa.DictionaryArray.from_arrays(values.indices, words.cast(pa.string())).cast(
            pa.string()
        )
    if pa.types.is_null(found):
        return values.cast(pa.string())
    if pa.types.is_timestamp(found):
        return values.cast(pa.timestamp(found.unit))
    if pa.types.is_decimal(found) and found.precision > WIDEST:
        return pa.array([_text(value) for value in values.to_pylist()], pa.string())
    return values


def _text(value: Decimal | None) -> str | None:
    """Write a wide decimal without the zeros that say nothing."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
