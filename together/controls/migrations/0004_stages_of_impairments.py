"""Stages of approval that the authority table has gained: assessments of the loss allowance."""

from django.db import migrations

from together.controls.rules.authority import STAGES

NEW = "loan.impairment"


def write_stages(apps, schema_editor):
    """Write the new rows; a database made today has them already."""
    stage = apps.get_model("controls", "AuthorityStage")
    for s in STAGES:
        if s.kind == NEW:
            stage.objects.using(schema_editor.connection.alias).get_or_create(
                kind=s.kind, number=s.number, defaults={"role": s.role, "above": s.above}
            )


def remove_stages(apps, schema_editor):
    """Take them away again."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).filter(kind=NEW).delete()


class Migration(migrations.Migration):
    dependencies = [("controls", "0003_guards_of_controls")]
    operations = [migrations.RunPython(write_stages, remove_stages)]
