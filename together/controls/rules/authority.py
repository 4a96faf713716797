"""Authority: which roles must approve which effect, by amount. The start values of the table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """
    One stage of an approval: ``role`` must agree when the amount is above ``above`` cents.

    Stages of a kind are passed in the order of their numbers, each by another person.
    """

    kind: str
    number: int
    role: str
    above: int


MILLION = 1_000_000_00

STAGES: tuple[Stage, ...] = (
    Stage("pool.funding", 1, "treasury_approver", -1),
    Stage("pool.conversion", 1, "treasury_approver", -1),
    Stage("pool.winddown", 1, "treasury_approver", -1),
    Stage("pool.winddown", 2, "committee", 2 * MILLION),
    # Once, for a pool that was opened before pools said which programme they are given for.
    Stage("pool.programme", 1, "treasury_approver", -1),
    Stage("period.closing", 1, "treasury_approver", -1),
    Stage("period.reopening", 1, "treasury_approver", -1),
    Stage("matching.policy", 1, "treasury_approver", -1),
    Stage("match.undo", 1, "treasury_approver", -1),
    Stage("break.resolution", 1, "treasury_approver", -1),
    Stage("destination.confirmation", 1, "treasury_approver", -1),
    Stage("payment.file", 1, "treasury_approver", -1),
    Stage("payment.rejection", 1, "treasury_approver", -1),
    Stage("claims.finding", 1, "claims_approver", -1),
    Stage("payment.remedy", 1, "treasury_approver", -1),
    Stage("payment.again", 1, "treasury_approver", -1),
    Stage("retail.run", 1, "claims_approver", -1),
    Stage("retail.run", 2, "treasury_approver", 10 * MILLION),
    Stage("retail.payout", 1, "treasury_approver", -1),
    Stage("institution.kyb", 1, "compliance", -1),
    Stage("institution.profile", 1, "credit_checker", -1),
    Stage("institution.profile", 2, "committee", 2 * MILLION),
    Stage("screening.clearing", 1, "compliance", -1),
    Stage("screening.policy", 1, "compliance", -1),
    Stage("credit.policy", 1, "credit_checker", -1),
    Stage("credit.policy", 2, "committee", -1),
    Stage("market.policy", 1, "credit_checker", -1),
    Stage("market.entry", 1, "treasury_approver", -1),
    Stage("collateral.policy", 1, "committee", -1),
    Stage("collateral.pledge", 1, "credit_checker", -1),
    Stage("collateral.release", 1, "credit_checker", -1),
    Stage("collateral.release", 2, "committee", 2 * MILLION),
    Stage("margin.extension", 1, "credit_checker", -1),
    Stage("margin.extension", 2, "committee", 2 * MILLION),
    Stage("covenant.waiver", 1, "credit_checker", -1),
    Stage("covenant.waiver", 2, "committee", 2 * MILLION),
    Stage("loan.approval", 1, "credit_checker", -1),
    Stage("loan.approval", 2, "committee", 2 * MILLION),
    # A quorum: above 5m two of the committee decide, each at a stage of their own.
    Stage("loan.approval", 3, "committee", 5 * MILLION),
    Stage("loan.condition", 1, "credit_checker", -1),
    Stage("loan.condition", 2, "committee", 2 * MILLION),
    Stage("loan.adjustment", 1, "credit_checker", -1),
    Stage("loan.adjustment", 2, "committee", 2 * MILLION),
    Stage("loan.cancellation", 1, "credit_checker", -1),
    Stage("loan.cancellation", 2, "committee", 2 * MILLION),
    Stage("loan.impairment", 1, "treasury_approver", -1),
    Stage("loan.impairment", 2, "committee", 2 * MILLION),
    # Who wrote an institution's signature down does not decide that it is one.
    Stage("term_sheet.paper", 1, "credit_checker", -1),
    Stage("amendment.paper", 1, "credit_checker", -1),
    Stage("loan.drawdown", 1, "treasury_approver", -1),
)
