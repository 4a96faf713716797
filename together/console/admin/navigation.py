"""What the console's theme asks for: navigation by role, account links, style and script."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html

from together.controls.queries import held

# Pages that are no list of records.
OWN = ("index", "tasks", "reports")
# (group, [(title, icon, address name, acts of which one lets somebody see it)])
GROUPS: tuple[tuple[str, tuple[tuple[str, str, str, tuple[str, ...]], ...]], ...] = (
    (
        "",
        (
            ("Dashboard", "dashboard", "index", ()),
            ("My tasks", "checklist_rtl", "tasks", ()),
            ("Lists and reports", "summarize", "reports", ("books.read", "loans.read")),
            ("Approvals", "fact_check", "controls_approval", ("loans.read", "claims.read")),
            ("Notices", "mail", "notices_notice", ("loans.read", "claims.read")),
        ),
    ),
    (
        "Retail claims",
        (
            ("Programmes", "campaign", "retail_claims_programme", ("claims.read",)),
            ("Policies", "gavel", "retail_claims_policy", ("claims.read",)),
            ("Evidence", "folder_open", "retail_claims_evidence", ("claims.read",)),
            ("Findings", "flag", "retail_claims_finding", ("claims.read",)),
            ("Simulations", "tune", "retail_claims_factset", ("claims.read",)),
            ("Runs", "calculate", "retail_claims_run", ("claims.read",)),
            ("Decisions", "how_to_reg", "retail_claims_decision", ("claims.read",)),
        ),
    ),
    (
        "Institutions",
        (
            ("Institutions", "account_balance", "loans_institution", ("loans.read",)),
            ("Groups", "hub", "loans_group", ("loans.read",)),
            ("Contacts", "contacts", "loans_contact", ("loans.read",)),
            ("Profile changes", "manage_accounts", "loans_profilechange", ("loans.read",)),
            ("Verifications", "verified_user", "loans_verification", ("loans.read",)),
        ),
    ),
    (
        "Underwriting",
        (
            ("Applications", "description", "loans_application", ("loans.read",)),
            ("Questions asked", "contact_support", "loans_informationrequest", ("loans.read",)),
            ("Confidential", "visibility_off", "loans_confidentiality", ("loans.read",)),
            ("Accounts of borrowers", "table_view", "loans_spread", ("loans.read",)),
            ("Worksheets", "assignment", "loans_worksheet", ("loans.read",)),
            ("Conditions", "checklist", "loans_condition", ("loans.read",)),
            ("Covenants", "handshake", "loans_covenant", ("loans.read",)),
            ("Guarantees", "shield_person", "loans_guarantee", ("loans.read",)),
            ("Credit policies", "tune", "loans_creditpolicy", ("loans.read",)),
        ),
    ),
    (
        "Loans",
        (
            ("Loans", "request_quote", "loans_loan", ("loans.read",)),
            ("Term sheets", "contract_edit", "loans_termsheet", ("loans.read",)),
            ("Amendment letters", "edit_document", "loans_amendmentletter", ("loans.read",)),
            ("Signed on paper", "draw", "loans_paperacceptance", ("loans.read",)),
            ("Cancellations", "cancel", "loans_cancellation", ("loans.read",)),
            ("Invoices", "receipt", "loans_invoice", ("loans.read",)),
            ("Events", "timeline", "loans_event", ("loans.read",)),
            ("Adjustments", "published_with_changes", "loans_adjustment", ("loans.read",)),
            ("Covenant tests", "fact_check", "loans_covenanttest", ("loans.read",)),
            ("Certificates", "workspace_premium", "loans_certificate", ("loans.read",)),
            ("Pledges", "lock", "loans_pledge", ("loans.read",)),
            ("Collateral requests", "move_to_inbox", "loans_collateralrequest", ("loans.read",)),
            ("Margin calls", "notification_important", "loans_margincall", ("loans.read",)),
            ("Collateral policies", "policy", "loans_collateralpolicy", ("loans.read",)),
            ("Watch list", "visibility", "loans_watch", ("loans.read",)),
            ("Loss allowances", "trending_down", "loans_impairment", ("loans.read",)),
        ),
    ),
    (
        "Market data",
        (
            ("Instruments", "show_chart", "loans_instrument", ("loans.read",)),
            ("Observations", "query_stats", "loans_observation", ("loans.read",)),
            ("Market entries", "edit_calendar", "loans_marketentry", ("loans.read",)),
            ("Market files", "upload_file", "loans_marketfile", ("loans.read",)),
        ),
    ),
    (
        "Treasury",
        (
            ("Pools", "savings", "treasury_pool", ("treasury.read",)),
            ("Accounts", "account_balance_wallet", "treasury_cashaccount", ("treasury.read",)),
            ("Fundings", "input", "treasury_funding", ("treasury.read",)),
            ("Conversions", "currency_exchange", "treasury_conversion", ("treasury.read",)),
            ("Statement files", "upload_file", "treasury_statementfile", ("treasury.read",)),
            ("Statements", "receipt_long", "treasury_statement", ("treasury.read",)),
            ("Lines and breaks", "rule", "treasury_statementline", ("treasury.read",)),
            ("Proposals", "lightbulb", "treasury_proposal", ("treasury.read",)),
            ("Resolutions", "task_alt", "treasury_resolution", ("treasury.read",)),
            ("Three-way proofs", "balance", "treasury_threewayproof", ("treasury.read",)),
            ("Disbursements", "outbox", "treasury_disbursement", ("treasury.read",)),
            ("Batches", "layers", "treasury_batch", ("treasury.read",)),
            ("Payment files", "file_save", "treasury_paymentfile", ("treasury.read",)),
            ("Instructions", "send_money", "treasury_instruction", ("treasury.read",)),
            ("Remedies", "healing", "treasury_remedy", ("treasury.read",)),
            ("Destinations", "pin_drop", "treasury_destination", ("treasury.read",)),
            ("Column mappings", "view_column", "treasury_columnmapping", ("treasury.read",)),
            ("Rail policies", "policy", "treasury_railpolicy", ("treasury.read",)),
            ("Chain policies", "link", "treasury_chainpolicy", ("treasury.read",)),
            ("Kill switch", "emergency_home", "treasury_switch", ("treasury.read",)),
        ),
    ),
    (
        "Books",
        (
            ("Accounts", "menu_book", "ledger_account", ("books.read",)),
            ("Entries", "edit_note", "ledger_entry", ("books.read",)),
            ("Closings", "lock_clock", "ledger_closing", ("books.read",)),
        ),
    ),
    (
        "Screening",
        (
            ("Hits", "person_alert", "controls_hit", ("loans.read", "claims.read")),
            ("Lists", "list_alt", "controls_screeninglist", ("loans.read", "claims.read")),
            ("Policies", "tune", "controls_screeningpolicy", ("loans.read", "claims.read")),
        ),
    ),
    (
        "Controls",
        (
            ("People", "group", "controls_person", ("people.write", "people.read")),
            ("Roles", "badge", "controls_rolegrant", ("people.write", "people.read")),
            ("Documents", "folder_managed", "controls_document", ("loans.read", "claims.read")),
            ("Audit trail", "history", "controls_auditrecord", ("audit.read",)),
        ),
    ),
)


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the navigation that the roles of a person allow."""
    groups = []
    for title, items in GROUPS:
        shown = [
            {"title": _counted(name, stem), "icon": icon, "link": _address(stem)}
            for name, icon, stem, acts in items
            if not acts or any(held.may(request.user, act) for act in acts)
        ]
        if shown:
            groups.append({"title": title, "separator": bool(title), "items": shown})
    return groups


def account(request: HttpRequest) -> list[dict[str, Any]]:
    """Give the links of a person's own account."""
    return [
        {"title": "Second factor", "link": reverse("mfa_index")},
        {"title": "API tokens", "link": reverse("account_tokens")},
        {"title": "Change password", "link": reverse("account_change_password")},
    ]


def environment(request: HttpRequest) -> list[str] | None:
    """Mark a system that is no production."""
    return None if settings.PRODUCTION else ["Not production", "warning"]


def stylesheet(request: HttpRequest) -> str:
    """Give the address of the stylesheet."""
    return static("together/site.css")


def script(request: HttpRequest) -> str:
    """Give the address of the script that draws charts."""
    return static("together/charts.js")


def favicon(request: HttpRequest) -> str:
    """Give the address of the mark."""
    return static("together/icon.svg")


def _counted(name: str, stem: str) -> str:
    """Give the name of a page; the count of tasks is fetched after it, and costs no page time."""
    if stem != "tasks":
        return name
    return format_html(
        '{} <span hx-get="{}" hx-trigger="load" hx-swap="outerHTML"></span>',
        name,
        reverse("admin:tasks_count"),
    )


def _address(stem: str) -> str:
    return reverse(f"admin:{stem}" if stem in OWN else f"admin:{stem}_changelist")
