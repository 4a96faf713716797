"""A page that shows the API from its own OpenAPI document, without anything from outside."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from together.controls.web.access import declared


@declared("anyone")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every address of the API with its parameters and answers."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    calls = [
        _call(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [
        {"name": name, "fields": _fields(one)}
        for name, one in document["components"]["schemas"].items()
    ]
    return render(request, "api/reference.html", {"calls": calls, "schemas": schemas})


def _call(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "words": operation.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "place": one["in"],
                "words": one.get("description", ""),
                "kind": one.get("schema", {}).get("type", ""),
            }
            for one in operation.get("parameters", [])
        ],
        "answers": [_answer(status, one) for status, one in operation["responses"].items()],
    }


def _answer(status: str, response: dict[str, Any]) -> str:
    content = response.get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    return f"{status} {name}".strip()


def _fields(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, _kind(one)) for name, one in schema.get("properties", {}).items()]


def _kind(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"]).rsplit("/", 1)[-1]
    if "allOf" in field:
        return _kind(field["allOf"][0])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return " ".join(filter(None, (field.get("type"), field.get("format")))) or "any"
