"""Registers retail_claims with Django."""

from django.apps import AppConfig


class RetailClaimsConfig(AppConfig):
    name = "retail_claims"
    verbose_name = "Retail claims"
