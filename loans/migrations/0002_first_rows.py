"""The credit policy that the programme begins with."""

import json

from django.db import migrations

from loans.rules.credit.start import START


START_POLICY = """
INSERT INTO loans_creditpolicy (number, document, reason, effect_digest, state)
VALUES ('CP-0001', %s, 'The policy that the programme begins with.', '', 'in_force');
"""


def write_start(apps, schema_editor):
    """Write the policy that the programme begins with; the guard of later ones is not there yet."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(START_POLICY, [json.dumps(START)])


class Migration(migrations.Migration):

    replaces = [('loans', '0021_collateral')]

    dependencies = [('loans', '0001_tables_of_loans')]

    operations = [
        migrations.RunPython(write_start, migrations.RunPython.noop),
    ]
