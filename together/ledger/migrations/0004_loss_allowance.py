"""Accounts of the loss allowance, and of interest in suspense."""

from django.db import migrations

from together.ledger.rules.chart import BY_CODE

NEW = ("loan.allowance", "loan.suspended", "income.suspended", "expense.allowance")


def write(apps, schema_editor):
    """Write the new rows; a database made today has them already."""
    line = apps.get_model("ledger", "ChartLine")
    for code in NEW:
        account = BY_CODE[code]
        line.objects.using(schema_editor.connection.alias).get_or_create(
            code=code,
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
    line.objects.using(schema_editor.connection.alias).filter(code__in=NEW).delete()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guards_of_the_books")]
    operations = [migrations.RunPython(write, remove)]
