"""Addresses of the whole site, and who may call those that other packages bring."""

from django.urls import URLPattern, URLResolver, include, path

from together.console.admin.site import console
from together.console.web import health

handler400 = "together.controls.web.errors.bad_request"
handler403 = "together.controls.web.errors.forbidden"
handler404 = "together.controls.web.errors.missing"
handler500 = "together.controls.web.errors.broken"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("retail_claims.web.urls")),
    path("console/", console.urls),
    path("portal/", include("loans.web.urls")),
    path("accounts/", include("together.controls.web.urls")),
    path("api/", include("together.console.api.urls")),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
]
