"""Kinds of notices, in words."""

KINDS: tuple[tuple[str, str], ...] = (
    ("invoice", "invoice"),
    ("invoice_corrected", "corrected invoice"),
    ("invoice_cancelled", "cancelled invoice"),
    ("reminder", "reminder"),
    ("default", "notice of default"),
    ("receipt", "receipt advice"),
    ("statement", "account statement"),
)
WORDS = dict(KINDS)
