"""Who must approve an adjustment: the rows of the authority table, as its page says."""

from django.db import migrations

from together.controls.rules.authority import STAGES

KIND = "loan.adjustment"


def write_stages(apps, schema_editor):
    """Write the stages where they are not yet: a new database got them with all others."""
    stages = apps.get_model("controls", "AuthorityStage").objects.using(
        schema_editor.connection.alias
    )
    for stage in STAGES:
        if stage.kind == KIND:
            stages.get_or_create(
                kind=stage.kind,
                number=stage.number,
                defaults={"role": stage.role, "above": stage.above},
            )


def remove_stages(apps, schema_editor):
    """Take the rows away again."""
    stages = apps.get_model("controls", "AuthorityStage").objects
    stages.using(schema_editor.connection.alias).filter(kind=KIND).delete()


class Migration(migrations.Migration):
    dependencies = [("loans", "0007_adjusted_under_four_eyes"), ("controls", "0002_four_eyes")]
    operations = [migrations.RunPython(write_stages, remove_stages)]
