"""The chart keeps cash by account of a pool; the main account's code is the pool's."""

from django.db import migrations


def keep(subject, name):
    """Give the function that says by what cash is kept."""

    def write(apps, schema_editor):
        line = apps.get_model("ledger", "ChartLine")
        lines = line.objects.using(schema_editor.connection.alias)
        lines.filter(code="cash").update(subject=subject, name=name)

    return write


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_closings")]
    operations = [
        migrations.RunPython(
            keep("account", "Cash on an account of the pool"),
            keep("pool", "Cash in the pool's wallet"),
        )
    ]
