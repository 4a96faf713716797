"""The chart gains two accounts for what a pool lent and lost: the loss, and what it took."""

from django.db import migrations

from together.ledger.rules.chart import BY_CODE

CODES = ("fund.impaired", "expense.impairment")


def write(apps, schema_editor):
    """Write the new account; a database made today has them already."""
    line = apps.get_model("ledger", "ChartLine")
    for account in (BY_CODE[code] for code in CODES):
        line.objects.using(schema_editor.connection.alias).get_or_create(
            code=account.code,
            defaults={
                "name": account.name,
                "kind": account.kind,
                "subject": account.subject,
                "side": account.side,
                "may_overdraw": account.may_overdraw,
            },
        )


def remove(apps, schema_editor):
    """Take it away again."""
    line = apps.get_model("ledger", "ChartLine")
    line.objects.using(schema_editor.connection.alias).filter(code__in=CODES).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_conversions")]
    operations = [migrations.RunPython(write, remove)]
