"""Registers ledger with Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "together.ledger"
    label = "ledger"
