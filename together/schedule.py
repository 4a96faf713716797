"""The timetable of background work: what beat rings for, and how often."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    # Whatever a lost message or a killed worker left behind is found within seconds.
    "treasury.sweep": {"task": "treasury.sweep", "schedule": 5.0, "options": {"expires": 5}},
}
