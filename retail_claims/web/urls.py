"""Addresses of the public pages."""

from django.urls import URLPattern, path

from retail_claims.web import public

urlpatterns: list[URLPattern] = [
    path("", public.home, name="home"),
    path("progress/", public.progress, name="public_progress"),
    path("claims/verify/", public.verify, name="claims_verify"),
    path("claims/verify/verify_award.py", public.script, name="claims_script"),
    path("claims/policy.json", public.policy, name="claims_policy"),
]
