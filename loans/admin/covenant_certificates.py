"""The console's pages over compliance certificates, and what officers found in them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.admin import SimpleListFilter
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from loans.admin.agreed import said
from loans.admin.certifying import newest
from loans.models import Certificate, CovenantTest, Examination
from loans.rules.covenant_tests import figure_in_words
from loans.rules.covenants import BREACHED, KEPT, UNKNOWN
from together.controls.admin.base import Fact, ReadOnlyAdmin
from together.controls.admin.showing import (
    NOTHING,
    Table,
    badge,
    column,
    day,
    link,
    moment,
    moment_column,
)

TONES = {KEPT: "good", BREACHED: "bad"}


def certificates_table(test: CovenantTest) -> Table:
    """Give the certificates of a test, the newest first: it is the one that counts."""
    found = test.certificates.select_related(
        "document", "signed_by_contact", "signed_by_person", "filed_by"
    ).prefetch_related("examinations")
    rows = [
        [
            link(one),
            one.signatory,
            day(one.signed_on),
            moment(one.filed_at),
            one.filed_by,
            link(one.document),
            _last(one),
        ]
        for one in found
    ]
    heads = ["Certificate", "Signed by", "Signed", "Filed", "Filed by", "Document", "Outcome"]
    return Table("Certificates", heads, rows, empty="None was filed yet.")


def _last(certificate: Certificate) -> Any:
    found = list(certificate.examinations.all())
    return badge(found[0].outcome, TONES.get(found[0].outcome, "wait")) if found else NOTHING


def examinations_table(test: CovenantTest) -> Table:
    """Give what officers found for a test, the newest first."""
    found = Examination.objects.filter(certificate__test=test)
    rows = [
        [
            moment(one.examined_at),
            one.certificate,
            link(one.spread),
            figure_in_words(test.covenant.ratio, one.figure) or NOTHING,
            badge(one.outcome, TONES.get(one.outcome, "wait")),
            one.why or NOTHING,
            one.examined_by,
        ]
        for one in found.select_related("certificate", "spread", "examined_by")
    ]
    heads = ["Examined", "Certificate", "Accounts", "Figure", "Outcome", "Lacks", "By"]
    return Table("Examinations", heads, rows, frozenset({3}), empty="None yet.")


def _state(certificate: Any) -> str:
    """Say what became of a certificate that knows whether it has a newer one."""
    found = list(certificate.examinations.all())
    if found:
        return str(found[0].outcome)
    return "replaced" if certificate.has_newer else "to be examined"


def _state_badge(certificate: Any) -> Any:
    state = _state(certificate)
    return badge(state, TONES.get(state, "plain" if state == "replaced" else "wait"))


class ExaminedFilter(SimpleListFilter):
    """Certificates by whether an officer looked at them."""

    title = "examined"
    parameter_name = "examined"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", "examined"), ("no", "not yet")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep what was chosen."""
        if self.value() not in ("yes", "no"):
            return queryset
        looked = Exists(Examination.objects.filter(certificate=OuterRef("pk")))
        return queryset.filter(looked if self.value() == "yes" else ~looked)


class CertificateAdmin(ReadOnlyAdmin):
    reads = "loans.read"
    nothing = "No certificate was filed yet: institutions do so in the portal, officers on a test."
    list_display = (
        "number",
        column("test", lambda c: link(c.test), lambda c: c.test.number),
        column("loan", lambda c: link(c.test.loan), lambda c: c.test.loan.number),
        column("period to", lambda c: day(c.test.period_ends_on), lambda c: c.test.period_ends_on),
        column("signed by", lambda c: c.signatory, lambda c: c.signatory),
        "signed_on",
        moment_column("filed_at", "filed"),
        column("outcome", _state_badge, _state),
    )
    list_filter = (ExaminedFilter, "test__covenant__kind")
    found_by = ("number", "test__number", "test__loan__number")
    ordering = ("-id",)
    tones: ClassVar = {**TONES, "to be examined": "wait", UNKNOWN: "wait"}
    waits_for: ClassVar = {
        "to be examined": "an officer who did not file it to examine it",
        "replaced": "nothing: a newer one took its place",
        KEPT: "nothing: it showed that the covenant was kept",
        BREACHED: "nothing: it showed that the covenant was broken",
        UNKNOWN: "what shows its figure; then it is examined again",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        newer = Certificate.objects.filter(test=OuterRef("test"), pk__gt=OuterRef("pk"))
        found: QuerySet = super().get_queryset(request).annotate(has_newer=Exists(newer))
        return found.select_related(
            "test__loan__institution",
            "test__covenant",
            "document",
            "signed_by_contact",
            "signed_by_person",
            "filed_by",
        ).prefetch_related("examinations")

    def names_in_trail(self, record: Any) -> Sequence[str]:
        return (record.test.number,)

    def state_of(self, record: Any) -> str:
        return _state(record)

    def note(self, record: Any) -> str:
        found = newest(record.test)
        if found is None or found == record:
            return ""
        return f"{found} took its place; this one is kept to be read."

    def facts(self, record: Any) -> Sequence[Fact]:
        return (
            ("Test", link(record.test)),
            ("Covenant", said(record.test.covenant)),
            ("Loan", link(record.test.loan)),
            ("Institution", link(record.test.loan.institution)),
            ("Period to", day(record.test.period_ends_on)),
            ("Signed by", record.signatory),
            ("Signed on", day(record.signed_on)),
            ("Document", link(record.document)),
            ("Filed by", record.filed_by),
            ("Filed", moment(record.filed_at)),
        )

    def tables(self, record: Any) -> Sequence[Table]:
        return (examinations_table(record.test),)
