"""Registers loans with Django."""

from django.apps import AppConfig


class LoansConfig(AppConfig):
    name = "loans"
