"""Filing and examining compliance certificates: the acts on the console's page of a test."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from loans.admin.agreed import said
from loans.models import Certificate, CovenantTest, Examination, Spread
from loans.operations import covenant_certificates
from loans.operations.covenant_certificates import Signed, Upload
from loans.queries import covenant_tests as queries
from loans.rules.covenant_tests import exactly, figure_in_words, headroom_in_words
from loans.rules.covenants import outcome
from loans.rules.states import CovenantTestState
from together.controls.admin.acts import Act, Call, Done, Effect
from together.controls.admin.fields import DateInput, FileInput
from together.controls.admin.showing import day, link
from together.controls.rules.documents import MOST_BYTES

KINDS_OF_FILES = f"PDF, PNG, JPEG, XLSX, CSV, text or JSON, up to {MOST_BYTES // 2**20} MB."


def file_form(test: CovenantTest) -> type[forms.Form]:
    """Make the form with who signs for the institution, and what else the certificate is for."""
    known = queries.signatories(test.loan.institution, timezone.now().date())
    choices = [(key, str(one)) for key, one in known.items()]
    others = [(one.number, f"{one.number} {said(one.covenant)}") for one in _others(test)]

    class FileCertificate(forms.Form):
        file = forms.FileField(label="Certificate", widget=FileInput, help_text=KINDS_OF_FILES)
        signed_by = forms.ChoiceField(
            choices=choices,
            help_text="An authorised signatory or finance contact, or an Admin or Manager.",
        )
        signed_on = forms.DateField(widget=DateInput(), initial=timezone.now().date())
        also = forms.MultipleChoiceField(
            label="Also certifies",
            choices=others,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="Other covenants of the loan for the same period.",
        )

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if not others:
                del self.fields["also"]

        def clean_signed_by(self) -> Any:
            """Give the contact or the person."""
            return known[self.cleaned_data["signed_by"]]

    return FileCertificate


def _others(test: CovenantTest) -> QuerySet[CovenantTest]:
    return queries.certifiable(test)


def _file(call: Call) -> Done:
    values, test = call.values, call.record
    [made, *more] = covenant_certificates.file(
        tests=[test, *_others(test).filter(number__in=values.get("also", []))],
        signed=Signed(values["signed_by"], values["signed_on"]),
        certificate=Upload(values["file"].name, values["file"].read()),
        by=call.by,
        at=call.at,
    )
    numbers = ", ".join(str(one) for one in (made, *more))
    return Done(f"{numbers} filed; somebody else examines it.", test)


def _period(test: Any) -> Effect:
    return (
        ("Loan", test.loan),
        ("Covenant", said(test.covenant)),
        ("Period to", day(test.period_ends_on)),
        ("Due by", day(test.due_on)),
    )


FILE_ACT = Act(
    "file-certificate",
    "File a certificate",
    "loans.write",
    _file,
    _period,
    lambda test: test.state != CovenantTestState.WAIVED and test.loan.state in queries.LIVING,
    form_of=file_form,
    button="File it",
    warning="It cannot be edited; a newer one takes its place. Somebody else examines it.",
)


def newest(test: CovenantTest) -> Certificate | None:
    """Give the certificate of a test that counts."""
    return test.certificates.order_by("-id").first()


def _is_examinable(kind: str) -> Any:
    def is_open(test: CovenantTest) -> bool:
        return (
            test.covenant.kind == kind
            and test.state != CovenantTestState.WAIVED
            and test.loan.state in queries.LIVING
            and newest(test) is not None
        )

    return is_open


class Accounts(forms.ModelChoiceField):
    """A choice of accounts, told by their months and by who looked at them."""

    def label_from_instance(self, obj: Any) -> str:
        """Write one of them."""
        return f"{obj.number}, {obj.months} months, {obj.get_basis_display()}"


def examine_form(test: CovenantTest) -> type[forms.Form]:
    """Make the form with the accounts of just the period of a test."""

    class ExamineCertificate(forms.Form):
        spread = Accounts(
            queries.spreads_for(test),
            label="Accounts",
            empty_label=None,
            error_messages={"required": "Enter accounts to the end of the period first."},
            help_text="Those that end with the period. Enter them on the institution's page.",
        )

    return ExamineCertificate


def _examine(call: Call) -> str:
    found = covenant_certificates.examine(
        certificate=_the_newest(call.record),
        spread=call.values["spread"],
        by=call.by,
        at=call.at,
    )
    return f"{call.record}: {_told(found, call.record)}."


def _told(found: Examination, test: CovenantTest) -> str:
    figure = figure_in_words(test.covenant.ratio, found.figure)
    why = f": {found.why}" if found.why else ""
    return f"{figure} {found.outcome}{why}".strip()


def _the_newest(test: CovenantTest) -> Certificate:
    found = newest(test)
    if found is None:
        raise ValidationError(f"{test.number} has no certificate.")
    return found


def _figures(test: Any) -> Effect:
    """Tell what each of the accounts would come to, before one is chosen."""
    told: list[tuple[str, Any]] = [*_period(test), ("Certificate", link(newest(test)))]
    found = [
        (f"By {one.number}, {one.months} months", _foreseen(test, one))
        for one in queries.spreads_for(test)
    ]
    nothing = f"none to {test.period_ends_on}: enter them on the institution's page first"
    return [*told, *(found or [("Accounts", nothing)])]


def _foreseen(test: CovenantTest, spread: Spread) -> str:
    covenant = test.covenant
    figure = queries.figure_of(test, spread, timezone.now().date())
    exact = exactly(figure)
    word = outcome(figure, covenant.bound, is_least=covenant.is_least)
    room = headroom_in_words(covenant.ratio, exact, covenant.bound, is_least=covenant.is_least)
    told = f"{figure_in_words(covenant.ratio, exact)} {word}".strip()
    if figure.why:
        return f"{told}: {figure.why}"
    return f"{told}, headroom {room}" if room else told


class JudgeDelivery(forms.Form):
    is_delivered = forms.TypedChoiceField(
        label="What was agreed",
        choices=[("yes", "is delivered"), ("no", "is not, or not wholly")],
        coerce=lambda value: value == "yes",
    )
    note = forms.CharField(
        max_length=covenant_certificates.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is wanting, for the institution to read.",
    )


def _judge(call: Call) -> str:
    found = covenant_certificates.judge(
        certificate=_the_newest(call.record), by=call.by, at=call.at, **call.values
    )
    return f"{call.record}: {_told(found, call.record)}."


EXAMINE_ACTS = (
    Act(
        "examine",
        "Examine the certificate",
        "loans.write|loans.approve",
        _examine,
        _figures,
        _is_examinable("financial"),
        form_of=examine_form,
        button="Let these accounts decide",
        warning="The figure is computed from the accounts; nobody types it. Not by who filed it.",
    ),
    Act(
        "judge",
        "Examine what was delivered",
        "loans.write|loans.approve",
        _judge,
        lambda test: (*_period(test), ("Certificate", link(newest(test)))),
        _is_examinable("information"),
        form=JudgeDelivery,
        button="Write it down",
        warning="Look at the document first. Not by who filed it.",
    ),
)
