"""Forms of adjustments: one for each kind that is proposed, and for the decision."""

from typing import Any

from django import forms

from loans.rules.replay.events import BEHAVIOURS
from together.controls.admin.fields import DateInput

UNITS = [(unit, f"{unit}s") for unit in ("day", "week", "month", "year")]


def _day(label: str, words: str = "") -> forms.DateField:
    return forms.DateField(label=label, help_text=words, widget=DateInput())


def _amount(words: str = "", *, is_required: bool = True) -> forms.CharField:
    words = words or "In whole units of the loan's asset, such as 1,250.50."
    return forms.CharField(max_length=30, required=is_required, help_text=words)


class Proposal(forms.Form):
    """What every proposal says: why. Fields of the kind stand before it."""

    field_order: list[str] | None = None

    reason = forms.CharField(
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Who approves it reads this, and it stays with the event.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"])


class Charge(Proposal):
    kind = forms.ChoiceField(choices=[("fee", "Fee"), ("penalty", "Penalty")])
    amount = _amount()
    on = _day("Due on", "Of a day to come it is owed from today and due then.")


class Waiver(Proposal):
    type = forms.ChoiceField(
        label="What is waived",
        choices=[("charge_waiver", "Fees and penalties"), ("accrual_waiver", "Accrued interest")],
    )
    amount = _amount("Leave it out to waive all that is open on that day.", is_required=False)
    on = _day("On", "The day that it is given up; not a day to come.")


class Credit(Proposal):
    type = forms.ChoiceField(
        label="Kind",
        choices=[("goodwill_credit", "Goodwill credit"), ("interest_waiver", "Interest credit")],
        help_text="Pays like money, in the order of the waterfall, but none comes in.",
    )
    amount = _amount()
    on = _day("On")


class Receipt(Proposal):
    entry_id = forms.CharField(
        label="Entry",
        max_length=64,
        help_text="The receipt's entry on its statement, under Lines and breaks.",
    )
    kind = forms.ChoiceField(
        required=False,
        choices=[
            ("", "Repayment (or recovery, once written off)"),
            ("merchant_refund", "Refund from a merchant"),
            ("payout_refund", "Refund of a payout"),
        ],
    )


class MoneyOut(Proposal):
    type = forms.ChoiceField(
        label="Kind",
        choices=[
            ("refund", "Refund of what is overpaid"),
            ("chargeback", "Chargeback: the payer's bank takes a payment back"),
        ],
    )
    amount = _amount()
    event = forms.IntegerField(
        label="Payment charged back",
        required=False,
        min_value=1,
        help_text="The number of its event on the loan's page; of a chargeback only.",
    )
    on = _day("On")


class Reversal(Proposal):
    event = forms.IntegerField(
        label="Event",
        min_value=2,
        help_text="Its number on the loan's page. It will be as if it had never been recorded; a"
        " receipt is unallocated again.",
    )
    on = _day("On", "The day of the mistake's discovery.")


class Rate(Proposal):
    rate = forms.CharField(max_length=12, help_text="A fraction a year: 0.04 is 4 %.")
    on = _day("From", "The first day that earns it; it may be past or to come.")


class Margin(Proposal):
    spread = forms.CharField(
        label="New spread", max_length=12, help_text="A fraction a year: 0.015 is 1.5 %."
    )
    on = _day("From", "The first day that earns it; it may be past or to come. Fixings stay.")


class Extension(Proposal):
    instalments = forms.IntegerField(
        label="More instalments", min_value=1, max_value=360, help_text="Added at the end."
    )
    on = _day("From", "Payments are set anew from the first instalment due on or after it.")


class MovedDueDate(Proposal):
    on = _day("Due date", "Of the plan, before it moves off a holiday; later ones follow it.")
    to = _day("Moves to")


class ReAge(Proposal):
    on = _day("On", "What is open on this day is spread over the new instalments.")
    first_due_date = _day("First new due date")
    instalments = forms.IntegerField(label="New instalments", min_value=1, max_value=360)
    every = forms.IntegerField(label="One every", min_value=1, max_value=12, initial=1)
    unit = forms.ChoiceField(choices=UNITS, initial="month")


class ChargeOff(Proposal):
    behaviour = forms.ChoiceField(
        choices=list(
            zip(
                BEHAVIOURS,
                ("Mark only: it goes on earning", "Stop interest", "Stop interest and call all"),
                strict=True,
            )
        ),
        help_text="The loan stays active: it owes, and is paid, as before.",
    )
    on = _day("On")


class WriteOff(Proposal):
    on = _day("On", "All that is outstanding is given up; what still comes in is a recovery.")


class WithOptionalReason(forms.Form):
    reason = forms.CharField(max_length=400, required=False, help_text="Kept with the decision.")


class Decline(forms.Form):
    reason = forms.CharField(max_length=400, help_text="Kept with the decision; it is final.")
