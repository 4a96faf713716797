"""Tables of the controls."""

from together.controls.models.approvals import Approval, AuthorityStage, Decision
from together.controls.models.documents import AccessRecord, Document, DocumentContent
from together.controls.models.people import Person, RoleGrant
from together.controls.models.records import AuditRecord
from together.controls.models.screening import (
    Hit,
    ListEntry,
    Screening,
    ScreeningList,
    ScreeningPolicy,
)

__all__ = [
    "AccessRecord",
    "Approval",
    "AuditRecord",
    "AuthorityStage",
    "Decision",
    "Document",
    "DocumentContent",
    "Hit",
    "ListEntry",
    "Person",
    "RoleGrant",
    "Screening",
    "ScreeningList",
    "ScreeningPolicy",
]
