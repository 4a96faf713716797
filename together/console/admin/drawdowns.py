"""The console's page over disbursements, where drawdowns are tested again before they go out."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from loans.operations import drawdown_releases, drawdowns
from together.controls.admin.acts import Act, Call, Effect
from together.controls.admin.base import Fact
from together.controls.admin.showing import Table, link, moment
from together.treasury.admin.disbursements import DisbursementAdmin, on_their_way, whole
from together.treasury.rules.states import DisbursementState

NOTHING_STOPS = "nothing: it may go out"


def _release(call: Call) -> str:
    numbers = drawdown_releases.release(
        disbursement=call.record, on=call.at.date(), by=call.by, at=call.at
    )
    return on_their_way(call, numbers)


def _waits(record: Any) -> bool:
    """Say whether a disbursement is a drawdown that was not released yet."""
    return bool(record.kind == drawdowns.KIND and record.state == DisbursementState.PREPARED)


def _tested(record: Any) -> Effect:
    stops = drawdown_releases.stops(record, timezone.now())
    return (*whole(record), ("Stopped by", "; ".join(stops) or NOTHING_STOPS))


class TestedDisbursementAdmin(DisbursementAdmin):
    """Disbursements; a drawdown's loan is tested again, by its programme, when it is released."""

    acts = (
        Act(
            "release-drawdown",
            "Release",
            "treasury.write",
            _release,
            _tested,
            _waits,
            has_step_up=True,
            warning="Passes only when exactly this payment was approved and its loan passes every"
            " test once more: sanctions, identity, limits, covenants, conditions, cover,"
            " availability. It cannot be undone.",
        ),
        *DisbursementAdmin.acts,
    )

    def note(self, record: Any) -> str:
        """Say what stops a drawdown now, and what may be done."""
        if not _waits(record):
            return super().note(record)
        stops = drawdown_releases.stops(record, timezone.now())
        if not stops:
            return ""
        return f"It is stopped: {'; '.join(stops)}. {drawdown_releases.WHAT_HELPS}"

    def facts(self, record: Any) -> Sequence[Fact]:
        """Add the loan of a drawdown."""
        loan = getattr(record, "loan", None)
        return (*super().facts(record), *([("Loan", link(loan))] if loan else []))

    def tables(self, record: Any) -> Sequence[Table]:
        """Add what the release of a drawdown rested on."""
        test = getattr(record, "drawdown_test", None)
        return (*super().tables(record), *([_found(test)] if test else []))


def _found(test: Any) -> Table:
    """Give what was found when a drawdown was tested at its release."""
    found = test.found
    rows = [
        ["Tested", moment(test.tested_at)],
        ["By", test.tested_by],
        ["Verification in force", found["verification"]],
        ["Term sheet accepted", found["term_sheet"]],
        *([["Loan to value", found["loan_to_value"]]] if found["loan_to_value"] else []),
        *([one["name"], drawdown_releases.room(test, one)] for one in found["limits"]),
    ]
    return Table("Tested again at its release", ["What", "Found"], rows)
