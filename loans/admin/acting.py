"""What officers do with institutions, applications and loans: the acts of the console's buttons."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from loans.admin.adjusting import PROPOSE_ACTS
from loans.admin.commitments import available_facts
from loans.admin.floating import CORRECT_ACT, FloatingRate, agreed_facts, floating_terms
from loans.admin.term_sheets import ISSUE_ACT
from loans.formats.agreed import MOST_AVAILABLE
from loans.models import Application
from loans.operations import applications, drawdowns, receipts
from loans.queries.assessments import assessment
from loans.queries.lending_pools import open_pools
from loans.queries.standing import standing
from loans.queries.term_sheets import accepted, why_not
from loans.rules.credit.stated import TITLES
from loans.rules.products import PRODUCTS, terms_of
from loans.rules.states import ApplicationState, LoanState
from together.controls.admin.acts import Act, Call, Effect, in_state
from together.controls.admin.four_eyes import stages_to_pass
from together.controls.admin.showing import digest, money
from together.ledger.rules.money import Money
from together.treasury.admin.accounts import named
from together.treasury.admin.pools import read_amount
from together.treasury.models import Destination, StatementLine


class DrawFrom(forms.Form):
    account = forms.SlugField(
        max_length=20, required=False, help_text="The pool's account; empty: its main one."
    )
    destination = forms.CharField(
        max_length=20,
        required=False,
        help_text="Number of a destination; empty where the institution has only one there.",
    )


FIRST_FIELDS = ("pool", "amount", "purpose", "product", "rate", "instalments")


class SubmitApplication(FloatingRate):
    pool = forms.ModelChoiceField(open_pools())
    amount = forms.CharField(max_length=30, help_text="In whole units of the pool's asset.")
    purpose = forms.CharField(max_length=200)
    product = forms.ChoiceField(choices=[(one.code, one.name) for one in PRODUCTS])
    rate = forms.CharField(max_length=12, help_text="A fraction a year: 0.04 is 4 %.")
    instalments = forms.IntegerField(min_value=1, max_value=360)
    most_ltv = forms.CharField(
        max_length=8,
        required=False,
        label="Secured: highest loan to value",
        help_text="A fraction: 0.65 is 65 %. Empty: the loan is unsecured.",
    )
    availability_days = forms.IntegerField(
        min_value=1,
        max_value=MOST_AVAILABLE,
        required=False,
        label="Available for",
        help_text="Days after the acceptance of the term sheet in which it may be drawn. Empty:"
        " nothing is agreed.",
    )
    fee_rate = forms.CharField(
        max_length=12,
        required=False,
        label="Commitment fee a year",
        help_text="A fraction of what is not drawn in that time: 0.005 is 0.5 %.",
    )
    confidential_for = forms.CharField(
        max_length=200,
        required=False,
        label="Confidential, because",
        help_text="Then only you, who decides, and whom you let in may open it. Empty: it is not.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(FIRST_FIELDS)
        for name, title in TITLES.items():
            self.fields[name] = forms.CharField(
                label=title, max_length=20, required=False, help_text="As the applicant states it."
            )


class TakeReceipt(forms.Form):
    entry_id = forms.CharField(
        max_length=64, help_text="The receipt's entry on its statement, under Lines and breaks."
    )


class Decline(forms.Form):
    reason = forms.CharField(max_length=400, help_text="Its institution reads this.")


def figures(values: dict[str, Any]) -> dict[str, Any]:
    """Give the figures as an application keeps them."""
    return {name: {"value": values[name]} for name in TITLES if values[name]}


def _submit(call: Call) -> str:
    values = call.values
    asked = applications.submit(
        institution=call.record,
        pool=values["pool"],
        amount=read_amount(values["amount"], values["pool"].asset, "amount"),
        purpose=values["purpose"],
        terms=_terms(values),
        figures=figures(values),
        by=call.by,
        at=call.at,
        confidential_for=values["confidential_for"],
    )
    return f"Application {asked.number} is submitted."


def _terms(values: dict[str, Any]) -> dict[str, Any]:
    terms = terms_of(values["product"], rate=values["rate"], instalments=values["instalments"])
    terms |= floating_terms(values)
    if values["availability_days"] or values["fee_rate"]:
        said = {"days": values["availability_days"], "fee_rate": values["fee_rate"]}
        terms["availability"] = {name: value for name, value in said.items() if value}
    most = values["most_ltv"]
    return {**terms, "secured": {"most_ltv": most}} if most else terms


def _propose(call: Call) -> str:
    asked = applications.propose(application=call.record, by=call.by, at=call.at)
    return f"Asked for approval of {asked.subject}; {stages_to_pass(asked)}."


def _approve(call: Call) -> str:
    loan = applications.approve(application=call.record, on=call.at.date(), by=call.by, at=call.at)
    return f"Loan {loan.number} is committed."


def _decline(call: Call) -> str:
    reason = call.values["reason"]
    applications.decline(application=call.record, reason=reason, by=call.by, at=call.at)
    return f"{call.record.number} is declined."


def _draw(call: Call) -> str:
    pool, chosen = call.record.pool, call.values
    account = named(pool, chosen["account"])
    destination = Destination.objects.filter(number=chosen["destination"]).first()
    if chosen["destination"] and destination is None:
        raise ValidationError(f"destination: there is no {chosen['destination']!r}")
    order = drawdowns.ask(
        loan=call.record, account=account, destination=destination, by=call.by, at=call.at
    )
    return f"Drawdown {order.number} is prepared and waits for approval."


def _take(call: Call) -> str:
    entry = call.values["entry_id"]
    line = StatementLine.objects.filter(account__pool=call.record.pool, entry_id=entry).first()
    if line is None:
        raise receipts.NotAllocatable(f"{call.record.pool} has no line {entry}")
    split = receipts.assign(line=line, loan=call.record, by=call.by, at=call.at).split
    return (
        f"{split.amount} allocated: principal {split.principal}, interest {split.interest},"
        f" charges {split.charges}, overpaid {split.overpaid}."
    )


def _owed(loan: Any) -> Effect:
    now = standing(loan, timezone.now().date())
    return (
        ("Due now", money(now.due_now)),
        ("Principal outstanding", money(now.principal_outstanding)),
        ("Interest accrued, unpaid", money(now.interest_accrued)),
    )


def effect(application: Application) -> Effect:
    """Tell in numbers what an application asks for, and how it scores."""
    scored = assessment(application, timezone.now())
    return (
        ("Institution", application.institution),
        ("Amount", money(Money(application.amount, application.pool.asset))),
        *agreed_facts(application.terms),
        *available_facts(application.terms),
        ("Instalments", application.terms.get("instalments")),
        ("Score of 100", scored.get("score")),
        ("Grade", scored.get("grade")),
        ("The scorecard says", scored.get("recommendation")),
    )


def _destination(loan: Any) -> str:
    """Say where the loan would be paid to, or why nowhere."""
    try:
        found = drawdowns.destination_of(loan, loan.pool.main_account, timezone.now())
    except drawdowns.NoDestination as refused:
        return str(refused)
    return f"{found.payee} ({found.number}, usable since {found.usable_at:%d %b %Y})"


def _draw_effect(loan: Any) -> Effect:
    return (
        ("Amount", money(Money(loan.commitment, loan.pool.asset))),
        ("To the destination", _destination(loan)),
        ("Term sheet", _sheet(loan)),
        ("Digest of the terms", digest(loan.terms_digest)),
    )


def _sheet(loan: Any) -> str:
    """Say which term sheet was accepted, or what is waited for."""
    found = accepted(loan)
    return f"{found} is accepted" if found else why_not(loan, timezone.now().date())


INSTITUTION_ACTS = (
    Act("apply", "Submit an application", "loans.write", _submit, form=SubmitApplication),
)
APPLICATION_ACTS = (
    Act(
        "propose",
        "Propose",
        "loans.propose",
        _propose,
        effect,
        in_state(ApplicationState.SUBMITTED),
    ),
    Act(
        "approve",
        "Commit the loan",
        "loans.propose|loans.approve",
        _approve,
        effect,
        in_state(ApplicationState.PROPOSED),
        has_step_up=True,
        warning="Passes only when exactly this application passed every stage of its approval.",
    ),
    Act(
        "decline",
        "Decline",
        "loans.propose|loans.approve",
        _decline,
        effect,
        in_state(ApplicationState.SUBMITTED, ApplicationState.PROPOSED),
        form=Decline,
        tone="danger",
    ),
)
LOAN_ACTS = (
    ISSUE_ACT,
    Act(
        "draw",
        "Ask for the drawdown",
        "loans.write",
        _draw,
        _draw_effect,
        in_state(LoanState.COMMITTED),
        DrawFrom,
    ),
    Act(
        "receipt",
        "Allocate a receipt",
        "loans.write",
        _take,
        _owed,
        in_state(LoanState.ACTIVE, LoanState.CLOSED, LoanState.WRITTEN_OFF),
        form=TakeReceipt,
        warning="For money whose reference names no loan: it goes to this loan.",
    ),
    *PROPOSE_ACTS,
    CORRECT_ACT,
)
