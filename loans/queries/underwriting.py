"""Underwriting: what an applicant's accounts say on a day, by a policy: figures, score, loss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from loans.formats.agreed import read_agreed
from loans.formats.credit_policy import read_policy
from loans.models import Application, CreditPolicy, Institution, Spread, Worksheet
from loans.rules.credit.figures import Figure
from loans.rules.credit.losses import ExpectedLoss, expected_loss
from loans.rules.credit.policy import CreditPolicy as Rules
from loans.rules.credit.ratios import RATIOS, Accounts, Asked, figures
from loans.rules.credit.scorecard import Assessment, assess
from loans.rules.credit.spreads import SECTIONS
from loans.rules.exact import Fraction
from loans.rules.rounding import rounded
from loans.rules.schedule.plan import schedule
from loans.rules.states import PolicyState
from loans.rules.target import amount_of
from together.controls.queries import documents as filed
from together.ledger.rules.money import ASSETS

A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Found:
    """What underwriting finds: the accounts it rests on, newest first, and what comes of them."""

    policy: CreditPolicy
    spreads: Sequence[Spread]
    figures: Mapping[str, Figure]
    assessment: Assessment
    loss: ExpectedLoss


def policy_in_force() -> CreditPolicy:
    """Give the version of the policy by which applicants are looked at now."""
    return CreditPolicy.objects.get(state=PolicyState.IN_FORCE)


def spreads_of(institution: Institution) -> list[Spread]:
    """Give the accounts of an institution that nothing replaced, newest first."""
    found = Spread.objects.filter(institution=institution, replaced_by=None)
    return list(found.order_by("-ends_on", "-id"))


def underwrite(application: Application, on: date, *, policy: CreditPolicy | None = None) -> Found:
    """
    Find what an applicant's newest accounts say on a day, by the policy in force or another.

    Accounts that are too few or too old, and sections whose document is missing, withdrawn or
    expired on the day, leave figures that are not evidenced.
    """
    policy = policy or policy_in_force()
    rules, known = read_policy(policy.document), spreads_of(application.institution)
    found = _figures(application, known, rules, on)
    assessment = assess(found, rules.scorecard, policy.number)
    exposure = _cents(amount_of(application.amount, ASSETS[application.pool.asset]))
    loss = expected_loss(
        assessment.grade.name, assessment.grade.probability, exposure, 0, rules.loss_rates
    )
    return Found(policy, known, found, assessment, loss)


def _figures(
    application: Application, known: Sequence[Spread], rules: Rules, on: date
) -> dict[str, Figure]:
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
    return figures(Accounts(newest.amounts, newest.months), asked(application, on), lacks)


def evidence_in_force(institution: Institution, on: date) -> set[str]:
    """Give the numbers of the documents that may show an institution's accounts on a day."""
    numbers = institution.applications.values_list("number", flat=True)
    subjects = [institution.number, *numbers]
    return set(filed.valid(subjects, on).values_list("number", flat=True))


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


def asked(application: Application, on: date) -> Asked:
    """Give what a loan would add if it were drawn on a day: amount, interest, instalments."""
    terms = read_agreed(application.terms)
    drawn = amount_of(application.amount, ASSETS[application.pool.asset])
    drawn_on = terms.start or on
    plan = schedule(terms, [(drawn_on, drawn)])
    first_year = [one for one in plan if one.period.due_on <= drawn_on + A_YEAR]
    return Asked(
        amount=_cents(drawn),
        first_interest=_cents(sum((one.interest for one in first_year), Fraction(0))),
        first_instalments=_cents(sum((one.due for one in first_year), Fraction(0))),
    )


def _cents(amount: Fraction) -> int:
    return int(rounded(amount * 100, Fraction(1), "half_even"))


def newest_worksheet(application: Application) -> Worksheet | None:
    """Give the worksheet that counts: the last version."""
    return application.worksheets.select_related("policy").order_by("-version").first()
