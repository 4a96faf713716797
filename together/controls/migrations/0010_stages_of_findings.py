"""Stages of approval that the authority table has gained: findings about claims."""

from django.db import migrations

from together.controls.rules.authority import STAGES

NEW = (("claims.finding", 1),)


def write_stages(apps, schema_editor):
    """Write the new rows; a database made today has them already."""
    stage = apps.get_model("controls", "AuthorityStage")
    for s in STAGES:
        if (s.kind, s.number) in NEW:
            stage.objects.using(schema_editor.connection.alias).get_or_create(
                kind=s.kind, number=s.number, defaults={"role": s.role, "above": s.above}
            )


def remove_stages(apps, schema_editor):
    """Take them away again."""
    stage = apps.get_model("controls", "AuthorityStage")
    for kind, number in NEW:
        stage.objects.using(schema_editor.connection.alias).filter(
            kind=kind, number=number
        ).delete()


class Migration(migrations.Migration):
    dependencies = [("controls", "0009_stages_of_remedies")]
    operations = [migrations.RunPython(write_stages, remove_stages)]
