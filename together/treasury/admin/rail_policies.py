"""The console's pages over what is demanded on each kind of rail, and on each chain."""

from collections.abc import Sequence
from typing import Any

from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import column, number, number_column


class RailPolicyAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = (
        "kind",
        number_column("cooling_off_hours", "cooling-off (hours)"),
        column(
            "orders that pay unregistered accounts",
            lambda p: ", ".join(p.unregistered) or "none",
            lambda p: " ".join(p.unregistered),
        ),
    )
    ordering = ("kind",)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Kind of rail", record.get_kind_display()),
            ("Cooling-off", f"{record.cooling_off_hours} hours after confirmation"),
            ("Orders that pay unregistered accounts", ", ".join(record.unregistered) or "none"),
            ("Payees of a canary at most", number(record.canary_payees)),
            (
                "Waves at most, of the pool",
                ", ".join(f"{share / 100:g} %" for share in record.wave_shares) + ", the rest",
            ),
            (
                "A wave awaits statements of the one before",
                "yes" if record.awaits_statement else "no",
            ),
        )


class ChainPolicyAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = ("name", "chain_id", "asset", "contract", number_column("confirmations"))
    ordering = ("chain_id", "asset")

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Chain", f"{record.name}, number {record.chain_id}"),
            ("Asset", record.asset),
            ("Contract", record.contract),
            ("Confirmations before a transfer counts", number(record.confirmations)),
        )
