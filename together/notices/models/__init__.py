"""Tables of the notices."""

from together.notices.models.notices import Notice

__all__ = ["Notice"]
