"""Findings: rows that people state beside the files of the evidence, and what guards them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# A row is what was approved; a hold stands by one word; of one key one stands, the approved one.
GUARD = """
CREATE FUNCTION claims_finding_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    facts jsonb := jsonb_build_object(
        'programme', NEW.programme_id, 'role', NEW.role, 'cells', NEW.cells,
        'counts', NEW.counts, 'reason', NEW.reason);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.about IS DISTINCT FROM coalesce(
               NEW.cells ->> 'subject', NEW.cells ->> 'person_id', NEW.cells ->> 'account_id',
               NEW.cells ->> 'incident_id', NEW.cells ->> 'ref')
           OR NEW.state <> 'proposed' AND NOT (NEW.state = 'in_force' AND NEW.role = 'holds' AND NEW.counts) THEN
            RAISE EXCEPTION 'finding % is born % about %', NEW.number, NEW.state, NEW.about
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_finding_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - ARRAY['state', 'ended_at'] IS DISTINCT FROM
       to_jsonb(OLD) - ARRAY['state', 'ended_at']
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'superseded'))
       OR (NEW.state = 'in_force' AND NOT controls_is_approved_as(
               'claims.finding', NEW.number, NEW.effect_digest, facts)) THEN
        RAISE EXCEPTION 'finding % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_finding_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_finding_guard BEFORE INSERT OR UPDATE ON retail_claims_finding
    FOR EACH ROW EXECUTE FUNCTION claims_finding_guard();
CREATE FUNCTION claims_finding_replaced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM retail_claims_finding f
                    WHERE f.programme_id = NEW.programme_id AND f.role = NEW.role
                      AND f.key = NEW.key AND f.state = 'in_force' AND f.id > NEW.id) THEN
        RAISE EXCEPTION 'finding % is superseded by none', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_finding_replaced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER claims_finding_replaced AFTER UPDATE ON retail_claims_finding
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'in_force' AND NEW.state = 'superseded')
    EXECUTE FUNCTION claims_finding_replaced();
CREATE TRIGGER claims_finding_stays BEFORE DELETE OR TRUNCATE ON retail_claims_finding
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON retail_claims_finding FROM together_app;
"""
UNDO = """
DROP TRIGGER claims_finding_guard ON retail_claims_finding;
DROP TRIGGER claims_finding_replaced ON retail_claims_finding;
DROP TRIGGER claims_finding_stays ON retail_claims_finding;
GRANT DELETE ON retail_claims_finding TO together_app;
DROP FUNCTION claims_finding_guard();
DROP FUNCTION claims_finding_replaced();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('retail_claims', '0003_fact_sets_and_computations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='evidence',
            name='base',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='drawn_up', to='retail_claims.evidence'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='findings',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None),
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('role', models.CharField(choices=[('exclusions', 'Exclusion'), ('holds', 'Hold'), ('incidents', 'Incident'), ('accounts', 'Owner of an account'), ('prior', 'Compensation from elsewhere'), ('payees', 'Account to be paid on')], max_length=12)),
                ('key', models.CharField(max_length=240)),
                ('about', models.CharField(db_index=True, max_length=64)),
                ('cells', models.JSONField()),
                ('counts', models.BooleanField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in force'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], max_length=12)),
                ('proposed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='retail_claims.programme')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='FindingEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('role', models.CharField(choices=[('exclusions', 'Exclusion'), ('holds', 'Hold'), ('incidents', 'Incident'), ('accounts', 'Owner of an account'), ('prior', 'Compensation from elsewhere'), ('payees', 'Account to be paid on')], max_length=12)),
                ('key', models.CharField(max_length=240)),
                ('about', models.CharField(max_length=64)),
                ('cells', models.JSONField()),
                ('counts', models.BooleanField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in force'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], max_length=12)),
                ('proposed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='retail_claims.finding')),
                ('programme', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='retail_claims.programme')),
                ('proposed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'in_force')), fields=('programme', 'role', 'key'), name='claims_finding_in_force'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('programme', 'role', 'key'), name='claims_finding_proposed'),
        ),
        migrations.AddConstraint(
            model_name='finding',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ['superseded', 'withdrawn'])), models.Q(('ended_at', None), ('state__in', ['proposed', 'in_force'])), _connector='OR'), name='claims_finding_ended_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='finding',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "retail_claims_findingevent" ("about", "cells", "counts", "effect_digest", "ended_at", "id", "key", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "proposed_at", "proposed_by_id", "reason", "role", "state") VALUES (NEW."about", NEW."cells", NEW."counts", NEW."effect_digest", NEW."ended_at", NEW."id", NEW."key", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."programme_id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."role", NEW."state"); RETURN NULL;', hash='80ea35e8cbd0ce8a287a091a1934b81ca40ac1b2', operation='INSERT', pgid='pgtrigger_insert_insert_32576', table='retail_claims_finding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='finding',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "retail_claims_findingevent" ("about", "cells", "counts", "effect_digest", "ended_at", "id", "key", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme_id", "proposed_at", "proposed_by_id", "reason", "role", "state") VALUES (NEW."about", NEW."cells", NEW."counts", NEW."effect_digest", NEW."ended_at", NEW."id", NEW."key", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."programme_id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."role", NEW."state"); RETURN NULL;', hash='d7df6659bc90a68d91451baeb034cb22849d0536', operation='UPDATE', pgid='pgtrigger_update_update_5652c', table='retail_claims_finding', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='findingevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='ac031eeec1cfa02c3df4b94c91988fdc0e21f551', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2a8f1', table='retail_claims_findingevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
