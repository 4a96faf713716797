"""Settings of the project, read from the environment; the defaults suit a private local system."""

from together.settings.base import *  # noqa: F403
from together.settings.mail import *  # noqa: F403
from together.settings.pages import *  # noqa: F403
from together.settings.people import *  # noqa: F403
