#!/usr/bin/env python
"""The command line of the project."""

import os
import sys

# Commands that work on files alone, and the app each belongs to: they need no model, no database
# and no page, so they start without loading any.
OVER_FILES = {
    "adjudicate": "retail_claims",
    "prove_award": "retail_claims",
    "verify_award": "retail_claims",
    "generate_crash": "retail_claims",
    "calc": "together.console",
}


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "together.settings")
    from django.core import management

    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in OVER_FILES:
        management.load_command_class(OVER_FILES[name], name).run_from_argv(sys.argv)
    else:
        import together.celery  # noqa: F401 -- what a command rings for goes to our broker

        management.execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
