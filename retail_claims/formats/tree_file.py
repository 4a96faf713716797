"""The tree of a run as a file: its levels one after the other, so that a path is a few reads."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

WIDTH = 48
_SIZE = 8


class Climb(NamedTuple):
    """What leads from a leaf to the top: number of leaves, the neighbours, the top, all packed."""

    size: int
    neighbours: list[bytes]
    top: bytes


def write(path: Path, tree: Sequence[Sequence[bytes]]) -> None:
    """Write the levels of a tree, leaves first, after the number of leaves."""
    with path.open("wb") as file:
        file.write(len(tree[0]).to_bytes(_SIZE, "big"))
        for level in tree:
            file.writelines(level)


def read(path: Path, index: int) -> Climb:
    """
    Read what leads from a leaf to the top.

    :raises IndexError: if the tree has no such leaf
    """
    with path.open("rb") as file:
        leaves = size = int.from_bytes(file.read(_SIZE), "big")
        if not 0 <= index < size:
            raise IndexError(f"the tree has {size} leaves, there is no {index}")
        neighbours, start = [], _SIZE
        while size > 1:
            if index ^ 1 < size:
                file.seek(start + (index ^ 1) * WIDTH)
                neighbours.append(file.read(WIDTH))
            start += size * WIDTH
            index, size = index // 2, (size + 1) // 2
        file.seek(start)
        return Climb(leaves, neighbours, file.read(WIDTH))
