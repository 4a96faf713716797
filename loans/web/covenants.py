"""The portal's pages of covenants: what is kept, what is due, and certificates with upload."""

from datetime import date
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from loans.models import Certificate, CovenantTest, Loan
from loans.operations import covenant_certificates
from loans.operations.covenant_certificates import Signed, Upload
from loans.queries import covenant_tests as queries
from loans.rules.covenant_tests import OPEN, RUNNING, figure_in_words, headroom_in_words
from loans.rules.covenants import words
from loans.rules.states import CovenantTestState
from together import Refused
from together.controls.models import Person
from together.controls.queries import held
from together.controls.rules.documents import MOST_BYTES
from together.controls.web.access import portal

READ, ACT = "portal.read", "portal.act"
WAITS = {
    CovenantTestState.DUE: "A compliance certificate of your institution is waited for.",
    CovenantTestState.OVERDUE: "Nothing came in time. File the certificate; until then nothing more"
    " can be drawn.",
    CovenantTestState.BREACHED: "It was not kept. Cure it and file a new certificate; until then"
    " nothing more can be drawn.",
    CovenantTestState.DEFAULTED: "It was not cured in time. Your loan officer will be in touch; a"
    " late cure is still examined.",
    CovenantTestState.KEPT: "It was kept.",
    CovenantTestState.CURED: "It was kept in the end.",
    CovenantTestState.WAIVED: "This period is let go.",
}
FILES = f"PDF, PNG, JPEG, XLSX, CSV, text or JSON, up to {MOST_BYTES // 2**20} MB."


class Certify(forms.Form):
    """A certificate with its document, who signed it, and what else it is for."""

    certificate = forms.FileField(label="Signed certificate", help_text=FILES)
    accounts = forms.FileField(
        label="Accounts of the period",
        required=False,
        help_text=f"If you have not sent them. {FILES}",
    )
    signed_by = forms.ChoiceField(help_text="Who signed for your institution.")
    signed_on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    also = forms.MultipleChoiceField(
        label="Also certifies", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, test: CovenantTest, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = queries.signatories(test.loan.institution, today)
        fields: Any = self.fields
        fields["signed_by"].choices = [(key, _name(one)) for key, one in self.known.items()]
        fields["signed_on"].initial = today
        fields["also"].choices = [(one.number, _words(one)) for one in queries.certifiable(test)]
        if not fields["also"].choices:
            del self.fields["also"]


def _name(one: Any) -> str:
    return one.full_name if isinstance(one, Person) else f"{one.name}, {one.get_capacity_display()}"


def _words(test: Any) -> str:
    one = test.covenant
    return words(one.kind, one.ratio, one.bound, one.text, is_least=one.is_least)


@portal(READ)
@require_safe
def test_page(request: HttpRequest, number: str) -> HttpResponse:
    """Show one covenant at one end of a period, its certificates, and the form for another."""
    return _shown(request, _test(request, number, READ))


@portal(ACT)
@require_http_methods(["POST"])
def certify(request: HttpRequest, number: str) -> HttpResponse:
    """File a compliance certificate for the institution."""
    test, now = _test(request, number, ACT), timezone.now()
    form = Certify(test, now.date(), request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, test, form=form, status=400)
    values = form.cleaned_data
    others = queries.certifiable(test).filter(number__in=values.get("also", []))
    try:
        covenant_certificates.file(
            tests=[test, *others],
            signed=Signed(form.known[values["signed_by"]], values["signed_on"]),
            certificate=_upload(values["certificate"]),
            accounts=_upload(values["accounts"]) if values["accounts"] else None,
            by=cast(Person, request.user),
            at=now,
        )
    except Refused as reason:
        return _shown(request, test, form=form, refusal=str(reason), status=409)
    messages.success(request, "The certificate is filed. A loan officer examines it.")
    return redirect("portal_covenant_test", number=test.number)


def _upload(file: Any) -> Upload:
    return Upload(file.name, file.read())


@portal(READ)
@require_safe
def document(request: HttpRequest, number: str) -> HttpResponse:
    """Give the document of a certificate as it was filed."""
    scopes = held.scopes_of(request.user, READ)
    found = Certificate.objects.filter(test__loan__institution__number__in=scopes, number=number)
    made = found.select_related("test__loan__institution", "document__content").first()
    if made is None:
        raise Http404
    data = covenant_certificates.take_out(
        certificate=made, by=cast(Person, request.user), at=timezone.now()
    )
    answer = HttpResponse(data, content_type=made.document.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{made.document.name}"'
    return answer


def rows(loan: Loan) -> list[dict[str, Any]]:
    """Give the tests of a loan, the newest first, as a table shows them."""
    return [_row(one) for one in queries.of(loan)[:40]]


def due(request: HttpRequest) -> list[dict[str, Any]]:
    """Give what the visitor's institutions are to certify or cure, the soonest first."""
    scopes = held.scopes_of(request.user, READ)
    found = queries.tests().filter(
        loan__institution__number__in=scopes,
        loan__state__in=queries.LIVING,
        state__in=[*RUNNING, CovenantTestState.DEFAULTED],
    )
    return [_row(one) for one in found.filter(waits_since=None).order_by("deadline", "id")]


def _row(test: Any) -> dict[str, Any]:
    covenant = test.covenant
    exact = test.last_figure or ""
    return {
        "test": test,
        "words": _words(test),
        "figure": figure_in_words(covenant.ratio, exact),
        "headroom": headroom_in_words(
            covenant.ratio, exact, covenant.bound, is_least=covenant.is_least
        ),
        "runs_out": test.deadline if test.state in RUNNING else None,
        "is_open": test.state in OPEN,
    }


def _shown(
    request: HttpRequest,
    test: Any,
    *,
    form: Certify | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    today = timezone.now().date()
    is_living = test.loan.state in queries.LIVING
    found = test.certificates.select_related(
        "document", "signed_by_contact", "signed_by_person", "filed_by"
    ).prefetch_related("examinations")
    waits = WAITS[CovenantTestState(test.state)]
    if test.waits_since:
        waits = "Your certificate is filed; a loan officer examines it."
    context = {
        **_row(test),
        "waits": waits if is_living else "The loan is over; nothing is to be kept.",
        "why": test.last_why,
        "certificates": [(one, next(iter(one.examinations.all()), None)) for one in found],
        "may_certify": is_living
        and test.state != CovenantTestState.WAIVED
        and test.loan.institution.number in held.scopes_of(request.user, ACT),
        "form": form or Certify(test, today),
        "refusal": refusal,
    }
    return render(request, "portal/covenant_test.html", context, status=status)


def _test(request: HttpRequest, number: str, act: str) -> Any:
    """
    Give one covenant test of the person's institutions.

    :raises Http404: if there is none, or it is another institution's: nobody can tell which
    """
    scopes = held.scopes_of(request.user, act)
    found = queries.tests().filter(loan__institution__number__in=scopes, number=number).first()
    if found is None:
        raise Http404
    return found
