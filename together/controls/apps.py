"""Registers controls with Django."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    name = "together.controls"
    label = "controls"
