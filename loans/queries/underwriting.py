"""Underwriting: what an applicant's accounts say on a day, by a policy: figures, score, loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from loans.formats.agreed import read_agreed, secured_of
from loans.formats.credit_policy import read_policy
from loans.models import Application, CreditPolicy, Institution, Spread, Worksheet
from loans.queries import confidential
from loans.queries.collateral import covering
from loans.queries.policies import policy_in_force
from loans.rules.credit.figures import Figure
from loans.rules.credit.losses import ExpectedLoss, expected_loss
from loans.rules.credit.policy import CreditPolicy as Rules
from loans.rules.credit.ratios import RATIOS, Accounts, Asked, figures
from loans.rules.credit.scorecard import Assessment, assess, within_tenor
from loans.rules.credit.spreads import SECTIONS
from loans.rules.due_dates import months_between
from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.schedule.plan import Instalment, schedule
from loans.rules.target import amount_of
from together.controls.models import Document
from together.controls.queries import documents as filed
from together.controls.queries.held import Visitor
from together.ledger.rules.money import ASSETS

A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Found:
    """
    What underwriting finds: the accounts it rests on, newest first, and what comes of them.

    ``added`` is what the loan asked for would add to them.
    """

    policy: CreditPolicy
    spreads: Sequence[Spread]
    added: Asked
    figures: Mapping[str, Figure]
    assessment: Assessment
    loss: ExpectedLoss


def spreads_of(institution: Institution) -> list[Spread]:
    """Give the accounts of an institution that nothing replaced, newest first."""
    found = Spread.objects.filter(institution=institution, replaced_by=None)
    return list(found.order_by("-ends_on", "-id"))


def underwrite(
    application: Application, at: datetime, *, policy: CreditPolicy | None = None
) -> Found:
    """
    Find what an applicant's newest accounts say at a moment, by the policy in force or another.

    Accounts that are too few or too old, and sections whose document is missing, withdrawn or
    expired on the day, leave figures that are not evidenced. A tenor that is longer than the grade
    allows is referred. What secures the loan counts at the prices of the moment.
    """
    on, policy = at.date(), policy or policy_in_force()
    rules, known = read_policy(policy.document), spreads_of(application.institution)
    drawn_on, plan = planned(application, on)
    added = _asked(application, drawn_on, plan)
    found = _figures(known, added, rules, on)
    assessment = assess(found, rules.scorecard, policy.number)
    months = rules.limits.tenor(assessment.grade.name)
    # To the last instalment before a calendar moves it.
    assessment = within_tenor(assessment, months_between(drawn_on, plan[-1].period.end), months)
    loss = expected_loss(
        assessment.grade.name,
        assessment.grade.probability,
        added.amount,
        lendable_cents(application, at),
        rules.loss_rates,
    )
    return Found(policy, known, added, found, assessment, loss)


def _figures(known: Sequence[Spread], added: Asked, rules: Rules, on: date) -> dict[str, Figure]:
    if not known:
        return {ratio.name: Figure(None, "no accounts") for ratio in RATIOS}
    newest = known[0]
    lacks = lacking(newest, evidence_in_force(newest.institution, on))
    whole = []
    if len(known) < rules.least_accounts:
        whole.append(f"{len(known)} of {rules.least_accounts} periods of accounts")
    if newest.ends_on + timedelta(days=rules.most_age_days) < on:
        whole.append(f"accounts end on {newest.ends_on}, over {rules.most_age_days} days ago")
    if whole:
        lacks[""] = "; ".join(whole)
    return figures(Accounts(newest.amounts, newest.months), added, lacks)


def evidence_in_force(institution: Institution, on: date) -> set[str]:
    """Give the numbers of the documents that may show an institution's accounts on a day."""
    numbers = institution.applications.values_list("number", flat=True)
    subjects = [institution.number, *numbers]
    return set(filed.valid(subjects, on).values_list("number", flat=True))


def evidence_for(institution: Institution, on: date, visitor: Visitor) -> QuerySet[Document]:
    """Give what of it somebody may open: nothing of an application that is hidden from them."""
    found = Document.objects.filter(number__in=evidence_in_force(institution, on))
    return confidential.visible_documents(found, visitor).order_by("-id")


def lacking(spread: Spread, in_force: set[str]) -> dict[str, str]:
    """Say of each section of accounts that has no evidence in force why it has none."""
    found = {}
    for section, title in SECTIONS:
        number = spread.evidence.get(section)
        if not number:
            found[section] = f"no document shows the {title.lower()}"
        elif number not in in_force:
            found[section] = f"{number} was withdrawn or is expired"
    return found


def _asked(application: Application, drawn_on: date, plan: Sequence[Instalment]) -> Asked:
    """Give what a loan would add by its plan: amount, interest, instalments."""
    first_year = [one for one in plan if one.period.due_on <= drawn_on + A_YEAR]
    return Asked(
        amount=_cents(amount_of(application.amount, ASSETS[application.pool.asset])),
        first_interest=_cents(sum((one.interest for one in first_year), Fraction(0))),
        first_instalments=_cents(sum((one.due for one in first_year), Fraction(0))),
    )


def planned(application: Application, on: date) -> tuple[date, list[Instalment]]:
    """Give the plan of a loan that is drawn on a day, or on the day that its terms begin."""
    terms = read_agreed(application.terms)
    drawn = amount_of(application.amount, ASSETS[application.pool.asset])
    drawn_on = terms.start or on
    return drawn_on, schedule(terms, [(drawn_on, drawn)])


def lendable_cents(application: Application, at: datetime) -> int:
    """Give the value after haircuts of what secures an application; without a price none."""
    if secured_of(application.terms) is None:
        return 0
    found = covering(application, at)
    if found.cover is None or found.why_not:
        return 0
    return int(found.cover.lendable_value * 100)


def _cents(amount: Fraction) -> int:
    return int(rounded(amount * 100, Fraction(1), "half_even"))


def newest_worksheet(application: Application) -> Worksheet | None:
    """Give the worksheet that counts: the last version."""
    return application.worksheets.select_related("policy").order_by("-version").first()
