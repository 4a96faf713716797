"""Errors of the API as problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from rest_framework.response import Response
from rest_framework.views import exception_handler

from together import Refused

MEDIA_TYPE = "application/problem+json"


def handler(error: Exception, context: dict[str, Any]) -> Any:
    """Answer an error that the API expects; what is no such error is a bug and stays one."""
    if isinstance(error, Refused):
        return problem(409, str(error))
    answer = exception_handler(error, context)
    if answer is None:
        return None
    told = problem(answer.status_code, *_words(answer))
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in answer.headers:
            told[name] = answer.headers[name]
    return told


def problem(status: int, detail: str = "", errors: Any = None) -> JsonResponse:
    """Write one problem; ``errors`` names fields with what is wrong with them."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
    }
    if detail:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def _words(answer: Response) -> tuple[str, Any]:
    data = answer.data
    if isinstance(data, dict) and "detail" in data:
        return str(data["detail"]), None
    return "What was sent is not valid.", data
