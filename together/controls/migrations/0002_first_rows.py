"""The stages of approval as rows, and the policy of screening that the programme begins with."""

from django.db import migrations

from together.controls.rules.authority import STAGES


# The guard of later versions is not there yet.
SCREENING = """
INSERT INTO controls_screeningpolicy (version, threshold, most_days, reason, effect_digest, set_at)
VALUES (1, 85, 3, 'The first one, of the migration.', '', now());
"""


def write_stages(apps, schema_editor):
    """Write the stages as they stand in the rules."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).bulk_create(
        stage(kind=s.kind, number=s.number, role=s.role, above=s.above) for s in STAGES
    )


class Migration(migrations.Migration):

    replaces = [('controls', '0017_stages_of_credit_policies')]

    dependencies = [('controls', '0001_tables_of_controls')]

    operations = [
        migrations.RunPython(write_stages, migrations.RunPython.noop),
        migrations.RunSQL(SCREENING, 'DELETE FROM controls_screeningpolicy;'),
    ]
