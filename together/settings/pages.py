"""What pages may load, how the console looks, how the API answers."""

from together.settings.base import env

# --- what a page may load: two named policies --------------------------------------------------
_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": _SELF,
        "script-src": _SELF,
        "style-src": _SELF,
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": _SELF,
        "frame-ancestors": ["'none'"],
    }
}
# The theme of the console writes styles into the page and evaluates its attributes.
CONSOLE_SECURITY_POLICY = {
    "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
}

# --- the console ---------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Together",
    "SITE_HEADER": "Together",
    "SITE_SUBHEADER": "Recovery initiative",
    "SITE_SYMBOL": "handshake",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": "together.console.admin.navigation.favicon",
        }
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "together.console.admin.navigation.environment",
    "DASHBOARD_CALLBACK": "together.console.admin.dashboard.callback",
    "STYLES": ["together.console.admin.navigation.stylesheet"],
    "SCRIPTS": ["together.console.admin.navigation.script"],
    "COLORS": {
        "primary": {
            "50": "#eefaf7",
            "100": "#d5f2ea",
            "200": "#aee5d7",
            "300": "#79d1be",
            "400": "#41b39d",
            "500": "#1f9480",
            "600": "#0f766e",
            "700": "#115e59",
            "800": "#134e4a",
            "900": "#153f3d",
            "950": "#082625",
        }
    },
    "BORDER_RADIUS": "8px",
    "COMMAND": {"search_models": True, "show_history": False},
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "together.console.admin.navigation.sidebar",
    },
    "ACCOUNT": {"navigation": "together.console.admin.navigation.account"},
}

# --- the API --------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["together.controls.api.permissions.Reads"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "together.controls.api.pages.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {"anon": "60/min", "user": "600/min"},
    "EXCEPTION_HANDLER": "together.controls.api.problems.handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Together",
    "DESCRIPTION": "Loans, their notices and awards to read; market data to send.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v[0-9]",
}
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False, "TOKEN_PREFIX": "tg_"}
# Who may read /metrics from elsewhere sends this as a bearer token; without one only loopback may.
METRICS_TOKEN = env.str("TOGETHER_METRICS_TOKEN", "")
