"""Stages of approval that the authority table has gained: collateral."""

from django.db import migrations

from together.controls.rules.authority import STAGES

KINDS = ("collateral.policy", "collateral.pledge", "collateral.release")


def write_stages(apps, schema_editor):
    """Write the new rows; a database made today has them already."""
    stage = apps.get_model("controls", "AuthorityStage")
    for s in STAGES:
        if s.kind in KINDS:
            stage.objects.using(schema_editor.connection.alias).get_or_create(
                kind=s.kind, number=s.number, defaults={"role": s.role, "above": s.above}
            )


def remove_stages(apps, schema_editor):
    """Take them away again."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).filter(kind__in=KINDS).delete()


class Migration(migrations.Migration):
    dependencies = [("controls", "0013_market_data_stages")]
    operations = [migrations.RunPython(write_stages, remove_stages)]
