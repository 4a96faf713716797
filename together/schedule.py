"""The timetable of background work: what beat rings for, and how often."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # Whatever a lost message or a killed worker left behind is found within seconds.
    "treasury.sweep": {"task": "treasury.sweep", "schedule": 5.0, "options": {"expires": 5}},
    # A cent that nothing explains stops its disbursement within half a minute.
    "treasury.watch_waves": {
        "task": "treasury.watch_waves",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    # A large statement file whose message was lost is read within minutes.
    "treasury.sweep_files": {
        "task": "treasury.sweep_files",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # Awards that were taken, or came back, are on the books within a minute.
    "retail.book_paid": {"task": "retail.book_paid", "schedule": 60.0, "options": {"expires": 60}},
    # Facts for simulations that somebody waits for are gathered, also after a worker died.
    "retail.sweep_facts": {
        "task": "retail.sweep_facts",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    # Runs that somebody waits for are computed, also after a worker died.
    "retail.sweep_runs": {
        "task": "retail.sweep_runs",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    # Drawdowns that were paid and receipts that came in are on the books within a minute.
    "loans.watch": {"task": "loans.watch", "schedule": 60.0, "options": {"expires": 60}},
    # After a list, a policy or a name changed, and once a day, institutions are screened anew.
    "loans.screen": {"task": "loans.screen", "schedule": 60.0, "options": {"expires": 60}},
    # Secured loans are valued each minute: a call is opened, met or defaulted when it is so.
    "loans.watch_margins": {
        "task": "loans.watch_margins",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # Covenants are tested by the day; looked at each hour, so that a day that failed is made good.
    "loans.watch_covenants": {
        "task": "loans.watch_covenants",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Books, instructions and statements are compared even when nobody brings a statement.
    "treasury.prove": {"task": "treasury.prove", "schedule": 300.0, "options": {"expires": 300}},
    # Letters of yesterday are made once its day is closed; what was broken is caught up hourly.
    "loans.send_notices": {"task": "loans.send_notices", "schedule": crontab(minute="25")},
    # Letters whose message was lost, or whose next try has come, are mailed within a minute.
    "notices.sweep": {"task": "notices.sweep", "schedule": 60.0, "options": {"expires": 60}},
    # Fixings of a day are published on the next: loans that waited for one are closed in the hour.
    "loans.fix_rates": {
        "task": "loans.fix_rates",
        "schedule": crontab(minute="40"),
        "options": {"expires": 3600},
    },
    # Business dates are in UTC; yesterday is over.
    "loans.close_day": {"task": "loans.close_day", "schedule": crontab(minute="10", hour="0")},
}
