"""Registers treasury with Django."""

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    name = "together.treasury"
    label = "treasury"
