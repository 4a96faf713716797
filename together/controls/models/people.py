"""People who sign in: officers, institutions' people, auditors."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class Person(AbstractUser):
    """Somebody who can sign in; what they may do stands in their roles, never here."""

    full_name = models.CharField(max_length=120)

    def __str__(self) -> str:
        return self.full_name or self.username
