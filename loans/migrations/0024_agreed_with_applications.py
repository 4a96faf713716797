"""
What is agreed beside the terms of a loan: conditions precedent, covenants, guarantees.

* they are added, and taken off, only while their application is submitted; otherwise they stay;
* a condition is satisfied or waived only as a second person approved; no loan is drawn before;
* an application moves along its table; proposed, what it asks for stays; decided, all of it does.
"""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from loans.rules.states import APPLICATION_MOVES

MOVES = ", ".join(
    sorted(f"'{old}>{new}'" for old, all_new in APPLICATION_MOVES.items() for new in all_new)
)
GUARDS = """
CREATE FUNCTION loans_application_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may_change text[] := CASE
        WHEN OLD.state = 'submitted'
            THEN ARRAY['state', 'assessment', 'proposed_by_id', 'proposed_at', 'decline_reason']
        ELSE ARRAY['state', 'decline_reason'] END;
BEGIN
    IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s])))
       OR (NEW.state = OLD.state AND OLD.state IN ('approved', 'declined')
           AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'application %% is %%: what it asks for and what was decided stays',
              OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_application_guard BEFORE UPDATE ON loans_application
    FOR EACH ROW EXECUTE FUNCTION loans_application_guard();
CREATE FUNCTION loans_application_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'submitted' THEN
        RAISE EXCEPTION 'application %% is born %%', NEW.number, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_born';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_application_born BEFORE INSERT ON loans_application
    FOR EACH ROW EXECUTE FUNCTION loans_application_born();
CREATE TRIGGER loans_application_stays BEFORE DELETE OR TRUNCATE
    ON loans_application FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_agreed_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_open boolean := EXISTS (SELECT FROM loans_application
                                WHERE id = NEW.application_id AND state = 'submitted');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'agreed' OR NOT is_open THEN
            RAISE EXCEPTION '%%: what an application is agreed with is added while it is submitted',
                  NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_agreed';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state' OR NOT is_open
       OR (OLD.state, NEW.state) IS DISTINCT FROM ('agreed', 'removed') THEN
        RAISE EXCEPTION '%%: what was agreed stays', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_covenant_guard BEFORE INSERT OR UPDATE ON loans_covenant
    FOR EACH ROW EXECUTE FUNCTION loans_agreed_guard();
CREATE TRIGGER loans_guarantee_guard BEFORE INSERT OR UPDATE ON loans_guarantee
    FOR EACH ROW EXECUTE FUNCTION loans_agreed_guard();
CREATE TRIGGER loans_covenant_stays BEFORE DELETE OR TRUNCATE
    ON loans_covenant FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER loans_guarantee_stays BEFORE DELETE OR TRUNCATE
    ON loans_guarantee FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_condition_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'document', 'note', 'effect_digest'];
    is_open boolean := EXISTS (SELECT FROM loans_application
                                WHERE id = NEW.application_id AND state = 'submitted');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NOT is_open THEN
            RAISE EXCEPTION 'condition %%: it is added while its application is submitted',
                  NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_condition';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'open' OR NEW.state = 'open'
       OR (NEW.state = 'removed' AND NOT is_open)
       OR (NEW.state IN ('satisfied', 'waived') AND NOT controls_is_approved_as(
               'loan.condition', NEW.number, NEW.effect_digest, jsonb_build_object(
                   'text', NEW.text, 'outcome', NEW.state, 'document', NEW.document,
                   'note', NEW.note))) THEN
        RAISE EXCEPTION 'condition %% is %% and not approved to become %%', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_condition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_condition_guard BEFORE INSERT OR UPDATE ON loans_condition
    FOR EACH ROW EXECUTE FUNCTION loans_condition_guard();
CREATE TRIGGER loans_condition_stays BEFORE DELETE OR TRUNCATE
    ON loans_condition FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_loan_conditions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_condition
                WHERE application_id = NEW.application_id AND state = 'open') THEN
        RAISE EXCEPTION 'loan %%: a condition precedent is open', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_conditions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_conditions BEFORE UPDATE ON loans_loan FOR EACH ROW
    WHEN (OLD.state = 'committed' AND NEW.state = 'drawing')
    EXECUTE FUNCTION loans_loan_conditions();
REVOKE DELETE, TRUNCATE ON loans_application, loans_covenant, loans_guarantee, loans_condition
    FROM together_app;
""" % {"moves": MOVES}
NO_GUARDS = """
DROP TRIGGER loans_loan_conditions ON loans_loan;
DROP FUNCTION loans_loan_conditions();
DROP TRIGGER loans_condition_stays ON loans_condition;
DROP TRIGGER loans_condition_guard ON loans_condition;
DROP FUNCTION loans_condition_guard();
DROP TRIGGER loans_guarantee_stays ON loans_guarantee;
DROP TRIGGER loans_covenant_stays ON loans_covenant;
DROP TRIGGER loans_guarantee_guard ON loans_guarantee;
DROP TRIGGER loans_covenant_guard ON loans_covenant;
DROP FUNCTION loans_agreed_guard();
DROP TRIGGER loans_application_stays ON loans_application;
DROP TRIGGER loans_application_born ON loans_application;
DROP FUNCTION loans_application_born();
DROP TRIGGER loans_application_guard ON loans_application;
DROP FUNCTION loans_application_guard();
GRANT DELETE ON loans_application TO together_app;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0023_underwriting'),
        ('controls', '0018_stages_of_conditions'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Condition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('text', models.CharField(max_length=400)),
                ('state', models.CharField(choices=[('open', 'open'), ('satisfied', 'satisfied'), ('waived', 'waived'), ('removed', 'removed')], default=loans.rules.states.ConditionState['OPEN'], max_length=12)),
                ('document', models.CharField(blank=True, max_length=20)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conditions', to='loans.application')),
            ],
            options={
                'verbose_name': 'condition precedent',
                'verbose_name_plural': 'conditions precedent',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ConditionEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('text', models.CharField(max_length=400)),
                ('state', models.CharField(choices=[('open', 'open'), ('satisfied', 'satisfied'), ('waived', 'waived'), ('removed', 'removed')], default=loans.rules.states.ConditionState['OPEN'], max_length=12)),
                ('document', models.CharField(blank=True, max_length=20)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.condition')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Covenant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('kind', models.CharField(choices=[('financial', 'financial: a ratio is kept'), ('information', 'information: something is delivered')], max_length=12)),
                ('ratio', models.CharField(blank=True, choices=[('equity_ratio', 'Equity over total assets'), ('equity_ratio_after', 'Equity over total assets, with the loan'), ('interest_cover', 'Earnings over interest with the loan'), ('debt_service_cover', 'Cash from operations over debt service with the loan'), ('debt_to_ebitda_after', 'Debt with the loan over EBITDA'), ('cash_runway_months', 'Cash over monthly costs'), ('current_ratio', 'Current assets over current liabilities'), ('exchange_exposure_ratio', 'Assets on exchanges and claims on them over total assets'), ('largest_exchange_ratio', 'Exposure to the largest exchange over total assets'), ('crash_loss_ratio', 'Equity lost in the crash')], max_length=30)),
                ('is_least', models.BooleanField(default=True)),
                ('bound', models.CharField(blank=True, max_length=20)),
                ('text', models.CharField(blank=True, max_length=400)),
                ('every_months', models.SmallIntegerField()),
                ('due_days', models.SmallIntegerField()),
                ('cure_days', models.SmallIntegerField()),
                ('state', models.CharField(choices=[('agreed', 'agreed'), ('removed', 'removed')], default=loans.rules.states.TermState['AGREED'], max_length=12)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covenants', to='loans.application')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='CovenantEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('kind', models.CharField(choices=[('financial', 'financial: a ratio is kept'), ('information', 'information: something is delivered')], max_length=12)),
                ('ratio', models.CharField(blank=True, choices=[('equity_ratio', 'Equity over total assets'), ('equity_ratio_after', 'Equity over total assets, with the loan'), ('interest_cover', 'Earnings over interest with the loan'), ('debt_service_cover', 'Cash from operations over debt service with the loan'), ('debt_to_ebitda_after', 'Debt with the loan over EBITDA'), ('cash_runway_months', 'Cash over monthly costs'), ('current_ratio', 'Current assets over current liabilities'), ('exchange_exposure_ratio', 'Assets on exchanges and claims on them over total assets'), ('largest_exchange_ratio', 'Exposure to the largest exchange over total assets'), ('crash_loss_ratio', 'Equity lost in the crash')], max_length=30)),
                ('is_least', models.BooleanField(default=True)),
                ('bound', models.CharField(blank=True, max_length=20)),
                ('text', models.CharField(blank=True, max_length=400)),
                ('every_months', models.SmallIntegerField()),
                ('due_days', models.SmallIntegerField()),
                ('cure_days', models.SmallIntegerField()),
                ('state', models.CharField(choices=[('agreed', 'agreed'), ('removed', 'removed')], default=loans.rules.states.TermState['AGREED'], max_length=12)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.covenant')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Guarantee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('guarantor', models.CharField(max_length=120)),
                ('lei', models.CharField(blank=True, max_length=20, verbose_name='LEI')),
                ('amount', models.BigIntegerField(null=True)),
                ('document', models.CharField(blank=True, max_length=20)),
                ('state', models.CharField(choices=[('agreed', 'agreed'), ('removed', 'removed')], default=loans.rules.states.TermState['AGREED'], max_length=12)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='guarantees', to='loans.application')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='GuaranteeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('guarantor', models.CharField(max_length=120)),
                ('lei', models.CharField(blank=True, max_length=20, verbose_name='LEI')),
                ('amount', models.BigIntegerField(null=True)),
                ('document', models.CharField(blank=True, max_length=20)),
                ('state', models.CharField(choices=[('agreed', 'agreed'), ('removed', 'removed')], default=loans.rules.states.TermState['AGREED'], max_length=12)),
                ('added_at', models.DateTimeField()),
                ('added_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('application', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.guarantee')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='condition',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['application'], name='loans_conditions_open'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='condition',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_conditionevent" ("added_at", "added_by_id", "application_id", "document", "effect_digest", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "text") VALUES (NEW."added_at", NEW."added_by_id", NEW."application_id", NEW."document", NEW."effect_digest", NEW."id", NEW."note", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."text"); RETURN NULL;', hash='2fe7e9648f3f5fbd94e41a81e9a35d0022e4960a', operation='INSERT', pgid='pgtrigger_insert_insert_33623', table='loans_condition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='condition',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_conditionevent" ("added_at", "added_by_id", "application_id", "document", "effect_digest", "id", "note", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "text") VALUES (NEW."added_at", NEW."added_by_id", NEW."application_id", NEW."document", NEW."effect_digest", NEW."id", NEW."note", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."text"); RETURN NULL;', hash='2edd7879b387cea9fab7caeeb4395194fcf84b59', operation='UPDATE', pgid='pgtrigger_update_update_ccea4', table='loans_condition', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='conditionevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='929199bd3e27ffc50782c93b74e1a98e4216cec3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c8cf2', table='loans_conditionevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='covenant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'financial'), ('text', ''), models.Q(('ratio', ''), _negated=True)), models.Q(('bound', ''), ('kind', 'information'), ('ratio', ''), models.Q(('text', ''), _negated=True)), _connector='OR'), name='loans_covenant_of_a_kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenant',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_covenantevent" ("added_at", "added_by_id", "application_id", "bound", "cure_days", "due_days", "every_months", "id", "is_least", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ratio", "state", "text") VALUES (NEW."added_at", NEW."added_by_id", NEW."application_id", NEW."bound", NEW."cure_days", NEW."due_days", NEW."every_months", NEW."id", NEW."is_least", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."ratio", NEW."state", NEW."text"); RETURN NULL;', hash='0f8b82f3fe884fa04397e1915ef80354ec1831ef', operation='INSERT', pgid='pgtrigger_insert_insert_a175e', table='loans_covenant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenant',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_covenantevent" ("added_at", "added_by_id", "application_id", "bound", "cure_days", "due_days", "every_months", "id", "is_least", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ratio", "state", "text") VALUES (NEW."added_at", NEW."added_by_id", NEW."application_id", NEW."bound", NEW."cure_days", NEW."due_days", NEW."every_months", NEW."id", NEW."is_least", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."ratio", NEW."state", NEW."text"); RETURN NULL;', hash='89ace635fdcf6c37bcfd9422be0a0843d53e75f1', operation='UPDATE', pgid='pgtrigger_update_update_09164', table='loans_covenant', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenantevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='208d20f95f13e23eecb42c4b408249535e2d5864', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_20504', table='loans_covenantevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='guarantee',
            constraint=models.CheckConstraint(condition=models.Q(('amount', None), ('amount__gt', 0), _connector='OR'), name='loans_guaranteed_above_zero'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='guarantee',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_guaranteeevent" ("added_at", "added_by_id", "amount", "application_id", "document", "guarantor", "id", "lei", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."added_at", NEW."added_by_id", NEW."amount", NEW."application_id", NEW."document", NEW."guarantor", NEW."id", NEW."lei", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state"); RETURN NULL;', hash='1c54129e2a90785dc6971f9727c945a3948e963a', operation='INSERT', pgid='pgtrigger_insert_insert_d49fe', table='loans_guarantee', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='guarantee',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_guaranteeevent" ("added_at", "added_by_id", "amount", "application_id", "document", "guarantor", "id", "lei", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state") VALUES (NEW."added_at", NEW."added_by_id", NEW."amount", NEW."application_id", NEW."document", NEW."guarantor", NEW."id", NEW."lei", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state"); RETURN NULL;', hash='624b13ec35d139ff2b4e4c75a99b2f2a98c9ba2b', operation='UPDATE', pgid='pgtrigger_update_update_169fc', table='loans_guarantee', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='guaranteeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='81fe4d0f45b260252f9201c454bd96f4286815cd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6c44c', table='loans_guaranteeevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
