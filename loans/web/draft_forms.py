"""Forms of the portal's drafts: what is asked for, files, and what is typed kept as text."""

from typing import Any

from django import forms

from loans.models import Institution
from loans.operations.drafts import pledgeable
from loans.queries.lending_pools import open_pools
from loans.rules.credit.stated import TITLES
from loans.rules.drafts import DOCUMENTS, LONGEST, MOST_FILES, MOST_INSTALMENTS, OFFERS
from loans.rules.products import PRODUCTS
from together.controls.rules.documents import MOST_BYTES

FILES = f"PDF, PNG, JPEG, XLSX, CSV, text or JSON, up to {MOST_BYTES // 2**20} MB."
CHOOSE = ("", "Choose")


class DraftForm(forms.Form):
    """What an application asks for; everything may be left open until it is submitted."""

    is_dense = True

    institution = forms.ChoiceField(label="For")
    pool = forms.ChoiceField(label="Asset and pool", required=False)
    amount = forms.CharField(
        max_length=30, required=False, help_text="In whole units: 1,250,000.00."
    )
    purpose = forms.CharField(
        max_length=200, required=False, help_text="What the money is for, in up to 200 letters."
    )
    product = forms.ChoiceField(
        label="Kind of schedule",
        required=False,
        choices=[CHOOSE, *((one.code, one.name) for one in PRODUCTS)],
    )
    rate = forms.CharField(
        label="Rate asked for, % a year", max_length=12, required=False, help_text="6.5 is 6.5 %."
    )
    instalments = forms.CharField(
        label="Number of instalments",
        max_length=3,
        required=False,
        help_text=f"The tenor, counted in periods of the schedule: 1 to {MOST_INSTALMENTS}.",
    )
    most_ltv = forms.CharField(
        label="Secured up to a loan to value of, %",
        max_length=8,
        required=False,
        help_text="Leave it empty for an unsecured loan.",
    )

    def __init__(self, institutions: list[Institution], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if len(institutions) == 1:
            del self.fields["institution"]
        else:
            fields["institution"].choices = [(i.number, i.legal_name) for i in institutions]
        fields["pool"].choices = [CHOOSE, *((p.code, f"{p.asset}: {p.name}") for p in open_pools())]
        self._offer_rows()
        for name, title in TITLES.items():
            fields[name] = forms.CharField(label=title, max_length=20, required=False)
        next(iter(fields.values())).heading = "What you ask for"
        fields[next(iter(TITLES))].heading = "How you stand, as you state it"

    def _offer_rows(self) -> None:
        fields: Any = self.fields
        codes = [CHOOSE, *((code, code) for code in pledgeable())]
        for n in range(1, OFFERS + 1):
            fields[f"instrument_{n}"] = forms.ChoiceField(
                label=f"Collateral {n}", choices=codes, required=False
            )
            fields[f"quantity_{n}"] = forms.CharField(
                label="Quantity, in whole units", max_length=40, required=False
            )
            fields[f"kept_by_{n}"] = forms.CharField(label="Kept by", max_length=60, required=False)
        fields["instrument_1"].heading = "Collateral you offer"

    def typed(self) -> dict[str, str]:
        """Give what was typed, as it was typed."""
        return {name: str(self.data.get(name, ""))[: LONGEST + 1] for name in self.fields}


class FileForm(forms.Form):
    """A document that goes with an application."""

    is_dense = True

    file = forms.FileField(help_text=FILES)
    kind = forms.ChoiceField(choices=DOCUMENTS)
    title = forms.CharField(max_length=120, help_text="Such as: balance sheet to 31 December 2025.")


LIMIT = f"Up to {MOST_FILES} files."
