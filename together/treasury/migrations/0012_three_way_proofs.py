"""Three-way proofs as they were found; never changed."""

import django.db.models.deletion
from django.db import migrations, models


STAYS = """
CREATE TRIGGER treasury_threewayproof_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_threewayproof FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_threewayproof FROM together_app;
"""
GOES = "DROP TRIGGER treasury_threewayproof_append_only ON treasury_threewayproof;"


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0011_conversions'),
    ]

    operations = [
        migrations.CreateModel(
            name='ThreeWayProof',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('cash', models.BigIntegerField()),
                ('stated', models.BigIntegerField()),
                ('expected_in', models.BigIntegerField()),
                ('breaks', models.IntegerField()),
                ('breaks_total', models.BigIntegerField()),
                ('settled', models.BigIntegerField()),
                ('on_statements', models.BigIntegerField()),
                ('in_clearing', models.BigIntegerField()),
                ('wrong_lines', models.IntegerField()),
                ('unexplained', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='three_way_proofs', to='treasury.cashaccount')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['account', '-id'], name='treasury_proofs_of_account')],
            },
        ),
        migrations.RunSQL(STAYS, GOES),
    ]
