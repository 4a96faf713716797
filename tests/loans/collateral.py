"""Secured applications and what is pledged for them; a test names what matters."""

from datetime import timedelta
from itertools import count

from loans.models import Application, CollateralPolicy, Instrument, Pledge
from loans.operations import collateral_policies, pledges
from loans.operations.collateral_policies import Rules
from loans.operations.pledges import Offered
from loans.rules.products import terms_of
from tests.factories import NOW, approve, person
from tests.loans import market
from tests.loans.factories import application
from together.controls.models import Approval, Document
from together.controls.operations import documents

_number = count(1)


def rules(**named) -> Rules:
    """Give bands of 72/77/91 % and a haircut for each of two assets."""
    usual = {
        "initial": 7200,
        "margin_call": 7700,
        "liquidation": 9100,
        "cure_hours": 24,
        "haircuts": {"BTC": 2000, "USDC": 100},
    }
    return Rules(**{**usual, **named})


def policy(*, at=NOW, **named) -> CollateralPolicy:
    """Propose a collateral policy, approve it and put it in force."""
    officer = person("loan_officer")
    approve(collateral_policies.propose(rules=rules(**named), by=officer, at=at), at=at)
    return collateral_policies.put_in_force(by=officer, at=at)


def markets(*, price: str = "100000", at=NOW) -> Instrument:
    """Enter two assets, put the policy in force, and observe a price of each."""
    bitcoin = market.instrument("BTC")
    market.instrument("USDC", quantity_scale=6)
    policy(at=at)
    market.fed(market.row("BTC", at, price), market.row("USDC", at, "1"), at=at)
    return bitcoin


def secured(pool, *, most_ltv: str = "0.72", **named) -> Application:
    """Submit an application of a million that is to be secured."""
    terms = terms_of("level_monthly", rate="0.12", instalments=12)
    return application(pool, terms={**terms, "secured": {"most_ltv": most_ltv}}, **named)


def evidence(of: Application, *, at=NOW) -> Document:
    """File what shows that collateral is there."""
    return documents.file(
        area="loans",
        subject=of.number,
        kind="collateral",
        title="Statement of the custodian",
        name="statement.pdf",
        data=f"%PDF-1.7 {next(_number)}".encode(),
        by=person("loan_officer"),
        at=at,
    )


def proposed(of: Application, quantity: str, code: str = "BTC", *, at=NOW, **named) -> Pledge:
    """Propose a pledge."""
    given = {
        "instrument": Instrument.objects.get(pk=code),
        "quantity": quantity,
        "custodian": "Harbour Custody",
        "reference": f"ACC-{next(_number)}",
        "evidence": named.pop("evidence", None) or evidence(of, at=at),
    }
    asked = pledges.propose(
        application=of, offered=Offered(**{**given, **named}), by=person("loan_officer"), at=at
    )
    return Pledge.objects.get(number=asked.subject)


def in_force(pledge: Pledge, *, at=NOW) -> Pledge:
    """Approve a pledge and put it in force."""
    approve(Approval.objects.get(kind="collateral.pledge", subject=pledge.number), at=at)
    pledges.put_in_force(pledge=pledge, by=person("loan_officer"), at=at)
    pledge.refresh_from_db()
    return pledge


def pledged(of: Application, quantity: str, code: str = "BTC", *, at=NOW, **named) -> Pledge:
    """Pledge something and put it in force."""
    return in_force(proposed(of, quantity, code, at=at, **named), at=at)


HOUR = timedelta(hours=1)
