"""Is the system alive, is it ready, what does it count: for machines that watch it."""

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus import exports  # type: ignore
from kombu.connection import Connection
from kombu.exceptions import KombuError

from together.controls.web.access import declared

LOOPBACK = ("127.0.0.1", "::1")


@declared("anyone")
@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


@declared("anyone")
@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether database and broker answer; 503 if one does not."""
    found = {"database": _database(), "broker": _broker()}
    is_ready = all(found.values())
    words = {name: "ok" if answer else "does not answer" for name, answer in found.items()}
    status = "ok" if is_ready else "not ready"
    return JsonResponse({"status": status, **words}, status=200 if is_ready else 503)


@declared("loopback, or who sends the token")
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the metrics to loopback, or to who sends the token; to others there is no such page."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "").encode()
        allowed = hmac.compare_digest(sent, f"Bearer {settings.METRICS_TOKEN}".encode())
    else:
        is_direct = "X-Forwarded-For" not in request.headers
        allowed = is_direct and request.META.get("REMOTE_ADDR") in LOOPBACK
    if not allowed:
        raise Http404
    answer: HttpResponse = exports.ExportToDjangoView(request)
    return answer


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _broker() -> bool:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:  # type: ignore
            broker.ensure_connection(max_retries=1, timeout=2)
    except (KombuError, OSError):
        return False
    return True
