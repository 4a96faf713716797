"""The console's own admin site: who may enter, which pages it has, and no other."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.views.i18n import JavaScriptCatalog
from unfold.sites import UnfoldAdminSite

import loans.models
import retail_claims.models
from loans.admin import adjustments as loan_adjustments
from loans.admin import agreed as loan_agreed
from loans.admin import amendment_letters as loan_letters
from loans.admin import applications as loan_applications
from loans.admin import cancellations as loan_cancellations
from loans.admin import collateral_requests as loan_collateral_requests
from loans.admin import conditions as loan_conditions
from loans.admin import confidentialities as loan_confidentialities
from loans.admin import contacts as loan_contacts
from loans.admin import covenant_certificates as loan_certificates
from loans.admin import covenant_tests as loan_covenant_tests
from loans.admin import credit_policies as loan_policies
from loans.admin import groups as loan_groups
from loans.admin import impairments as loan_impairments
from loans.admin import information_requests as loan_information
from loans.admin import institutions as loan_institutions
from loans.admin import instruments as loan_instruments
from loans.admin import invoices as loan_invoices
from loans.admin import loans as loan_loans
from loans.admin import margin_calls as loan_margin_calls
from loans.admin import market_entries as loan_market_entries
from loans.admin import observations as loan_observations
from loans.admin import paper_acceptances as loan_papers
from loans.admin import pledges as loan_pledges
from loans.admin import profiles as loan_profiles
from loans.admin import spreads as loan_spreads
from loans.admin import term_sheets as loan_term_sheets
from loans.admin import verifications as loan_verifications
from loans.admin import watches as loan_watches
from loans.admin import worksheets as loan_worksheets
from retail_claims.admin import decisions as claim_decisions
from retail_claims.admin import evidence as claim_evidence
from retail_claims.admin import fact_sets as claim_fact_sets
from retail_claims.admin import findings as claim_findings
from retail_claims.admin import policies as claim_policies
from retail_claims.admin import runs as claim_runs
from together.console.admin import books, dashboard, drawdowns, hidden, reports, tasks
from together.controls import models as controls
from together.controls.admin import hits, people, records, screening
from together.controls.queries import held
from together.controls.web.access import declared
from together.ledger import models as ledger
from together.notices import models as notices
from together.notices.admin import notices as notices_pages
from together.treasury import models as treasury
from together.treasury.admin import (
    accounts,
    conversions,
    destinations,
    files,
    fundings,
    mappings,
    payments,
    periods,
    pools,
    proofs,
    proposals,
    rail_policies,
    remedies,
    resolutions,
    statement_files,
    statements,
    switches,
)

FOUND_AT_ONCE = 100
READING = f"console: {' or '.join(reports.READS)}"


class Console(UnfoldAdminSite):  # type: ignore[misc]
    """The shared console of both programmes."""

    index_title = "Dashboard"
    index_template = "console/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in who holds a role of the console; there is no superuser."""
        return held.works_in(request.user, "console")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Guard a view: who is signed in and works elsewhere is refused, not sent to sign in."""
        guarded: Callable[..., Any] = super().admin_view(view, cacheable)

        def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied("None of your roles works in the console.")
            return guarded(request, *args, **kwargs)

        return entrance

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the one sign-in; who is signed in and comes here works elsewhere."""
        if request.user.is_authenticated:
            raise PermissionDenied("None of your roles works in the console.")
        query = urlencode({"next": request.GET.get("next", "/console/")})
        return redirect(f"/accounts/login/?{query}")

    def logout(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """End the session; only a form may ask for it."""
        from allauth.account.views import logout

        answer: HttpResponse = logout(request)
        return answer

    def get_urls(self) -> list[URLPattern]:
        """Give the addresses of the console: its own few, and those of each page."""
        own: list[URLPattern] = [
            path("", self._entrance(self.index), name="index"),
            path("search/", self._entrance(self.search), name="search"),
            path("payouts/", self._entrance(dashboard.payouts_view), name="payouts"),
            path("tasks/", self._entrance(partial(tasks.list_view, self)), name="tasks"),
            path("tasks/count/", self._entrance(tasks.count_view), name="tasks_count"),
            path("login/", declared("anyone")(self.login), name="login"),
            path("logout/", declared("anyone")(self.logout), name="logout"),
            path(
                "jsi18n/",
                self._entrance(JavaScriptCatalog.as_view(packages=["django.contrib.admin"])),
                name="jsi18n",
            ),
        ]
        own += [
            path(route, self._entrance(partial(view, self), READING), name=name)
            for route, view, name in (
                ("reports/", reports.index_view, "reports"),
                ("reports/<slug:name>/", reports.report_view, "report"),
                ("reports/<slug:name>/<slug:ending>/", reports.export_view, "report_export"),
            )
        ]
        own.append(path("<slug:app_label>/", self._entrance(self.app_index), name="app_list"))
        for model, page in self._registry.items():
            stem = f"{model._meta.app_label}/{model._meta.model_name}/"
            own += [_below(stem, pattern) for pattern in page.get_urls()]
        return own

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Search anew each time: what the theme keeps for minutes would outlive an access."""
        began, term = time.monotonic(), request.GET.get("s", "").lower()
        if not term:
            return HttpResponse()
        is_extended = "extended" in request.GET
        # Before the pages: to find those the theme shortens the list that it is given.
        apps = self.get_app_list(request)
        records = self._search_models(request, apps, term) if is_extended else []
        pages = Paginator(self._search_apps(apps, term) + records, FOUND_AT_ONCE)
        shown = pages.get_page(request.GET.get("page"))
        name = "command_results" if is_extended else "search_results"
        context = {
            "page_obj": pages,
            "results": shown,
            "page_counter": (shown.number - 1) * FOUND_AT_ONCE,
            "execution_time": time.monotonic() - began,
            "command_show_history": False,
        }
        answer = TemplateResponse(request, f"unfold/helpers/{name}.html", context)
        answer["HX-Trigger"] = "search"
        return answer

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the dashboard: the navigation lists every page."""
        return redirect("admin:index")

    def _entrance(self, view: Callable[..., Any], who: str = "console") -> Callable[..., Any]:
        def entrance(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            answer: HttpResponse = view(request, *args, **kwargs)
            return answer

        guarded: Callable[..., Any] = self.admin_view(entrance)
        return declared(who)(guarded)


def _below(stem: str, pattern: URLPattern) -> URLPattern:
    return path(f"{stem}{pattern.pattern}", pattern.callback, name=pattern.name)


console = Console(name="admin")

for model, page in (
    (controls.Approval, hidden.HiddenApprovalAdmin),
    (controls.Person, people.PersonAdmin),
    (controls.RoleGrant, people.RoleGrantAdmin),
    (controls.AuditRecord, records.AuditRecordAdmin),
    (controls.Document, hidden.HiddenDocumentAdmin),
    (controls.Hit, hits.HitAdmin),
    (controls.ScreeningList, screening.ScreeningListAdmin),
    (controls.ScreeningPolicy, screening.ScreeningPolicyAdmin),
    (notices.Notice, notices_pages.NoticeAdmin),
    (ledger.Account, books.AccountAdmin),
    (ledger.Entry, books.EntryAdmin),
    (ledger.Closing, periods.ClosingAdmin),
    (treasury.Pool, pools.PoolAdmin),
    (treasury.CashAccount, accounts.CashAccountAdmin),
    (treasury.Funding, fundings.FundingAdmin),
    (treasury.Conversion, conversions.ConversionAdmin),
    (treasury.Disbursement, drawdowns.TestedDisbursementAdmin),
    (treasury.Batch, payments.BatchAdmin),
    (treasury.Instruction, payments.InstructionAdmin),
    (treasury.PaymentFile, files.PaymentFileAdmin),
    (treasury.Remedy, remedies.RemedyAdmin),
    (treasury.Destination, destinations.DestinationAdmin),
    (treasury.RailPolicy, rail_policies.RailPolicyAdmin),
    (treasury.ChainPolicy, rail_policies.ChainPolicyAdmin),
    (treasury.Switch, switches.SwitchAdmin),
    (treasury.StatementFile, statement_files.StatementFileAdmin),
    (treasury.ColumnMapping, mappings.ColumnMappingAdmin),
    (treasury.Statement, statements.StatementAdmin),
    (treasury.StatementLine, statements.StatementLineAdmin),
    (treasury.Proposal, proposals.ProposalAdmin),
    (treasury.Resolution, resolutions.ResolutionAdmin),
    (treasury.ThreeWayProof, proofs.ThreeWayProofAdmin),
    (loans.models.Institution, loan_institutions.InstitutionAdmin),
    (loans.models.ProfileChange, loan_profiles.ProfileChangeAdmin),
    (loans.models.Contact, loan_contacts.ContactAdmin),
    (loans.models.Group, loan_groups.GroupAdmin),
    (loans.models.Verification, loan_verifications.VerificationAdmin),
    (loans.models.Spread, loan_spreads.SpreadAdmin),
    (loans.models.Worksheet, loan_worksheets.WorksheetAdmin),
    (loans.models.CreditPolicy, loan_policies.CreditPolicyAdmin),
    (loans.models.Application, loan_applications.ApplicationAdmin),
    (loans.models.InformationRequest, loan_information.InformationRequestAdmin),
    (loans.models.Confidentiality, loan_confidentialities.ConfidentialityAdmin),
    (loans.models.Condition, loan_conditions.ConditionAdmin),
    (loans.models.Covenant, loan_agreed.CovenantAdmin),
    (loans.models.Guarantee, loan_agreed.GuaranteeAdmin),
    (loans.models.Loan, loan_loans.LoanAdmin),
    (loans.models.Invoice, loan_invoices.InvoiceAdmin),
    (loans.models.Cancellation, loan_cancellations.CancellationAdmin),
    (loans.models.TermSheet, loan_term_sheets.TermSheetAdmin),
    (loans.models.AmendmentLetter, loan_letters.AmendmentLetterAdmin),
    (loans.models.PaperAcceptance, loan_papers.PaperAcceptanceAdmin),
    (loans.models.CovenantTest, loan_covenant_tests.CovenantTestAdmin),
    (loans.models.Certificate, loan_certificates.CertificateAdmin),
    (loans.models.Event, loan_loans.EventAdmin),
    (loans.models.Adjustment, loan_adjustments.AdjustmentAdmin),
    (loans.models.Pledge, loan_pledges.PledgeAdmin),
    (loans.models.CollateralRequest, loan_collateral_requests.CollateralRequestAdmin),
    (loans.models.MarginCall, loan_margin_calls.MarginCallAdmin),
    (loans.models.Watch, loan_watches.WatchAdmin),
    (loans.models.Impairment, loan_impairments.ImpairmentAdmin),
    (loans.models.CollateralPolicy, loan_pledges.CollateralPolicyAdmin),
    (loans.models.Instrument, loan_instruments.InstrumentAdmin),
    (loans.models.Observation, loan_observations.ObservationAdmin),
    (loans.models.MarketEntry, loan_market_entries.MarketEntryAdmin),
    (loans.models.MarketFile, loan_observations.MarketFileAdmin),
    (retail_claims.models.Programme, claim_policies.ProgrammeAdmin),
    (retail_claims.models.Policy, claim_policies.PolicyAdmin),
    (retail_claims.models.Evidence, claim_evidence.EvidenceAdmin),
    (retail_claims.models.FactSet, claim_fact_sets.FactSetAdmin),
    (retail_claims.models.Finding, claim_findings.FindingAdmin),
    (retail_claims.models.Run, claim_runs.RunAdmin),
    (retail_claims.models.Decision, claim_decisions.DecisionAdmin),
):
    console.register(model, page)
