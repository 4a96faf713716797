"""The loss allowance in the demo: assessed at each month's end; and a loan on the watch list."""

from datetime import date, datetime, timedelta

from loans.models import Impairment, Loan, Watch
from loans.operations import impairments, watches
from loans.rules.impairment import NAMES
from loans.rules.states import ImpairmentState, LoanState
from together.console.operations.demo import funds
from together.console.operations.demo.funds import People, Tell
from together.controls.models import Approval
from together.treasury.models import Pool


def month_end(pool: Pool, day: date, *, cast: People, at: datetime, tell: Tell) -> bool:
    """Assess and book the loss allowance on the last day of a month, once; say if it was now."""
    is_last = (day + timedelta(days=1)).day == 1
    done = Impairment.objects.filter(pool=pool, as_of__gte=day, state=ImpairmentState.BOOKED)
    if not is_last or done.exists():
        return False
    officer = cast["treasury_officer"]
    waiting = Impairment.objects.filter(pool=pool, state=ImpairmentState.PROPOSED).first()
    if waiting is None:
        asked = impairments.propose(pool=pool, as_of=day, by=officer, at=at)
        waiting = Impairment.objects.get(number=asked.subject)
    funds.agree(Approval.objects.get(kind=impairments.KIND, subject=waiting.number), cast, at=at)
    impairments.book(impairment=waiting, by=officer, at=at)
    worst = waiting.rows.select_related("loan").order_by("-stage", "loan__number")[0]
    tell(
        f"{waiting.number} on {day}: a loss allowance of {funds.usdc(waiting.allowance)} is booked;"
        f" {worst.loan.number} is in stage {NAMES[worst.stage]}"
    )
    return True


def watch(pool: Pool, *, cast: People, at: datetime, tell: Tell) -> None:
    """Put the loan that is longest in arrears on the watch list, once."""
    late = Loan.objects.filter(pool=pool, state=LoanState.ACTIVE, impairments__stage__gt=1)
    loan = late.order_by("number").first()
    if loan is None or Watch.objects.filter(loan=loan).exists():
        return
    reason = "It pays late, and says nothing of its other lenders"
    made = watches.put_on(loan=loan, reason=reason, by=cast["loan_officer"], at=at)
    tell(f"{made.number}: {loan.number} is on the watch list")
