"""Assessments: what the scorecard says about an application, before or after it was proposed."""

from datetime import date
from typing import Any

from loans.models import Application
from loans.queries.underwriting import underwrite


def assessment(application: Application, on: date) -> dict[str, Any]:
    """Give the stored assessment, or what the scorecard would say on a day."""
    stored: dict[str, Any] = application.assessment
    return stored or underwrite(application, on).assessment.document
