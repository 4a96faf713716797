"""Atoms in Arrow: columns of eight decimals as whole numbers, exactly, and back."""

from collections.abc import Sequence

import pyarrow as pa

TYPE = pa.decimal128(38, 8)
_WIDTH = 16
_LOW = 2**64 - 1


def read(column: pa.ChunkedArray | pa.Array) -> list[int]:
    """Give the atoms of a column of ``TYPE`` that has no nulls."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    found: list[int] = []
    for chunk in chunks:
        if chunk.type != TYPE or chunk.null_count:
            raise TypeError(f"a column of {TYPE} without nulls is needed, not {chunk.type}")
        start = chunk.offset * _WIDTH
        data = memoryview(chunk.buffers()[1])[start : start + len(chunk) * _WIDTH]
        # Each value is 128 bits, little-endian: the low and the high half follow each other.
        halves = data.cast("B").cast("q").tolist()
        found += [
            high << 64 | low & _LOW for low, high in zip(halves[::2], halves[1::2], strict=True)
        ]
    return found


def write(values: Sequence[int]) -> pa.Array:
    """Give atoms as a column of ``TYPE``."""
    data = b"".join([value.to_bytes(_WIDTH, "little", signed=True) for value in values])
    return pa.Array.from_buffers(TYPE, len(values), [None, pa.py_buffer(data)])
