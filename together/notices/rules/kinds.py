"""Kinds of notices, in words."""

KINDS: tuple[tuple[str, str], ...] = (
    ("invoice", "invoice"),
    ("invoice_corrected", "corrected invoice"),
    ("invoice_cancelled", "cancelled invoice"),
    ("reminder", "reminder"),
    ("default", "notice of default"),
    ("receipt", "receipt advice"),
    ("receipt_reversed", "receipt taken off"),
    ("statement", "account statement"),
    ("rate", "notice of rate"),
)
WORDS = dict(KINDS)
