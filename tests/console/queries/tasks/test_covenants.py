"""Tasks of covenants: what runs out soon, and what somebody should look at."""

from datetime import datetime, time, timedelta

from tests.factories import person
from tests.loans.conftest import pay, pool  # noqa: F401 - the fixtures of a loan that is drawn
from tests.loans.covenants import DUE, QUARTER, drawn, filed, opened
from tests.loans.factories import at
from together.console.queries.tasks.mine import tasks_of

DAY = timedelta(days=1)


def found(who, on):
    return [(task.kind, task.key) for task in tasks_of(who, at(on)) if "covenant" in task.kind]


def test_a_test_runs_out_until_its_certificate_waits_for_an_officer(pool, pay):  # noqa: F811
    drawn(pool, pay)
    test = opened()
    officer = person("loan_officer")
    assert found(officer, QUARTER + DAY) == []
    assert found(officer, DUE - DAY) == [("covenant.due", str(test.pk))]
    assert found(person("treasury_officer"), DUE - DAY) == []
    [task] = [one for one in tasks_of(officer, at(DUE)) if one.kind == "covenant.due"]
    # It may come in on its last day.
    assert task.due_at == datetime.combine(DUE + DAY, time(), tzinfo=task.due_at.tzinfo)
    filed(test)
    assert found(officer, DUE) == [("covenant.certificate", str(test.pk))]
