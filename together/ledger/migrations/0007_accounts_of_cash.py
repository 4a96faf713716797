"""The chart gains what statements bring beside payments: charges, interest, money claimed back."""

from django.db import migrations

from together.ledger.rules.chart import BY_CODE

CODES = ("cash.claimed", "income.cash", "expense.charges")


def write(apps, schema_editor):
    """Write the new accounts; a database made today has them already."""
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
    """Take them away again."""
    line = apps.get_model("ledger", "ChartLine")
    line.objects.using(schema_editor.connection.alias).filter(code__in=CODES).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_cash_by_account")]
    operations = [migrations.RunPython(write, remove)]
