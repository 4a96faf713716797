"""The characters that banks carry: the basic Latin set of the European Payments Council."""

import string

# EPC217-08, SEPA conversion table, section 2; the same as the SWIFT character set X without
# line breaks. A bank may refuse, drop or replace anything else, so nothing else is sent.
ALLOWED = frozenset(string.ascii_letters + string.digits + "/-?:().,'+ ")
LONGEST_NAME = 70
LONGEST_TEXT = 140


def fault_of_text(text: str, longest: int) -> str:
    """
    Say what keeps a bank from carrying a text as it is, or nothing.

    A name is never changed or cut to fit: who registers it writes it as the bank holds it.
    """
    strange = sorted(set(text) - ALLOWED)
    if strange:
        shown = " ".join(repr(sign) for sign in strange[:5])
        return f"{text!r} has {shown}: banks carry letters A-Z, digits and / - ? : ( ) . , ' + only"
    if len(text) > longest:
        return f"{text!r} has {len(text)} characters, banks carry {longest}: shorten it yourself"
    if text != text.strip() or not text:
        return f"{text!r} is empty, or begins or ends with a blank"
    if text.startswith("/") or text.endswith("/") or "//" in text:
        return f"{text!r} begins or ends with a slash or has two together"
    return ""
