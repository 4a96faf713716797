"""What a programme asks the treasury to pay: an order and its payments."""

from dataclasses import dataclass

from together.treasury.models import Destination


@dataclass(frozen=True, slots=True)
class Payment:
    """
    One payment to instruct: identity, reference for the rail, payee, minor units.

    ``payee`` is the account paid on the exchange's own rail; everything else goes to a registered
    ``destination``, whose payee it is.
    """

    subject: str
    reference: str
    payee: str
    amount: int
    destination: Destination | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a programme asks the treasury to pay.

    ``kind`` and ``subject`` name it for ever; ``source`` is the account (code, subject) that its
    batches are funded from; ``approval_kind`` the stages it must pass. ``is_tested`` where the
    programme tests the order once more when it is released: then it alone releases it.
    """

    kind: str
    subject: str
    approval_kind: str
    source: tuple[str, str]
    is_tested: bool = False
