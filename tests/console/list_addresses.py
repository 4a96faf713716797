"""Writes the list of addresses anew; ``python -m tests.console.list_addresses``."""

import os


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "together.settings")
    import django

    django.setup()
    from tests.console.test_addresses import LIST, lines

    LIST.write_text("\n".join(lines()) + "\n")


if __name__ == "__main__":
    main()
