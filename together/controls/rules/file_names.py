"""Names of files that people bring in: made harmless before they are kept or given out."""

import re

UNSAFE = re.compile(r"[^\w .()+-]+")


def safe_name(name: str, most: int = 100) -> str:
    """
    Give the name of a file without folders and signs that mean something to a system.

    Of a longer one the last ``most`` signs are kept: its ending says what it is.
    """
    return UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")[-most:]
