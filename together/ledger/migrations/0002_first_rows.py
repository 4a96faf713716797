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


class Migration(migrations.Migration):

    replaces = [('ledger', '0008_conversions')]

    dependencies = [('ledger', '0001_tables_of_ledger')]

    operations = [
        migrations.RunPython(write, migrations.RunPython.noop),
    ]
