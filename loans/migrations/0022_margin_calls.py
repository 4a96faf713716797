"""
Margin calls: opened by the monitor, due at a moment, met, extended or defaulted.

* born open; what it was opened on never changes;
* due later only as an approved extension says; defaulted not before it is due;
* met only while what the books say is owed is within the initial band at fresh prices; met for good.
"""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION loans_margincall_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'band', 'due_at', 'ended_at', 'extension_digest'];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.ended_at IS NOT NULL OR NEW.extension_digest <> '' THEN
            problem := 'is born ' || NEW.state;
        END IF;
    ELSIF (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said) THEN
        problem := 'may not change so';
    ELSIF NEW.state = OLD.state AND NEW.due_at = OLD.due_at THEN
        IF (NEW.ended_at, NEW.extension_digest) IS DISTINCT FROM
           (OLD.ended_at, OLD.extension_digest) OR OLD.state = 'met' THEN
            problem := 'may not change so';
        END IF;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('open', 'extended'), ('extended', 'extended'), ('open', 'defaulted'),
        ('extended', 'defaulted'), ('open', 'met'), ('extended', 'met'), ('defaulted', 'met')) THEN
        problem := 'is ' || OLD.state || ' and may not become ' || NEW.state;
    ELSIF NEW.state = 'extended' THEN
        IF NEW.due_at <= OLD.due_at OR NEW.ended_at IS NOT NULL OR NOT controls_is_approved_as(
            'margin.extension', NEW.number, NEW.extension_digest, jsonb_build_object(
                'number', NEW.number, 'before', loans_said(OLD.due_at),
                'until', loans_said(NEW.due_at))) THEN
            problem := 'is not extended as approved';
        END IF;
    ELSIF NEW.due_at <> OLD.due_at OR NEW.extension_digest <> OLD.extension_digest
          OR NEW.ended_at IS NULL OR (NEW.state = 'defaulted' AND NEW.ended_at < NEW.due_at) THEN
        problem := 'does not end so';
    ELSIF NEW.state = 'met' AND NOT loans_is_covered(
        (SELECT application_id FROM loans_loan WHERE id = NEW.loan_id),
        (SELECT greatest(coalesce(sum(a.balance), 0), 0) FROM loans_loan l
           JOIN treasury_pool p ON p.code = l.pool_id
           JOIN ledger_account a ON a.subject = l.number AND a.asset = p.asset
            AND a.code IN ('loan.principal', 'loan.interest', 'loan.charges')
          WHERE l.id = NEW.loan_id), NEW.ended_at, false) THEN
        problem := 'is not cured';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'margin call % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_margin_call';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_margincall_guard BEFORE INSERT OR UPDATE ON loans_margincall
    FOR EACH ROW EXECUTE FUNCTION loans_margincall_guard();
CREATE TRIGGER loans_margincall_stays BEFORE DELETE OR TRUNCATE
    ON loans_margincall FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_margincall FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_margincall_stays ON loans_margincall;
DROP TRIGGER loans_margincall_guard ON loans_margincall;
DROP FUNCTION loans_margincall_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0021_collateral'),
        ('controls', '0015_margin_stages'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='MarginCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('owed', models.BigIntegerField()),
                ('market_value', models.BigIntegerField()),
                ('prices', models.JSONField()),
                ('band', models.CharField(max_length=14)),
                ('state', models.CharField(choices=[('open', 'open'), ('extended', 'extended'), ('defaulted', 'defaulted'), ('met', 'met')], default=loans.rules.states.MarginCallState['OPEN'], max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('extension_digest', models.CharField(blank=True, max_length=64)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='margin_calls', to='loans.loan')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.collateralpolicy')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MarginCallEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('owed', models.BigIntegerField()),
                ('market_value', models.BigIntegerField()),
                ('prices', models.JSONField()),
                ('band', models.CharField(max_length=14)),
                ('state', models.CharField(choices=[('open', 'open'), ('extended', 'extended'), ('defaulted', 'defaulted'), ('met', 'met')], default=loans.rules.states.MarginCallState['OPEN'], max_length=10)),
                ('opened_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('extension_digest', models.CharField(blank=True, max_length=64)),
                ('loan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.loan')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.margincall')),
                ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.collateralpolicy')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='margincall',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'extended', 'defaulted'])), fields=('loan',), name='loans_one_margin_call_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='margincall',
            constraint=models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('opened_at'))), name='loans_margin_call_days'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='margincall',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_margincallevent" ("band", "due_at", "ended_at", "extension_digest", "id", "loan_id", "market_value", "number", "opened_at", "owed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "prices", "state") VALUES (NEW."band", NEW."due_at", NEW."ended_at", NEW."extension_digest", NEW."id", NEW."loan_id", NEW."market_value", NEW."number", NEW."opened_at", NEW."owed", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."prices", NEW."state"); RETURN NULL;', hash='7c57d1b5f217f44441d724da56b37d8aec9759c0', operation='INSERT', pgid='pgtrigger_insert_insert_a320d', table='loans_margincall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='margincall',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_margincallevent" ("band", "due_at", "ended_at", "extension_digest", "id", "loan_id", "market_value", "number", "opened_at", "owed", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "prices", "state") VALUES (NEW."band", NEW."due_at", NEW."ended_at", NEW."extension_digest", NEW."id", NEW."loan_id", NEW."market_value", NEW."number", NEW."opened_at", NEW."owed", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."prices", NEW."state"); RETURN NULL;', hash='c43199dd730a2f12e5af620fde36e235621a07df', operation='UPDATE', pgid='pgtrigger_update_update_cc088', table='loans_margincall', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='margincallevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='836906b46c472117997a0c2269f434fc184b8c2a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4e446', table='loans_margincallevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
