"""Tables of the controls."""

from together.controls.models.people import Person

__all__ = ["Person"]
