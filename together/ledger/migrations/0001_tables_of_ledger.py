"""Tables of ledger."""

import django.db.models.deletion
from django.db import migrations, models

class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('ledger', '0001_initial'),
        ('ledger', '0002_chart'),
        ('ledger', '0003_posting'),
        ('ledger', '0004_guards'),
        ('ledger', '0005_closings'),
        ('ledger', '0006_cash_by_account'),
        ('ledger', '0007_accounts_of_cash'),
    ]

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='ChartLine',
            fields=[
                ('code', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(max_length=10)),
                ('subject', models.CharField(blank=True, max_length=20)),
                ('side', models.SmallIntegerField()),
                ('may_overdraw', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'chart account',
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('chart', models.ForeignKey(db_column='code', on_delete=django.db.models.deletion.PROTECT, to='ledger.chartline')),
                ('subject', models.CharField(blank=True, max_length=80)),
                ('asset', models.CharField(max_length=8)),
                ('side', models.SmallIntegerField()),
                ('may_overdraw', models.BooleanField()),
                ('balance', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('chart', 'subject', 'asset'), name='ledger_account_once'), models.UniqueConstraint(fields=('id', 'asset'), name='ledger_account_asset'), models.CheckConstraint(condition=models.Q(('may_overdraw', True), models.Q(('balance__gte', 0), ('side', 1)), models.Q(('balance__lte', 0), ('side', -1)), _connector='OR'), name='ledger_account_not_overdrawn')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('kind', models.CharField(max_length=40)),
                ('happened_on', models.DateField()),
                ('booked_on', models.DateField()),
                ('written_at', models.DateTimeField()),
                ('narrative', models.CharField(blank=True, max_length=200)),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='ledger.entry')),
                ('digest', models.BinaryField()),
            ],
            options={
                'verbose_name_plural': 'entries',
                'indexes': [models.Index(fields=['booked_on', 'id'], name='ledger_entry_by_day')],
            },
        ),
        migrations.CreateModel(
            name='Line',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.entry')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='ledger.account')),
                ('asset', models.CharField(max_length=8)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['account', 'id'], name='ledger_line_by_account')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='ledger_line_not_zero')],
            },
        ),
        migrations.CreateModel(
            name='Closing',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('through', models.DateField(null=True)),
                ('was', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('written_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('through', models.F('was')), _negated=True), name='ledger_closing_moves')],
            },
        ),
    ]
