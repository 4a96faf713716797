"""Registers notices with Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "together.notices"
    label = "notices"
