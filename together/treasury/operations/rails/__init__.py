"""
Rails: the ways money leaves. One interface, whatever stands behind it.

This is the interface of rails that answer at once. What leaves by bank or chain leaves in files
(``operations/files.py``): the same instructions, batches and books, but a person carries them, and
statements, reports and confirmations answer.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol

from django.conf import settings


class RailTimeout(Exception):
    """Raised when no answer came: the payment may have been taken, or not, or be taken yet."""


class RailRefused(Exception):
    """Raised when the rail says that it will never take this payment."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The rail's word that it took a payment, and when it booked it."""

    rail_reference: str
    booked_at: datetime


class Rail(Protocol):
    """
    What the treasury asks of a rail.

    ``lateness_seconds`` is the longest time after a call in which the payment may still appear;
    leases are longer than that, so who asks after a lease gets the final answer.
    """

    @property
    def lateness_seconds(self) -> float:
        """Give that longest time, in seconds."""

    def send(self, *, wallet: str, reference: str, payee: str, amount: int, asset: str) -> Receipt:
        """Pay; raises RailTimeout or RailRefused."""

    def query(self, *, wallet: str, reference: str) -> Receipt | None:
        """Ask for a payment by its reference; None if the rail does not know it."""

    def statement(self, *, wallet: str, after: int) -> str | None:
        """
        Give the statement that follows number ``after`` (0: the first) as text.

        Asked again it gives the same one. None if nothing happened since.
        """


@cache
def rail() -> Rail:
    """Give the rail that the settings name."""
    from together.treasury.operations.rails.simulated import SimulatedRail

    return SimulatedRail(settings.SIMULATED_RAIL_FILE)
