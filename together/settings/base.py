"""What kind of system this is: applications, databases, background work, logs, files."""

from pathlib import Path

import dj_database_url
import structlog
from environs import Env

env = Env()
BASE_DIR = Path(__file__).resolve().parents[2]
# Where a machine without services keeps its private PostgreSQL, Valkey, secrets and files.
LOCAL_DIR = Path(env.str("TOGETHER_LOCAL_DIR", str(BASE_DIR / ".local")))

# --- what kind of system this is ------------------------------------------------------------
PRODUCTION = env.bool("TOGETHER_PRODUCTION", False)
DEBUG = False
ALLOWED_HOSTS = env.list("TOGETHER_HOSTS", ["127.0.0.1", "localhost", "testserver"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("TOGETHER_ORIGINS", [])
if PRODUCTION:
    SECRET_KEY = env.str("TOGETHER_SECRET_KEY")
else:
    SECRET_KEY = env.str("TOGETHER_SECRET_KEY", "local-only-" + "0" * 40)
# Everybody who can move money needs a second factor; production turns this on by itself.
MFA_REQUIRED = env.bool("TOGETHER_MFA_REQUIRED", PRODUCTION)

# --- applications ---------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "knox",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "django_include_bootstrap",
    "django_prometheus",
    "django_celery_beat",
    "together.ledger",
    "together.controls",
    "together.notices",
    "together.treasury",
    "loans",
    "retail_claims",
    "together.console",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "together.controls.web.middleware.NamedPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "together.controls.web.middleware.SignedIn",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "together.urls"
WSGI_APPLICATION = "together.wsgi.application"
ASGI_APPLICATION = "together.asgi.application"
AUTH_USER_MODEL = "controls.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- databases: the application role owns nothing, the owner role migrates ------------------
DATABASES = {
    "default": dj_database_url.config("DATABASE_URL", default="postgresql://", conn_max_age=60)
}
if env.str("DATABASE_ADMIN_URL", ""):
    DATABASES["owner"] = dj_database_url.config("DATABASE_ADMIN_URL")

# --- background work: a message is a doorbell, the work itself is in PostgreSQL ---------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
if CELERY_BROKER_URL.startswith("redis"):
    # A killed worker's messages come back after the time-out only, so it is short and yet above
    # the longest task; kombu looks for them every second instead of every ten uses.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 120,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }

# --- words, time and numbers ----------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Production serves what collectstatic made, under names that hold a digest.
    "staticfiles": {
        "BACKEND": "together.console.web.storage.DigestNames"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "together.controls.web.context.house",
            ],
        },
    }
]

# --- logs: events with fields, one JSON object a line in production --------------------------
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if PRODUCTION
            else structlog.dev.ConsoleRenderer(
                # The default prints the values of variables, secrets among them, and takes long.
                colors=False,
                exception_formatter=structlog.dev.plain_traceback,
            ),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["stderr"], "level": env.str("TOGETHER_LOG_LEVEL", "WARNING")},
    "loggers": {"together": {"level": env.str("TOGETHER_LOG_LEVEL", "INFO")}},
}

# --- outside ---------------------------------------------------------------------------------
# The simulated rail keeps its own world in this file; a real rail takes its place in production.
# Where facts for simulations are kept; all that stands there can be made again.
CLAIMS_FACTS_DIR = env.str("TOGETHER_CLAIMS_FACTS_DIR", str(LOCAL_DIR / "facts"))
# Evidence that is uploaded is kept here; what is too large is put into the inbox by hand.
CLAIMS_EVIDENCE_DIR = env.str("TOGETHER_CLAIMS_EVIDENCE_DIR", str(LOCAL_DIR / "evidence"))
CLAIMS_INBOX_DIR = env.str("TOGETHER_CLAIMS_INBOX_DIR", str(LOCAL_DIR / "inbox"))
CLAIMS_UPLOAD_BYTES = env.int("TOGETHER_CLAIMS_UPLOAD_BYTES", 256 * 2**20)
# Where the files of runs are kept: decisions, rejects, the tree of awards.
CLAIMS_RUNS_DIR = env.str("TOGETHER_CLAIMS_RUNS_DIR", str(LOCAL_DIR / "runs"))
SIMULATED_RAIL_FILE = env.str("TOGETHER_RAIL_FILE", str(LOCAL_DIR / "rail.sqlite3"))
