"""Addresses of the portal."""

from django.urls import URLPattern, path

from loans.web import (
    amendment_letters,
    applications,
    cancellations,
    collateral,
    covenants,
    drafts,
    notices,
    portal,
    term_sheets,
)

urlpatterns: list[URLPattern] = [
    path("", portal.home, name="portal_home"),
    path("loans/<str:number>/", portal.loan_page, name="portal_loan"),
    path("loans/<str:number>/schedule.csv", portal.schedule_csv, name="portal_schedule"),
    path("loans/<str:number>/statement.csv", portal.statement_csv, name="portal_statement"),
    path("loans/<str:number>/draw/", portal.draw, name="portal_draw"),
    path("loans/<str:number>/cancel/", cancellations.cancel, name="portal_cancel"),
    path(
        "cancellations/<str:number>/withdraw/",
        cancellations.withdraw,
        name="portal_cancel_withdraw",
    ),
    path("term-sheets/<str:number>/", term_sheets.sheet_page, name="portal_term_sheet"),
    path("term-sheets/<str:number>/accept/", term_sheets.accept, name="portal_term_sheet_accept"),
    path("term-sheets/<str:number>/pdf/", term_sheets.pdf, name="portal_term_sheet_pdf"),
    path(
        "amendment-letters/<str:number>/",
        amendment_letters.letter_page,
        name="portal_amendment_letter",
    ),
    path(
        "amendment-letters/<str:number>/accept/",
        amendment_letters.accept,
        name="portal_amendment_letter_accept",
    ),
    path(
        "amendment-letters/<str:number>/decline/",
        amendment_letters.decline,
        name="portal_amendment_letter_decline",
    ),
    path(
        "amendment-letters/<str:number>/pdf/",
        amendment_letters.pdf,
        name="portal_amendment_letter_pdf",
    ),
    path("covenant-tests/<str:number>/", covenants.test_page, name="portal_covenant_test"),
    path("covenant-tests/<str:number>/certify/", covenants.certify, name="portal_certify"),
    path(
        "certificates/<str:number>/document/",
        covenants.document,
        name="portal_certificate_document",
    ),
    path("notices/", notices.notices_page, name="portal_notices"),
    path("notices/<str:number>/pdf/", notices.notice_pdf, name="portal_notice_pdf"),
    path("drafts/new/", drafts.new, name="portal_draft_new"),
    path("drafts/<str:number>/", drafts.draft_page, name="portal_draft"),
    path("drafts/<str:number>/save/", drafts.save, name="portal_draft_save"),
    path("drafts/<str:number>/files/", drafts.add_file, name="portal_draft_file"),
    path(
        "drafts/<str:number>/files/<int:key>/remove/",
        drafts.remove_file,
        name="portal_draft_file_remove",
    ),
    path("drafts/<str:number>/submit/", drafts.submit, name="portal_draft_submit"),
    path("drafts/<str:number>/discard/", drafts.discard, name="portal_draft_discard"),
    path("applications/<str:number>/", applications.application_page, name="portal_application"),
    path("applications/<str:number>/withdraw/", applications.withdraw, name="portal_withdraw"),
    path(
        "applications/<str:number>/documents/",
        applications.file_document,
        name="portal_application_file",
    ),
    path(
        "applications/<str:number>/collateral/",
        collateral.collateral_page,
        name="portal_collateral",
    ),
    path(
        "applications/<str:number>/collateral/<slug:kind>/",
        collateral.ask,
        name="portal_collateral_ask",
    ),
    path(
        "collateral-requests/<str:number>/withdraw/",
        collateral.withdraw,
        name="portal_collateral_withdraw",
    ),
    path("questions/<str:number>/answer/", applications.answer, name="portal_answer"),
    path("documents/<str:number>/", applications.document, name="portal_document"),
]
