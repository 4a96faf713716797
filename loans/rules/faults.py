"""Faults: what is wrong with terms, events or figures, by code, field and words."""


class Fault(ValueError):
    """
    One thing wrong with what was asked.

    ``code`` is a code of the calculation contract, ``field`` the path to the cause (None if there
    is none), ``message`` the rule that was broken. ``bound`` is the amount that would have been
    enough, where there is one.
    """

    def __init__(
        self, code: str, field: str | None, message: str, *, bound: int | None = None
    ) -> None:
        self.code, self.field, self.message, self.bound = code, field, message, bound
        super().__init__(f"{field}: {message}" if field else message)


def bad_terms(field: str, message: str) -> Fault:
    """Make the fault of terms whose fields make no sense together."""
    return Fault("invalid_terms", field, message)


def bad_value(field: str, message: str) -> Fault:
    """Make the fault of a single field."""
    return Fault("invalid_value", field, message)


def bad_event(field: str, message: str) -> Fault:
    """Make the fault of an event that cannot happen where it stands."""
    return Fault("invalid_event", field, message)
