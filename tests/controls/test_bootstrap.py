"""A production start makes one administrator with a link that works once."""

import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from tests import conftest
from together.controls.models import Person, RoleGrant


@pytest.fixture
def empty_database(template_database, django_db_blocker):
    """Give Django an empty database, owned by the owner."""
    name = f"test_empty_{os.getpid()}"
    conftest.drop(name)
    with conftest.owner() as owner:
        owner.execute(f"CREATE DATABASE {name}")
    with django_db_blocker.unblock(), conftest.pointed_at(name):
        yield
    conftest.drop(name)


def bootstrap(**changes):
    out = io.StringIO()
    options = {"username": "root", "full_name": "Rita Root", "email": "rita@example.test"}
    call_command("bootstrap", stdout=out, **{**options, **changes})
    return out.getvalue()


def test_an_empty_database_becomes_a_system_with_one_administrator(empty_database):
    text = bootstrap(origin="https://together.example")
    link = next(line for line in text.splitlines() if line.startswith("https://"))
    path = link.removeprefix("https://together.example")
    browser = Client()
    form = browser.get(path, follow=True)
    assert form.status_code == 200
    password = "correct horse battery staple"
    done = browser.post(form.request["PATH_INFO"], {"password1": password, "password2": password})
    assert done.status_code == 302
    assert Person.objects.get(username="root").check_password(password)
    assert RoleGrant.objects.get().role == "security_administrator"
    again = Client().get(path, follow=True)
    assert b'name="password1"' not in again.content, "the link works once"


def test_a_second_start_makes_nobody(own_database):
    first = Person.objects.get()
    assert "a security administrator exists" in bootstrap(username="other").lower()
    assert Person.objects.get() == first


def test_a_machine_without_the_owners_address_is_told_what_to_set(empty_database, monkeypatch):
    from together.controls.operations import database

    monkeypatch.setattr(database, "OWNER", "missing")
    with pytest.raises(CommandError, match="set DATABASE_ADMIN_URL"):
        bootstrap()
    assert "missing" not in connections
