"""Tables of the controls."""

from together.controls.models.approvals import Approval, AuthorityStage, Decision
from together.controls.models.people import Person, RoleGrant
from together.controls.models.records import AuditRecord

__all__ = ["Approval", "AuditRecord", "AuthorityStage", "Decision", "Person", "RoleGrant"]
