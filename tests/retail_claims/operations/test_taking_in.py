"""Taking evidence in: kept under its digest, once, or refused with nothing of it left."""

from pathlib import Path

import pytest

from retail_claims.models import Evidence
from retail_claims.operations import taking_in
from retail_claims.operations.evidence import NoSuchFile
from retail_claims.operations.taking_in import (
    Given,
    NotOfItsKind,
    OutsideTheInbox,
    TooLargeToUpload,
)
from tests import factories
from tests.factories import NOW
from tests.retail_claims import factories as claims
from together.controls.operations.people import NotAllowed

FILLS = ("\n".join([claims.HEADERS["fills"], *claims.losses(ann="80")]) + "\n").encode()
SNAPSHOT = ("\n".join([claims.HEADERS["snapshot"], *claims.assets(ann="100")]) + "\n").encode()


@pytest.fixture
def officer(own_database, settings, tmp_path):
    settings.CLAIMS_EVIDENCE_DIR = str(tmp_path / "kept")
    settings.CLAIMS_INBOX_DIR = str(tmp_path / "inbox")
    settings.CLAIMS_UPLOAD_BYTES = 2_000
    return factories.person("claims_officer")


@pytest.fixture
def programme(officer):
    return claims.programme(officer=officer)


def given(name="my fills (1).csv", data=FILLS):
    return Given(name, (data[:7], data[7:]))


def uploaded(programme, officer, **files):
    files = {"fills": given(), "snapshot": given("x.CSV", SNAPSHOT), **files}
    return taking_in.upload(
        programme=programme,
        files={role: one for role, one in files.items() if one},
        by=officer,
        at=NOW,
    )


def kept(settings):
    root = Path(settings.CLAIMS_EVIDENCE_DIR)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_uploaded_files_are_kept_as_they_are_under_names_of_our_own(programme, officer, settings):
    found = uploaded(programme, officer)
    digest = found.files["fills"]["sha256"]
    assert Path(found.files["fills"]["path"]).read_bytes() == FILLS
    assert f"{digest}/fills.csv" in kept(settings)
    assert len(kept(settings)) == 2


def test_the_same_bytes_again_are_the_same_evidence_and_kept_once(programme, officer, settings):
    assert uploaded(programme, officer) == uploaded(programme, officer, fills=given("else.csv"))
    assert (Evidence.objects.count(), len(kept(settings))) == (1, 2)


@pytest.mark.parametrize(
    ("files", "refusal"),
    [
        ({"holds": given("holds.xlsx")}, (NotOfItsKind, "holds: 'holds.xlsx' ends in none of")),
        ({"holds": given("holds.csv", b"x" * 2_001)}, (TooLargeToUpload, "put it into the inbox")),
        ({"wallets": given()}, (NoSuchFile, "'wallets' is none of")),
        ({"snapshot": None}, (NoSuchFile, "needs a file of snapshot")),
    ],
)
def test_what_is_refused_leaves_nothing(programme, officer, settings, files, refusal):
    with pytest.raises(refusal[0], match=refusal[1]):
        uploaded(programme, officer, **files)
    assert kept(settings) == []
    assert not Evidence.objects.exists()


def test_a_folder_of_the_inbox_is_registered_where_it_is(programme, officer, tmp_path):
    files = claims.write(tmp_path / "inbox" / "october", fills=claims.losses(ann="80"), snapshot=[])
    (tmp_path / "inbox" / "october" / "readme.txt").write_text("not evidence")
    found = taking_in.from_inbox(programme=programme, folder="october", by=officer, at=NOW)
    assert {role: one["path"] for role, one in found.files.items()} == {
        role: str(path) for role, path in files.items()
    }


@pytest.mark.parametrize("folder", ["../elsewhere", "/etc", "", ".", "missing", "link"])
def test_nothing_is_taken_from_outside_the_inbox(programme, officer, tmp_path, folder):
    claims.write(tmp_path / "elsewhere", fills=[], snapshot=[])
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideTheInbox, match="no folder of the inbox"):
        taking_in.from_inbox(programme=programme, folder=folder, by=officer, at=NOW)


def test_a_role_that_is_there_twice_is_refused(programme, officer, tmp_path):
    folder = tmp_path / "inbox" / "october"
    claims.write(folder, fills=[], snapshot=[])
    (folder / "fills.parquet").write_bytes(b"")
    with pytest.raises(NoSuchFile, match="fills is there twice"):
        taking_in.from_inbox(programme=programme, folder="october", by=officer, at=NOW)


def test_only_who_works_on_claims_takes_evidence_in(programme, own_database):
    with pytest.raises(NotAllowed):
        uploaded(programme, factories.person("auditor"))
