"""The console's page over the kill switch of payments."""

from collections.abc import Sequence
from typing import Any

from together.controls.admin.acts import Act, Call, WithReason
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import moment, moment_column
from together.treasury.operations import payouts


def _halt(call: Call) -> str:
    payouts.halt(reason=call.values["reason"], by=call.by, at=call.at)
    return "Payments are halted. No worker calls a rail until they are resumed."


def _resume(call: Call) -> str:
    payouts.resume(reason=call.values["reason"], by=call.by, at=call.at)
    return "Payments go on; workers find by themselves what is due."


class SwitchAdmin(ReadOnlyAdmin):
    reads = "treasury.read"
    list_display = ("code", "is_halted", "reason", "changed_by", moment_column("changed_at"))
    list_select_related = ("changed_by",)
    list_acts = (
        Act(
            "halt",
            "Halt all payments",
            "treasury.halt",
            _halt,
            lambda _: (("Effect", "no payment leaves until somebody resumes; nothing is lost"),),
            form=WithReason,
            tone="danger",
        ),
        Act(
            "resume",
            "Resume payments",
            "treasury.approve",
            _resume,
            lambda _: (("Effect", "workers go on with every payment that is due"),),
            form=WithReason,
            has_step_up=True,
        ),
    )

    def state_of(self, record: Any) -> str:
        return "halted" if record.is_halted else "open"

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.code,)

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Reason", record.reason or None),
            ("Changed by", record.changed_by),
            ("Changed", moment(record.changed_at)),
        )
