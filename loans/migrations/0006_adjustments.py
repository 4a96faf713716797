"""Adjustments: proposed events with their difference, and what an event may carry besides."""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0002_four_eyes'),
        ('loans', '0005_drawn_again'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0004_withdrawn_stays_unpaid'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AdjustmentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('type', models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20)),
                ('on', models.DateField()),
                ('amount', models.BigIntegerField(null=True)),
                ('further', models.JSONField(default=dict)),
                ('reason', models.CharField(max_length=400)),
                ('event_count', models.IntegerField()),
                ('as_of', models.DateField()),
                ('difference', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.states.AdjustmentState['PROPOSED'], max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='event',
            name='further',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='event',
            name='target',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='pointing_here', to='loans.event'),
        ),
        migrations.AlterField(
            model_name='event',
            name='line',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='treasury.statementline'),
        ),
        migrations.AlterField(
            model_name='loan',
            name='state',
            field=models.CharField(choices=[('committed', 'committed'), ('drawing', 'drawing'), ('active', 'active'), ('closed', 'closed'), ('written_off', 'written_off')], default=loans.rules.states.LoanState['COMMITTED'], max_length=12),
        ),
        migrations.AlterField(
            model_name='loanevent',
            name='state',
            field=models.CharField(choices=[('committed', 'committed'), ('drawing', 'drawing'), ('active', 'active'), ('closed', 'closed'), ('written_off', 'written_off')], default=loans.rules.states.LoanState['COMMITTED'], max_length=12),
        ),
        migrations.CreateModel(
            name='Adjustment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('type', models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20)),
                ('on', models.DateField()),
                ('amount', models.BigIntegerField(null=True)),
                ('further', models.JSONField(default=dict)),
                ('reason', models.CharField(max_length=400)),
                ('event_count', models.IntegerField()),
                ('as_of', models.DateField()),
                ('difference', models.JSONField()),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.states.AdjustmentState['PROPOSED'], max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('approval', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='adjustment', to='controls.approval')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='treasury.statementline')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustments', to='loans.loan')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('target', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.event')),
            ],
        ),
        migrations.AddField(
            model_name='event',
            name='adjustment',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='event', to='loans.adjustment'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('drawdown', 'charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_event_type_known'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(condition=models.Q(('type', 'reversal')), fields=('target',), name='loans_event_reversed_once'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='approval',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.approval'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='ended_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='line',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treasury.statementline'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='loan',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.loan'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='loans.adjustment'),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='proposed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='adjustmentevent',
            name='target',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.event'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_adjustment_type_known'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), name='loans_adjustment_positive'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('ended_at__isnull', False), ('ended_by__isnull', False)), _connector='OR'), name='loans_adjustment_ended_together'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='loans_adjustment_has_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_adjustmentevent" ("amount", "approval_id", "as_of", "difference", "ended_at", "ended_by_id", "event_count", "further", "id", "line_id", "loan_id", "number", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "target_id", "type") VALUES (NEW."amount", NEW."approval_id", NEW."as_of", NEW."difference", NEW."ended_at", NEW."ended_by_id", NEW."event_count", NEW."further", NEW."id", NEW."line_id", NEW."loan_id", NEW."number", NEW."on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state", NEW."target_id", NEW."type"); RETURN NULL;', hash='436ed1908024235cf861d6c9a237858266a9d506', operation='INSERT', pgid='pgtrigger_insert_insert_0ee3d', table='loans_adjustment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_adjustmentevent" ("amount", "approval_id", "as_of", "difference", "ended_at", "ended_by_id", "event_count", "further", "id", "line_id", "loan_id", "number", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "target_id", "type") VALUES (NEW."amount", NEW."approval_id", NEW."as_of", NEW."difference", NEW."ended_at", NEW."ended_by_id", NEW."event_count", NEW."further", NEW."id", NEW."line_id", NEW."loan_id", NEW."number", NEW."on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state", NEW."target_id", NEW."type"); RETURN NULL;', hash='f59ee1bc3dcde0bac1315329bf5dd80ac118255c', operation='UPDATE', pgid='pgtrigger_update_update_99794', table='loans_adjustment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='adjustmentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6693f54a44af8a3fb7c7172b1e55524b42477470', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_533f1', table='loans_adjustmentevent', when='BEFORE')),
        ),
    ]
