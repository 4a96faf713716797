"""Parquet parts of evidence: columns of the allowed types, read batch by batch."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from retail_claims.formats.csv_parts import demand_columns
from retail_claims.formats.inputs import FileFault
from retail_claims.rules.columns import MONEY, OPTIONAL, TIMES, Column

# The widest decimal that the set work can hold; a wider one goes through text.
WIDEST = 38


def read(path: Path, *, columns: Sequence[Column], at_once: int) -> Iterator[pa.Table]:
    """
    Read a part, ``at_once`` rows at a time, with exactly these columns in this order.

    Times come as timestamps in UTC; a column that is optional and absent comes as nulls.

    :raises FileFault: if the part is no whole Parquet file, or a column of a type not allowed
    """
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError):
        raise FileFault("unreadable") from None
    names = [column.name for column in columns]
    optional = {column.name for column in columns if column.kind in OPTIONAL}
    demand_columns(schema.names, names, optional)
    present = [column for column in columns if column.name in schema.names]
    for column in present:
        _demand_type(column, schema.field(column.name).type)
    try:
        for batch in file.iter_batches(batch_size=at_once, columns=[c.name for c in present]):
            yield pa.table([_plain(batch, column) for column in columns], names=names)
    except (pa.ArrowException, OSError):
        raise FileFault("unreadable") from None


def _demand_type(column: Column, found: pa.DataType) -> None:
    """Refuse a type that could hide a rounding or a zone, or that is none of the allowed ones."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    is_good = (
        pa.types.is_string(found)
        or pa.types.is_large_string(found)
        or pa.types.is_string_view(found)
        or pa.types.is_null(found)
    )
    if column.kind in MONEY:
        is_good = is_good or pa.types.is_decimal(found) or pa.types.is_integer(found)
    if column.kind in TIMES:
        is_good = is_good or (pa.types.is_timestamp(found) and found.tz is not None)
    if not is_good:
        raise FileFault("bad_type", column.name)


def _plain(batch: pa.RecordBatch, column: Column) -> Any:
    """Give a column as text, decimal or whole number."""
    if column.name not in batch.schema.names:
        return pa.nulls(len(batch), pa.string())
    values = batch.column(batch.schema.get_field_index(column.name))
    found = values.type
    if pa.types.is_dictionary(found):
        return values.cast(found.value_type)
    if pa.types.is_null(found):
        return values.cast(pa.string())
    if pa.types.is_timestamp(found):
        return values.cast(pa.timestamp(found.unit))
    if pa.types.is_decimal(found) and found.precision > WIDEST:
        return pa.array([None if v is None else f"{v:f}" for v in values.to_pylist()], pa.string())
    return values
