"""
The loss allowance of loans, and the watch list.

* an assessment is born proposed, and booked only as it was approved, with rows that add up to it
  and whose text has its digest; nothing of it changes but its state, and rows never do;
* who put a loan on the watch list does not take it off.
"""

import django.db.models.deletion
import django.db.models.expressions
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION loans_impairment_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    listed record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'assessment % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_impairment_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state) NOT IN (('proposed', 'booked'), ('proposed', 'withdrawn')) THEN
        RAISE EXCEPTION 'assessment % is %, and not changed', OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_impairment_guard';
    END IF;
    IF NEW.state = 'booked' THEN
        SELECT coalesce(sum(r.allowance), 0) AS allowance, coalesce(sum(r.suspended), 0) AS suspended,
               encode(sha256(convert_to(coalesce(string_agg(
                   format('%s|%s|%s|%s|%s', l.number, r.stage, r.exposure, r.allowance, r.suspended),
                   E'\\n' ORDER BY l.number COLLATE "C"), ''), 'UTF8')), 'hex') AS digest
          INTO listed
          FROM loans_loanimpairment r JOIN loans_loan l ON l.id = r.loan_id
         WHERE r.impairment_id = NEW.id;
        IF (listed.allowance, listed.suspended, listed.digest)
           IS DISTINCT FROM (NEW.allowance, NEW.suspended, NEW.rows_digest::text)
           OR NOT controls_is_approved_as(
                'loan.impairment', NEW.number, NEW.effect_digest, jsonb_build_object(
                    'pool', NEW.pool_id, 'as_of', NEW.as_of, 'allowance', NEW.allowance,
                    'suspended', NEW.suspended, 'rows_digest', NEW.rows_digest)) THEN
            RAISE EXCEPTION 'assessment % is not what was approved', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_impairment_guard';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_impairment_guard BEFORE INSERT OR UPDATE ON loans_impairment
    FOR EACH ROW EXECUTE FUNCTION loans_impairment_guard();
CREATE TRIGGER loans_impairment_stays BEFORE DELETE OR TRUNCATE ON loans_impairment
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER loans_loanimpairment_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_loanimpairment
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_impairment FROM together_app;
REVOKE UPDATE, DELETE ON loans_loanimpairment FROM together_app;

CREATE FUNCTION loans_watch_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.taken_off_at IS NULL THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' OR OLD.taken_off_at IS NOT NULL
       OR (NEW.id, NEW.number, NEW.loan_id, NEW.reason, NEW.put_on_by_id, NEW.put_on_at)
          IS DISTINCT FROM
          (OLD.id, OLD.number, OLD.loan_id, OLD.reason, OLD.put_on_by_id, OLD.put_on_at)
       OR NEW.taken_off_by_id IS NOT DISTINCT FROM OLD.put_on_by_id THEN
        RAISE EXCEPTION 'watch % is only taken off, once, by somebody else', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_watch_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_watch_guard BEFORE INSERT OR UPDATE ON loans_watch
    FOR EACH ROW EXECUTE FUNCTION loans_watch_guard();
CREATE TRIGGER loans_watch_stays BEFORE DELETE OR TRUNCATE ON loans_watch
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_watch FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_impairment_guard ON loans_impairment;
DROP TRIGGER loans_impairment_stays ON loans_impairment;
DROP TRIGGER loans_loanimpairment_append_only ON loans_loanimpairment;
DROP TRIGGER loans_watch_guard ON loans_watch;
DROP TRIGGER loans_watch_stays ON loans_watch;
DROP FUNCTION loans_watch_guard();
DROP FUNCTION loans_impairment_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0006_guards_of_underwriting'),
        ('controls', '0004_stages_of_impairments'),
        ('ledger', '0004_loss_allowance'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0004_guards_of_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Impairment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('as_of', models.DateField()),
                ('allowance', models.BigIntegerField()),
                ('suspended', models.BigIntegerField()),
                ('rows_digest', models.CharField(max_length=64)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ImpairmentState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.creditpolicy')),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.pool')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'assessment of the loss allowance',
                'verbose_name_plural': 'loss allowances',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ImpairmentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('as_of', models.DateField()),
                ('allowance', models.BigIntegerField()),
                ('suspended', models.BigIntegerField()),
                ('rows_digest', models.CharField(max_length=64)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ImpairmentState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.impairment')),
                ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.creditpolicy')),
                ('pool', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treasury.pool')),
                ('proposed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='LoanImpairment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.SmallIntegerField(choices=[(1, '1'), (2, '2'), (3, '3')])),
                ('reason', models.CharField(max_length=200)),
                ('days_past_due', models.IntegerField()),
                ('grade', models.CharField(max_length=4)),
                ('probability', models.CharField(max_length=12)),
                ('given_default', models.CharField(max_length=12)),
                ('exposure', models.BigIntegerField()),
                ('allowance', models.BigIntegerField()),
                ('suspended', models.BigIntegerField()),
                ('impairment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='loans.impairment')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='impairments', to='loans.loan')),
            ],
            options={
                'ordering': ['loan_id'],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('reason', models.CharField(max_length=200)),
                ('put_on_at', models.DateTimeField()),
                ('taken_off_at', models.DateTimeField(null=True)),
                ('taken_off_for', models.CharField(blank=True, max_length=200)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='watches', to='loans.loan')),
                ('put_on_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('taken_off_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'watch',
                'verbose_name_plural': 'watch list',
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='impairment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('pool',), name='loans_one_impairment_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='impairment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'booked')), fields=('pool', 'as_of'), name='loans_impairment_of_a_day'),
        ),
        migrations.AddConstraint(
            model_name='impairment',
            constraint=models.CheckConstraint(condition=models.Q(('allowance__gte', 0), ('suspended__gte', 0)), name='loans_impairment_not_below_zero'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='impairment',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_impairmentevent" ("allowance", "as_of", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "pool_id", "proposed_at", "proposed_by_id", "rows_digest", "state", "suspended") VALUES (NEW."allowance", NEW."as_of", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."pool_id", NEW."proposed_at", NEW."proposed_by_id", NEW."rows_digest", NEW."state", NEW."suspended"); RETURN NULL;', hash='0dc642ffdfca635c58d52d73541e30559f7c8fa7', operation='INSERT', pgid='pgtrigger_insert_insert_ef57e', table='loans_impairment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='impairment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_impairmentevent" ("allowance", "as_of", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "pool_id", "proposed_at", "proposed_by_id", "rows_digest", "state", "suspended") VALUES (NEW."allowance", NEW."as_of", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."pool_id", NEW."proposed_at", NEW."proposed_by_id", NEW."rows_digest", NEW."state", NEW."suspended"); RETURN NULL;', hash='eb67724d8ea82d6162613a830aba921d140576a1', operation='UPDATE', pgid='pgtrigger_update_update_d33aa', table='loans_impairment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='impairmentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='6272e412e648239577703c3cb4f3c4d34adcbc77', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f5d11', table='loans_impairmentevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='loanimpairment',
            constraint=models.UniqueConstraint(fields=('impairment', 'loan'), name='loans_impairment_of_a_loan_once'),
        ),
        migrations.AddConstraint(
            model_name='loanimpairment',
            constraint=models.CheckConstraint(condition=models.Q(('allowance__gte', 0), ('exposure__gte', django.db.models.expressions.CombinedExpression(models.F('allowance'), '+', models.F('suspended'))), ('stage__in', [1, 2, 3]), ('suspended__gte', 0)), name='loans_impairment_within_what_is_owed'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_off_at', None)), fields=('loan',), name='loans_watched_once'),
        ),
        migrations.AddConstraint(
            model_name='watch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_off_at', None), ('taken_off_by', None), ('taken_off_for', '')), models.Q(('taken_off_by__isnull', False), ('taken_off_at__gte', models.F('put_on_at')), models.Q(('taken_off_for', ''), _negated=True)), _connector='OR'), name='loans_watch_ended_together'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
