"""
Underwriting: versions of the credit policy, accounts of institutions, worksheets.

* a version of the policy is born proposed, and in force only as it was approved; one is in force;
* accounts and worksheets are append-only; the same months are there once; a worksheet is of an
  application that is not proposed.
"""

import json

import django.contrib.postgres.fields
import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from loans.rules.credit.start import START

START_POLICY = """
INSERT INTO loans_creditpolicy (number, document, reason, effect_digest, state)
VALUES ('CP-0001', %s, 'The policy that the programme begins with.', '', 'in_force');
SET CONSTRAINTS ALL IMMEDIATE;
"""
GUARDS = """
CREATE FUNCTION loans_creditpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.proposed_by_id IS NULL THEN
            RAISE EXCEPTION 'credit policy % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'superseded'))
       OR (NEW.state = 'in_force' AND NOT controls_is_approved_as(
               'credit.policy', NEW.number, NEW.effect_digest,
               jsonb_build_object('document', NEW.document, 'reason', NEW.reason))) THEN
        RAISE EXCEPTION 'credit policy % is % and not approved to become %', OLD.number,
              OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_creditpolicy_guard BEFORE INSERT OR UPDATE ON loans_creditpolicy
    FOR EACH ROW EXECUTE FUNCTION loans_creditpolicy_guard();

-- The place of a version is taken by another: without one in force nobody could be underwritten.
CREATE FUNCTION loans_creditpolicy_one() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_creditpolicy WHERE state = 'in_force') THEN
        RAISE EXCEPTION 'no credit policy would be in force'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy_one';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loans_creditpolicy_one AFTER UPDATE ON loans_creditpolicy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'in_force' AND NEW.state <> 'in_force')
    EXECUTE FUNCTION loans_creditpolicy_one();
CREATE TRIGGER loans_creditpolicy_stays BEFORE DELETE OR TRUNCATE
    ON loans_creditpolicy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_worksheet_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_application
                    WHERE id = NEW.application_id AND state = 'submitted') THEN
        RAISE EXCEPTION 'worksheet %: its application is not submitted any more', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_worksheet_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_worksheet_guard BEFORE INSERT ON loans_worksheet
    FOR EACH ROW EXECUTE FUNCTION loans_worksheet_guard();
CREATE TRIGGER loans_worksheet_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_worksheet FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_spread_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_spread s
                WHERE s.institution_id = NEW.institution_id AND s.ends_on = NEW.ends_on
                  AND s.months = NEW.months AND s.id IS DISTINCT FROM NEW.replaces_id
                  AND NOT EXISTS (SELECT FROM loans_spread r WHERE r.replaces_id = s.id))
       OR EXISTS (SELECT FROM loans_spread s
                   WHERE s.id = NEW.replaces_id AND s.institution_id <> NEW.institution_id) THEN
        RAISE EXCEPTION 'spread %: these months are there, or it replaces those of another',
              NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_spread_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_spread_guard BEFORE INSERT ON loans_spread
    FOR EACH ROW EXECUTE FUNCTION loans_spread_guard();
CREATE TRIGGER loans_spread_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_spread FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_worksheet, loans_spread FROM together_app;
REVOKE DELETE, TRUNCATE ON loans_creditpolicy FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_spread_append_only ON loans_spread;
DROP TRIGGER loans_spread_guard ON loans_spread;
DROP FUNCTION loans_spread_guard();
DROP TRIGGER loans_worksheet_append_only ON loans_worksheet;
DROP TRIGGER loans_worksheet_guard ON loans_worksheet;
DROP FUNCTION loans_worksheet_guard();
DROP TRIGGER loans_creditpolicy_stays ON loans_creditpolicy;
DROP TRIGGER loans_creditpolicy_one ON loans_creditpolicy;
DROP FUNCTION loans_creditpolicy_one();
DROP TRIGGER loans_creditpolicy_guard ON loans_creditpolicy;
DROP FUNCTION loans_creditpolicy_guard();
"""


def write_start(apps, schema_editor):
    """Write the policy that the programme begins with; the guard of later ones is not there yet."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(START_POLICY, [json.dumps(START)])


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0022_margin_calls'),
        ('controls', '0017_stages_of_credit_policies'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('document', models.JSONField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], default=loans.rules.states.PolicyState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField(null=True)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'credit policies',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CreditPolicyEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('document', models.JSONField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], default=loans.rules.states.PolicyState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField(null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.creditpolicy')),
                ('proposed_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Spread',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('ends_on', models.DateField()),
                ('months', models.SmallIntegerField()),
                ('basis', models.CharField(choices=[('audited', 'audited'), ('reviewed', 'reviewed by an accountant'), ('management', 'management accounts')], max_length=12)),
                ('amounts', models.JSONField()),
                ('evidence', models.JSONField()),
                ('note', models.CharField(blank=True, max_length=400)),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spreads', to='loans.institution')),
                ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='loans.spread')),
            ],
            options={
                'ordering': ['-ends_on', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Worksheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('version', models.SmallIntegerField()),
                ('spreads', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('figures', models.JSONField()),
                ('assessment', models.JSONField()),
                ('loss', models.JSONField()),
                ('headrooms', models.JSONField()),
                ('recommendation', models.CharField(max_length=10)),
                ('rationale', models.TextField(max_length=4000)),
                ('digest', models.CharField(max_length=64)),
                ('prepared_at', models.DateTimeField()),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='worksheets', to='loans.application')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.creditpolicy')),
                ('prepared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='creditpolicy',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'in_force'])), fields=('state',), name='loans_one_credit_policy'),
        ),
        migrations.AddConstraint(
            model_name='creditpolicy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proposed_at', None), ('proposed_by', None)), models.Q(('proposed_at__isnull', False), ('proposed_by__isnull', False)), _connector='OR'), name='loans_policy_proposed_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditpolicy',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_creditpolicyevent" ("document", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state") VALUES (NEW."document", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state"); RETURN NULL;', hash='f25187ae1745ad5885b18f1847c16cb52836dfbc', operation='INSERT', pgid='pgtrigger_insert_insert_dc358', table='loans_creditpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditpolicy',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_creditpolicyevent" ("document", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state") VALUES (NEW."document", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state"); RETURN NULL;', hash='16583222f2a3b1839bf4f45266fa67ebdf2dc629', operation='UPDATE', pgid='pgtrigger_update_update_3544e', table='loans_creditpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditpolicyevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1e2890d8ef81678cfc29868812da9436847bb998', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4d826', table='loans_creditpolicyevent', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='spread',
            index=models.Index(fields=['institution', '-ends_on'], name='loans_spreads_of'),
        ),
        migrations.AddConstraint(
            model_name='spread',
            constraint=models.CheckConstraint(condition=models.Q(('months__gte', 1), ('months__lte', 18)), name='loans_spread_months'),
        ),
        migrations.AddConstraint(
            model_name='worksheet',
            constraint=models.UniqueConstraint(fields=('application', 'version'), name='loans_worksheet_version_once'),
        ),
        migrations.RunPython(write_start, migrations.RunPython.noop),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
