"""Words: what the switch is called on pages."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treasury", "0002_guards")]
    operations = [
        migrations.AlterModelOptions(
            name="switch",
            options={"verbose_name": "kill switch", "verbose_name_plural": "kill switches"},
        ),
    ]
