"""The mail server by one URL: read whole or refused, and no password in what is said."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from together.settings.mail import server


def test_a_mail_server_is_read_from_its_url():
    found = server("smtp://us%40er:p%2Fw@mail.example:2525")
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("mail.example", 2525)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("us@er", "p/w")
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (True, False)


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", 587, True, False),
        ("smtps://mail.example", 465, False, True),
        ("smtp://mail.example:25?tls=none", 25, False, False),
    ],
)
def test_each_way_of_encryption_has_its_port(url, port, tls, ssl):
    found = server(url)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://u:secret@mail.example", "smtp://", "smtp://x?tls=maybe"]
)
def test_what_is_no_mail_server_is_refused_without_its_password(url):
    with pytest.raises(ImproperlyConfigured) as refused:
        server(url)
    assert "EMAIL_URL" in str(refused.value)
    assert "secret" not in str(refused.value)
