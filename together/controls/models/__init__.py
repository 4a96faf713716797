"""Tables of the controls."""

from together.controls.models.approvals import Approval, AuthorityStage, Decision
from together.controls.models.documents import AccessRecord, Document, DocumentContent
from together.controls.models.people import Person, RoleGrant
from together.controls.models.records import AuditRecord

__all__ = [
    "AccessRecord",
    "Approval",
    "AuditRecord",
    "AuthorityStage",
    "Decision",
    "Document",
    "DocumentContent",
    "Person",
    "RoleGrant",
]
