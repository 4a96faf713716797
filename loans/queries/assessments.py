"""Assessments: what the scorecard says about an application, before or after it was proposed."""

from typing import Any

from loans.models import Application
from loans.rules.scorecard import assess


def assessment(application: Application) -> dict[str, Any]:
    """Give the stored assessment, or what the scorecard would say now."""
    stored: dict[str, Any] = application.assessment
    return stored or assess(application.figures).document
