"""How mail leaves: over a mail server named by one URL, or into a folder of this machine."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from together.settings.base import LOCAL_DIR, PRODUCTION, env

PORTS = {"smtp": 587, "smtps": 465}


def server(url: str) -> dict[str, Any]:
    """
    Read a mail server from its URL: ``smtp://user:password@host:587`` or ``smtps://...:465``.

    ``smtp`` speaks STARTTLS unless the URL ends with ``?tls=none``; ``smtps`` speaks TLS from the
    first byte. User and password are written as in any URL, signs in them by per cent.

    :raises ImproperlyConfigured: if it is no such URL; the password is not repeated
    """
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[0]
    if parts.scheme not in PORTS or not parts.hostname or tls not in ("starttls", "none"):
        raise ImproperlyConfigured(
            "EMAIL_URL: must be smtp://user:password@host:587, smtps://user:password@host:465, or"
            " smtp://host:25?tls=none"
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and tls == "starttls",
    }


# Seconds that the mail server may take for one step; the lease of the outbox is made of it.
EMAIL_TIMEOUT = 20
# What mail is sent from; the part after the sign also stands in every Message-ID.
DEFAULT_FROM_EMAIL = env.str("TOGETHER_MAIL_FROM", "Together <notices@together.invalid>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
NOTICES_DOMAIN = DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].rstrip("> ")
EMAIL_FILE_PATH = str(LOCAL_DIR / "mail")
_URL = env.str("EMAIL_URL", "")
if _URL:
    globals().update(server(_URL))
elif PRODUCTION:
    raise ImproperlyConfigured("EMAIL_URL: production names the mail server that notices leave by")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
