"""What may be filed: the bytes decide, and the name agrees with them."""

import pytest

from together.controls.rules.documents import MOST_BYTES, media_type
from together.controls.rules.file_names import safe_name

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("extract.pdf", b"%PDF-1.7 ...", "application/pdf"),
        ("Scan.JPEG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("scan.png", b"\x89PNG\r\n\x1a\n...", "image/png"),
        ("positions.csv", "venue,USDC\nÜ,1\n".encode(), "text/csv"),
        ("positions.json", b"{}", "application/json"),
    ],
)
def test_the_bytes_tell_what_it_is(name, data, kind):
    assert media_type(name, data) == kind


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("extract.pdf", b"<html><script>"),
        ("extract.html", b"%PDF-1.7"),
        ("run.exe", b"MZ\x90"),
        ("positions.csv", b"\xff\xfe\x00"),
        ("positions.csv", b"a\x00b"),
        ("page.svg", b"<svg onload='x'>"),
        ("", b"%PDF-1.7"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused(name, data):
    with pytest.raises(ValueError, match=r"^file: .* is none of \.pdf"):
        media_type(name, data)


def test_empty_and_very_large_files_are_refused_with_their_size():
    with pytest.raises(ValueError, match="file: it is empty"):
        media_type("a.pdf", b"")
    with pytest.raises(ValueError, match="20,971,521 bytes; at most 20,971,520"):
        media_type("a.pdf", b"%PDF-" + b"x" * (MOST_BYTES - 4))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ('C:\\x\\a"b.pdf', "a_b.pdf"),
        ("a\r\nSet-Cookie", "a_Set-Cookie"),
    ],
)
def test_a_name_means_nothing_to_a_system(given, kept):
    assert safe_name(given) == kept
