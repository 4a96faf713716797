"""Atoms in Arrow: columns of eight decimals as whole numbers, exactly, and back."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

TYPE = pa.decimal128(38, 8)
_WIDTH = 16
_LOW = 2**64 - 1


def read(column: pa.ChunkedArray | pa.Array) -> list[int]:
    """Give the atoms of a column of ``TYPE`` that has no nulls."""
    found: list[int] = []
    for halves in map(_halves, _chunks(column)):
        pairs = zip(halves[:, 0].tolist(), halves[:, 1].tolist(), strict=True)
        found += [high << 64 | low & _LOW for low, high in pairs]
    return found


def narrow(column: pa.ChunkedArray | pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Give a column as 64-bit numbers, and which of them are the atoms: the others do not fit."""
    found = [_halves(chunk) for chunk in _chunks(column)]
    halves = np.concatenate(found) if found else np.empty((0, 2), dtype=np.int64)
    low, high = halves[:, 0], halves[:, 1]
    return low, high == low >> 63


def _chunks(column: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    return column.chunks if isinstance(column, pa.ChunkedArray) else [column]


def _halves(chunk: pa.Array) -> NDArray[np.int64]:
    """Give the low and the high half of each value of a chunk: 128 bits, little-endian."""
    if chunk.type != TYPE or chunk.null_count:
        raise TypeError(f"a column of {TYPE} without nulls is needed, not {chunk.type}")
    start = chunk.offset * _WIDTH
    data = memoryview(chunk.buffers()[1])[start : start + len(chunk) * _WIDTH]
    return np.frombuffer(data, dtype="<i8").reshape(-1, 2)


def write(values: Sequence[int]) -> pa.Array:
    """Give atoms as a column of ``TYPE``."""
    data = b"".join([value.to_bytes(_WIDTH, "little", signed=True) for value in values])
    return pa.Array.from_buffers(TYPE, len(values), [None, pa.py_buffer(data)])
