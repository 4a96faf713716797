"""The command brings a file in, and tells what was found or why it is refused."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.factories import NOW, person
from tests.treasury.operations import chains
from tests.treasury.operations.chains import FORMATS
from tests.treasury.operations.test_statement_chains import opened
from together.treasury.models import StatementFile
from together.treasury.operations import mappings


def run(*arguments):
    out = StringIO()
    call_command("import_statement", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.fixture
def account(own_database):
    return opened(FORMATS[0])


def test_it_says_what_was_stored_and_that_again_changes_nothing(account, tmp_path):
    path, one = tmp_path / "october.sta", chains.statements(FORMATS[1])[0]
    path.write_bytes(FORMATS[1].write(replace(one, number=41)).data)
    first = run(path, "--account", account.identifier)
    assert f"reported statement 1 (41 of its servicer): {len(one.lines)} lines, stored" in first
    assert "file 1, MT940: booked" in first
    assert "break: REF0001X" in first
    again = run(path, "--account", "reported")
    assert "known already, nothing changed" in again


def test_it_reads_a_csv_by_a_saved_mapping_with_balances_told_beside_it(account, tmp_path):
    one, path = chains.statements(FORMATS[2])[0], tmp_path / "export.csv"
    path.write_bytes(FORMATS[2].write(one).data)
    with pytest.raises(CommandError, match="has no mapping 'A bank'"):
        run(path, "--account", "reported", "--mapping", "A bank")
    mappings.save(account=account, mapping=chains.GIVEN, by=person("treasury_officer"), at=NOW)
    options = ("--account", "reported", "--mapping", "A bank@1")
    with pytest.raises(CommandError, match="are told together"):
        run(path, *options, "--opening", "0")
    with pytest.raises(CommandError, match="must be given beside a file"):
        run(path, *options)
    with pytest.raises(CommandError, match="off its closing balance"):
        run(path, *options, "--opening", "0", "--closing", "1")
    assert "mapped CSV: booked" in run(path, *options, "--opening", "0", "--closing", one.closing)
    stored = StatementFile.objects.get(state="booked")
    assert (stored.mapping.version, stored.given_closing) == (1, one.closing)


def test_a_refusal_lists_the_faults_and_names_the_file_that_keeps_them(account, tmp_path):
    path = tmp_path / "broken.xml"
    path.write_bytes(b"<Document/>")
    with pytest.raises(CommandError, match=r"kept with its faults as file \d+:\n  broken.xml, row"):
        run(path, "--account", "reported")
    with pytest.raises(CommandError, match="no cash account has this"):
        run(path, "--account", "nobody")
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing", "--account", "reported")
