"""Covenants: agreed with an application, taken off it before it is proposed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from loans.models import Application, Covenant
from loans.operations import agreeing
from loans.rules.covenants import faults
from loans.rules.states import TERM_MOVES
from together import Refused
from together.controls.models import Person
from together.controls.operations.numbers import next_number

FACTS = ("kind", "ratio", "is_least", "bound", "text", "every_months", "due_days", "cure_days")


class BadCovenant(Refused):
    """Raised when a covenant cannot be so; says every field, its value and the rule."""


@transaction.atomic(durable=True)
def agree(*, application: Application, said: dict[str, Any], by: Person, at: datetime) -> Covenant:
    """
    Add a covenant to an application; ``said`` holds the facts of the model by their names.

    :raises BadCovenant: if one of them is wrong
    :raises NotPossibleNow: if the application was proposed
    """
    application = agreeing.open_application(application, by)
    facts = {"ratio": "", "bound": "", "text": "", "is_least": True, **said}
    found = [f"{name}: is no field of a covenant" for name in facts if name not in FACTS]
    found += [f"{name}: must be given" for name in FACTS if name not in facts]
    found = found or faults(facts)
    if found:
        raise BadCovenant(f"{application.number}: {'; '.join(found)}")
    if facts["kind"] == "information":
        facts = {**facts, "ratio": "", "bound": "", "is_least": True}
    else:
        facts["text"] = ""
    made = Covenant.objects.create(
        number=next_number(Covenant, "CV"),
        application=application,
        added_by=by,
        added_at=at,
        **facts,
    )
    agreeing.added("covenant", made, facts, by, at)
    return made


@transaction.atomic(durable=True)
def remove(*, covenant: Covenant, by: Person, at: datetime) -> None:
    """
    Take a covenant off an application that is not proposed.

    :raises NotPossibleNow: if it was, or if the covenant is off already
    """
    agreeing.remove("covenant", covenant, TERM_MOVES, by, at)


def terms(application: Application) -> list[dict[str, Any]]:
    """Give what an approval binds of the covenants of an application."""
    kept = application.covenants.filter(state="agreed")
    return [{"number": one.number, **{name: getattr(one, name) for name in FACTS}} for one in kept]
