"""People who sign in, and the roles they were given."""

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models

from together.controls.rules import roles


@pghistory.track(exclude=["password", "last_login"], append_only=True)
class Person(AbstractUser):
    """Somebody who can sign in; what they may do stands in their roles, never here."""

    full_name = models.CharField(max_length=120)

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.full_name or self.username


@pghistory.track(append_only=True)
class RoleGrant(models.Model):
    """
    A role somebody holds from ``granted_at`` until ``revoked_at``.

    ``scope`` is empty for officers and the institution's number for its people.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=[(r.code, r.name) for r in roles.ROLES])
    scope = models.CharField(max_length=40, blank=True)
    granted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField()
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "scope"],
                condition=models.Q(revoked_at=None),
                name="controls_role_once",
            ),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, revoked_by=None)
                | models.Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="controls_revoked_together",
            ),
            models.CheckConstraint(
                condition=~models.Q(granted_by=models.F("person")),
                name="controls_nobody_grants_themselves",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.scope}".strip()
