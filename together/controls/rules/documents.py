"""What may be filed as a document: kinds of content, told from their first bytes, and sizes."""

from together.controls.rules.file_names import safe_name

MOST_BYTES = 20 * 1024 * 1024
# What a file begins with, its media type, and the endings that a name of it may have.
SIGNATURES: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (
        b"PK\x03\x04",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx",),
    ),
)
TEXTS = {".csv": "text/csv", ".txt": "text/plain", ".json": "application/json"}


def media_type(name: str, data: bytes) -> str:
    """
    Give the media type of a file: its bytes decide, and its name must agree with them.

    :raises ValueError: naming the field, the value and the rule, if it is of no kind that is filed
    """
    if not data:
        raise ValueError("file: it is empty")
    if len(data) > MOST_BYTES:
        raise ValueError(f"file: it has {len(data):,} bytes; at most {MOST_BYTES:,} are filed")
    ending = _ending(name)
    for signature, kind, endings in SIGNATURES:
        if data.startswith(signature) and ending in endings:
            return kind
    if ending in TEXTS and _is_text(data):
        return TEXTS[ending]
    known = ", ".join([*(e for *_, endings in SIGNATURES for e in endings), *TEXTS])
    raise ValueError(f"file: {safe_name(name)!r} is none of {known}, or its content is not")


def _ending(name: str) -> str:
    return "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""


def _is_text(data: bytes) -> bool:
    try:
        return "\x00" not in data.decode("utf-8")
    except UnicodeDecodeError:
        return False
