"""Forms of the portal's page of collateral: more of it, a substitution, a release."""

from typing import Any
from uuid import UUID, uuid4

from django import forms

from loans.models import Application, CollateralRequestKind, Instrument, Pledge
from loans.operations.collateral_requests import Evidence, Wanted
from loans.operations.drafts import pledgeable
from loans.queries.collateral_requests import senders
from loans.rules.states import PledgeState
from loans.web.draft_forms import FILES
from together.treasury.models import Destination

CHOOSE = ("", "Choose")


class Ask(forms.Form):
    """What every request about collateral has: the key of its form, and what it is about."""

    is_dense = True
    kind: str = ""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, application: Application, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, prefix=self.kind, initial={"key": uuid4()})
        self.application = application
        held = application.pledges.filter(state=PledgeState.IN_FORCE).order_by("id")
        self.pledges = {one.number: one for one in held}
        self.senders = {one.number: one for one in senders(application.institution)}
        fields: Any = self.fields
        if "pledge" in fields:
            fields["pledge"].choices = [
                CHOOSE,
                *(
                    (number, f"{number}, {one.instrument_id}")
                    for number, one in self.pledges.items()
                ),
            ]
        if "instrument" in fields:
            fields["instrument"].choices = [CHOOSE, *((one, one) for one in pledgeable())]
            known = ((one.number, f"{one.number}, {one.label}") for one in self.senders.values())
            fields["sender"].choices = [("", "None of them"), *known]

    def wanted(self) -> Wanted:
        """Give what is asked for."""
        values = self.cleaned_data
        code = values.get("instrument")
        return Wanted(
            kind=self.kind,
            key=self._key(),
            instrument=Instrument.objects.get(pk=code) if code else None,
            quantity=values.get("quantity", ""),
            kept_by=values.get("kept_by", ""),
            reference=values.get("reference", ""),
            sender=self._sender(),
            pledge=self._pledge(),
            reason=values.get("reason", ""),
        )

    def shown_by(self) -> Evidence | None:
        """Give the file that shows it, if one was chosen."""
        file = self.cleaned_data.get("evidence")
        return Evidence(file.name, file.read()) if file else None

    def _key(self) -> UUID:
        key: UUID = self.cleaned_data["key"]
        return key

    def _sender(self) -> Destination | None:
        return self.senders.get(self.cleaned_data.get("sender", ""))

    def _pledge(self) -> Pledge | None:
        return self.pledges.get(self.cleaned_data.get("pledge", ""))


class More(Ask):
    """More collateral: what, how much, where it is or by which transfer it comes."""

    kind = CollateralRequestKind.PLEDGE

    instrument = forms.ChoiceField(label="Asset")
    quantity = forms.CharField(max_length=40, help_text="In whole units, such as 25.5.")
    kept_by = forms.CharField(
        max_length=60, required=False, label="Kept by", help_text="The custodian that it goes to."
    )
    reference = forms.CharField(
        max_length=80,
        required=False,
        label="Transfer",
        help_text="The transaction on its chain, or the custodian's reference.",
    )
    sender = forms.ChoiceField(
        required=False, label="Sent from", help_text="One of your registered wallets or accounts."
    )
    evidence = forms.FileField(required=False, label="Custodian's statement", help_text=FILES)


class Substitute(More):
    """Other collateral in place of a pledge."""

    kind = CollateralRequestKind.SUBSTITUTION

    pledge = forms.ChoiceField(label="In place of")
    field_order = ("key", "pledge", "instrument", "quantity")


class Release(Ask):
    """A pledge that is asked back."""

    kind = CollateralRequestKind.RELEASE

    pledge = forms.ChoiceField(label="Pledge")
    reason = forms.CharField(max_length=200, help_text="Why it is not needed any more.")


FORMS: dict[str, type[Ask]] = {form.kind: form for form in (More, Substitute, Release)}
