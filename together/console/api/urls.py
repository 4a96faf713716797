"""Addresses of the API."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from loans.api.loans import Applications, Loans
from loans.api.market_data import Observations
from loans.api.notices import Notices
from retail_claims.api.awards import Awards, Runs
from together.console.api import reference
from together.controls.web.access import declared

router = SimpleRouter()
router.register("loans", Loans, basename="api_loan")
router.register("applications", Applications, basename="api_application")
router.register("notices", Notices, basename="api_notice")
router.register("runs", Runs, basename="api_run")
router.register("awards", Awards, basename="api_award")

schema = SpectacularAPIView.as_view(permission_classes=[], authentication_classes=[])

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(router.urls)),
    path("v1/market-data/observations/", Observations.as_view(), name="api_observations"),
    path("schema/", declared("anyone")(schema), name="api_schema"),
    path("", reference.page, name="api_reference"),
]
