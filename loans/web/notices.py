"""The portal's page of notices: what was said to an institution, as PDF; what is new is marked."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from loans.models import Invoice, Loan
from together.controls.models import Person
from together.controls.queries import held
from together.controls.web.access import portal
from together.ledger.rules.money import Money
from together.notices.operations import archive
from together.notices.queries import notices
from together.notices.rules.kinds import KINDS

READ = "portal.read"
PAGE = 25
# How a notice left, as its reader says it.
LEFT = {
    "ready": "being mailed",
    "sending": "being mailed",
    "sent": "mailed",
    "failed": "not mailed",
    "kept": "here only",
    "withdrawn": "withdrawn",
}


class Choose(forms.Form):
    """Which notices are shown."""

    is_dense = True
    kind = forms.ChoiceField(choices=[("", "all kinds"), *KINDS], required=False)
    loan = forms.ChoiceField(required=False)

    def __init__(self, loans: Sequence[str], *args: Any) -> None:
        super().__init__(*args)
        known = [("", "all loans"), *((number, number) for number in loans)]
        cast(forms.ChoiceField, self.fields["loan"]).choices = known


@portal(READ)
@require_safe
def notices_page(request: HttpRequest) -> HttpResponse:
    """Show the notices of the visitor's institutions, newest first."""
    scopes = held.scopes_of(request.user, READ)
    own = Loan.objects.filter(institution__number__in=scopes).order_by("number")
    form = Choose(list(own.values_list("number", flat=True)), request.GET)
    form.is_valid()
    chosen = form.cleaned_data
    with archive.only(scopes):
        found = notices.of_owners(scopes)
        if chosen.get("kind"):
            found = found.filter(kind=chosen["kind"])
        if chosen.get("loan"):
            found = found.filter(about=chosen["loan"])
        marked = notices.marked_new(found, cast(Person, request.user))
        page = Paginator(marked, PAGE).get_page(request.GET.get("page"))
        rows = [(one, LEFT[one.state]) for one in page]
    context = {
        "rows": rows,
        "page": page,
        "form": form,
        "chosen": chosen,
        "is_chosen": any(chosen.values()),
    }
    return render(request, "portal/notices.html", context)


@portal(READ)
@require_safe
def notice_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Give the PDF of a notice as it was sent."""
    scopes = held.scopes_of(request.user, READ)
    by = cast(Person, request.user)
    notice = archive.hand_to_owner(number=number, owners=scopes, by=by, at=timezone.now())
    if notice is None:
        raise Http404
    answer = HttpResponse(bytes(notice.content.data), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{notice.name}"'
    return answer


def new_ones(request: HttpRequest) -> int:
    """Count the notices that the visitor has not taken out yet."""
    scopes = held.scopes_of(request.user, READ)
    with archive.only(scopes):
        return notices.count_new(scopes, cast(Person, request.user))


def invoices_of(loan: Loan) -> list[dict[str, Any]]:
    """Give the invoices of a loan as its page shows them, newest first."""
    with archive.only([loan.institution.number]):
        found = Invoice.objects.filter(loan=loan).select_related("notice").order_by("-id")[:24]
        return [
            {
                "invoice": one,
                "number": one.number,
                "notice": one.notice.number,
                "total": Money(one.total, loan.pool.asset),
            }
            for one in found
        ]
