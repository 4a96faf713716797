"""Settings of the project, read from the environment; the defaults suit a private local system."""

from pathlib import Path

import dj_database_url
from environs import Env

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
# Where a machine without services keeps its private PostgreSQL, Valkey, secrets and files.
LOCAL_DIR = Path(env.str("TOGETHER_LOCAL_DIR", str(BASE_DIR / ".local")))

# --- what kind of system this is ------------------------------------------------------------
PRODUCTION = env.bool("TOGETHER_PRODUCTION", False)
DEBUG = False
ALLOWED_HOSTS = env.list("TOGETHER_HOSTS", ["127.0.0.1", "localhost", "testserver"])
CSRF_TRUSTED_ORIGINS = env.list("TOGETHER_ORIGINS", [])
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
    "django_celery_beat",
    "together.ledger",
    "together.controls",
    "together.treasury",
    "loans",
    "retail_claims",
    "together.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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

# --- words, time and numbers ----------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- files ----------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
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
            ],
        },
    }
]

# --- outside ---------------------------------------------------------------------------------
# The simulated rail keeps its own world in this file; a real rail takes its place in production.
SIMULATED_RAIL_FILE = env.str("TOGETHER_RAIL_FILE", str(LOCAL_DIR / "rail.sqlite3"))
