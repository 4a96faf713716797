"""Codes that banks give their bookings, and what type of line each of them makes."""

# ISO 20022 external code set, bank transaction sub-family; SWIFT field 61 subfield 6; and the
# German business transaction codes (GVC) that stand before the structured field 86.
RETURNS = frozenset(
    {"RRTN", "RPCR", "RIMB", "PRDD", "UPDD", "UPCT", "UPCQ"}
    | {"NRTI", "FRTI", "SRTI"}
    | {"108", "109", "159"}
)
FEES = frozenset(
    {"CHRG", "COMM", "FEES", "COMT"}
    | {"NCHG", "FCHG", "SCHG", "NCOM", "FCOM", "SCOM", "NBRF", "FBRF", "SBRF"}
    | {"808", "809"}
)
OTHERS = frozenset(
    {"INTR", "TAXE", "ADJT", "WITH"}
    | {"NINT", "FINT", "SINT", "NDIV", "FDIV", "SDIV", "NTAX", "FTAX", "STAX"}
    | {"805", "814"}
)


def type_of(code: str, *, is_inflow: bool, is_return: bool) -> str:
    """
    Give the type of a line from its code, such as ``PMNT-RCDT-ESCT`` or ``NTRF+166``.

    What the bank marks as a return or a reversal is one, whatever its code.
    """
    words = frozenset(code.replace("+", "-").split("-"))
    if is_return or words & RETURNS:
        return "return"
    if words & FEES:
        return "fee"
    if words & OTHERS:
        return "other"
    return "receipt" if is_inflow else "payment"
