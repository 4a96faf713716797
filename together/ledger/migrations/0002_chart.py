"""The chart of accounts as rows, so that the database can refuse an account it does not know."""

from django.db import migrations

from together.ledger.rules.chart import CHART


def write(apps, schema_editor):
    """Write the chart as it stands on its page."""
    line = apps.get_model("ledger", "ChartLine")
    line.objects.using(schema_editor.connection.alias).bulk_create(
        line(
            code=account.code,
            name=account.name,
            kind=account.kind,
            subject=account.subject,
            side=account.side,
            may_overdraw=account.may_overdraw,
        )
        for account in CHART
    )


def remove(apps, schema_editor):
    """Take the rows away again."""
    line = apps.get_model("ledger", "ChartLine")
    line.objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(write, remove)]
