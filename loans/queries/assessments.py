"""Assessments: what the scorecard says about an application, before or after it was proposed."""

from datetime import datetime
from typing import Any

from loans.models import Application
from loans.queries.underwriting import underwrite


def assessment(application: Application, at: datetime) -> dict[str, Any]:
    """Give the stored assessment, or what the scorecard would say at a moment."""
    stored: dict[str, Any] = application.assessment
    return stored or underwrite(application, at).assessment.document
