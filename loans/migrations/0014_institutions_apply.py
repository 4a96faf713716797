"""
What institutions do by themselves: drafts of applications, withdrawing, answers, collateral.

* a draft is written by an Admin or Manager of its institution, and by nobody else; it is submitted
  once, as an application of just that institution, or discarded; then nothing of it changes;
* an application is withdrawn by its institution's own Admin or Manager before it is approved;
* a request for information is asked by a loan officer while the application is under way, and ends
  once: answered by the institution's own people with documents that they filed, or withdrawn;
* a request about collateral is the institution's own; it ends once: taken up as a pledge, or as a
  release that was asked for, of just what was announced; declined; or withdrawn.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import loans.rules.institution_states
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


APPLICATION = """
CREATE OR REPLACE FUNCTION loans_application_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may_change text[] := CASE
        WHEN OLD.state = 'submitted'
            THEN ARRAY['state', 'assessment', 'proposed_by_id', 'proposed_at', 'decline_reason']
        ELSE ARRAY['state', 'decline_reason'] END {more};
BEGIN
    IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               {moves}'proposed>approved', 'proposed>declined', 'submitted>declined',
               'submitted>proposed'])))
       OR (NEW.state = OLD.state AND OLD.state IN ('approved', 'declined'{ended})
           AND NEW IS DISTINCT FROM OLD){withdrawn} THEN
        RAISE EXCEPTION 'application % is %: what it asks for and what was decided stays',
              OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_guard';
    END IF;
    RETURN NEW;
END $$;
"""
AS_BEFORE = APPLICATION.format(more="", moves="", ended="", withdrawn="")
AS_NOW = APPLICATION.format(
    more="|| ARRAY['withdrawn_by_id', 'withdrawn_at', 'withdrawn_for']",
    moves="'submitted>withdrawn', 'proposed>withdrawn', ",
    ended=", 'withdrawn'",
    withdrawn="""
       OR (NEW.state = 'withdrawn' AND NEW.state <> OLD.state
           AND NOT loans_acts_for(NEW.withdrawn_by_id, OLD.institution_id))""",
)
ACTS_FOR = """
CREATE FUNCTION loans_acts_for(p_person bigint, p_institution bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_rolegrant g
          JOIN loans_institution i ON i.number = g.scope
          JOIN controls_person p ON p.id = g.person_id
         WHERE i.id = p_institution AND g.person_id = p_person AND p.is_active
           AND g.role IN ('institution_admin', 'institution_manager') AND g.revoked_at IS NULL)
$$;
"""
DRAFT = """
CREATE FUNCTION loans_draft_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changing text[] := ARRAY['content', 'version', 'state', 'application_id', 'changed_by_id',
                             'changed_at'];
BEGIN
    IF NOT loans_acts_for(NEW.changed_by_id, NEW.institution_id)
       OR (TG_OP = 'INSERT' AND (
           NEW.state <> 'open' OR NEW.version <> 1 OR NEW.started_by_id <> NEW.changed_by_id)) THEN
        RAISE EXCEPTION 'draft % is written by its institution alone', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_draft';
    END IF;
    IF TG_OP = 'UPDATE' AND (
           to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
           OR OLD.state <> 'open' OR NEW.version <> OLD.version + 1
           OR (NEW.state <> 'open' AND NEW.content IS DISTINCT FROM OLD.content)
           OR (NEW.state = 'submitted' AND NOT EXISTS (
               SELECT FROM loans_application a
                WHERE a.id = NEW.application_id AND a.institution_id = OLD.institution_id
                  AND a.submitted_by_id = NEW.changed_by_id
                  AND a.submitted_at = NEW.changed_at))) THEN
        RAISE EXCEPTION 'draft % is %: it is submitted or discarded once', OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_draft';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_draft_guard BEFORE INSERT OR UPDATE ON loans_draft
    FOR EACH ROW EXECUTE FUNCTION loans_draft_guard();
CREATE TRIGGER loans_draft_stays BEFORE DELETE OR TRUNCATE ON loans_draft
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_draft FROM together_app;

CREATE FUNCTION loans_draftfile_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    row loans_draftfile := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    held loans_draft;
BEGIN
    SELECT * INTO held FROM loans_draft WHERE id = row.draft_id FOR SHARE;
    IF held.state <> 'open' OR TG_OP = 'UPDATE'
       OR (TG_OP = 'INSERT' AND NOT loans_acts_for(NEW.added_by_id, held.institution_id)) THEN
        RAISE EXCEPTION 'files of draft % are added and taken off by its institution while it is'
              ' open', held.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_draftfile';
    END IF;
    RETURN row;
END $$;
CREATE TRIGGER loans_draftfile_guard BEFORE INSERT OR UPDATE OR DELETE ON loans_draftfile
    FOR EACH ROW EXECUTE FUNCTION loans_draftfile_guard();
CREATE TRIGGER loans_draftfile_stays BEFORE TRUNCATE ON loans_draftfile
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
"""
INFORMATION = """
CREATE FUNCTION loans_informationrequest_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'answer', 'documents', 'ended_by_id', 'ended_at'];
    asked loans_application;
BEGIN
    SELECT * INTO asked FROM loans_application WHERE id = NEW.application_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR asked.state NOT IN ('submitted', 'proposed')
           OR NOT loans_holds(NEW.asked_by_id, 'loan_officer')
           OR NEW.due_on <= (NEW.asked_at AT TIME ZONE 'UTC')::date THEN
            RAISE EXCEPTION '%: a loan officer asks while the application is under way', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_informationrequest';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'open' OR NEW.state = 'open' OR NEW.ended_at < OLD.asked_at
       OR (NEW.state = 'withdrawn' AND NOT loans_holds(NEW.ended_by_id, 'loan_officer'))
       OR (NEW.state = 'answered' AND (
           NOT loans_acts_for(NEW.ended_by_id, asked.institution_id)
           OR cardinality(NEW.documents) <> (
               SELECT count(*) FROM controls_document d
                WHERE d.number = ANY (NEW.documents) AND d.subject = asked.number
                  AND d.filed_by_id = NEW.ended_by_id))) THEN
        RAISE EXCEPTION '% is %: its institution answers it once, or an officer withdraws it',
              OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_informationrequest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_informationrequest_guard BEFORE INSERT OR UPDATE ON loans_informationrequest
    FOR EACH ROW EXECUTE FUNCTION loans_informationrequest_guard();
CREATE TRIGGER loans_informationrequest_stays BEFORE DELETE OR TRUNCATE
    ON loans_informationrequest
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_informationrequest FROM together_app;
"""
COLLATERAL = """
CREATE FUNCTION loans_collateralrequest_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'made_id', 'ended_by_id', 'ended_at', 'ended_for'];
    asked loans_application;
BEGIN
    SELECT * INTO asked FROM loans_application WHERE id = NEW.application_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NOT loans_acts_for(NEW.asked_by_id, asked.institution_id)
           OR asked.state IN ('declined', 'withdrawn') OR NOT asked.terms ? 'secured'
           OR (NEW.pledge_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM loans_pledge p WHERE p.id = NEW.pledge_id
                  AND p.application_id = asked.id AND p.state = 'in_force'))
           OR (NEW.sender_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM treasury_destination d
                 JOIN loans_institution i ON i.lei = d.owner AND d.owner_kind = 'institution'
                WHERE d.id = NEW.sender_id AND i.id = asked.institution_id)) THEN
            RAISE EXCEPTION '%: an institution asks about its own collateral', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_collateralrequest';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'open' OR NEW.state = 'open'
       OR (NEW.state = 'withdrawn' AND NOT loans_acts_for(NEW.ended_by_id, asked.institution_id))
       OR (NEW.state IN ('declined', 'taken_up')
           AND NOT loans_holds(NEW.ended_by_id, 'loan_officer'))
       OR (NEW.state = 'taken_up' AND OLD.kind = 'release' AND (
           NEW.made_id IS NOT NULL OR NOT EXISTS (
               SELECT FROM controls_approval r JOIN loans_pledge p ON p.number = r.subject
                WHERE p.id = OLD.pledge_id AND r.kind = 'collateral.release'
                  AND r.requested_by_id = NEW.ended_by_id AND r.requested_at = NEW.ended_at)))
       OR (NEW.state = 'taken_up' AND OLD.kind <> 'release' AND NOT EXISTS (
               SELECT FROM loans_pledge p
                WHERE p.id = NEW.made_id AND p.application_id = OLD.application_id
                  AND (p.instrument_id, p.quantity, p.proposed_by_id)
                    = (OLD.instrument_id, OLD.quantity, NEW.ended_by_id)
                  AND p.replaces_id IS NOT DISTINCT FROM OLD.pledge_id)) THEN
        RAISE EXCEPTION '% is %: it ends once, and what is taken up is what was asked for',
              OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_collateralrequest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_collateralrequest_guard BEFORE INSERT OR UPDATE ON loans_collateralrequest
    FOR EACH ROW EXECUTE FUNCTION loans_collateralrequest_guard();
CREATE TRIGGER loans_collateralrequest_stays BEFORE DELETE OR TRUNCATE ON loans_collateralrequest
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_collateralrequest FROM together_app;
"""
UNDO = AS_BEFORE + """
DROP TRIGGER loans_collateralrequest_stays ON loans_collateralrequest;
DROP TRIGGER loans_collateralrequest_guard ON loans_collateralrequest;
DROP FUNCTION loans_collateralrequest_guard();
DROP TRIGGER loans_informationrequest_stays ON loans_informationrequest;
DROP TRIGGER loans_informationrequest_guard ON loans_informationrequest;
DROP FUNCTION loans_informationrequest_guard();
DROP TRIGGER loans_draftfile_stays ON loans_draftfile;
DROP TRIGGER loans_draftfile_guard ON loans_draftfile;
DROP FUNCTION loans_draftfile_guard();
DROP TRIGGER loans_draft_stays ON loans_draft;
DROP TRIGGER loans_draft_guard ON loans_draft;
DROP FUNCTION loans_draft_guard();
DROP FUNCTION loans_acts_for(bigint, bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0005_stages_of_covenant_waivers'),
        ('loans', '0013_days_move_in_their_page'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0004_guards_of_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CollateralRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('kind', models.CharField(choices=[('pledge', 'More collateral'), ('substitution', 'Substitution'), ('release', 'Release')], max_length=12)),
                ('key', models.UUIDField(unique=True)),
                ('quantity', models.BigIntegerField(null=True)),
                ('kept_by', models.CharField(blank=True, max_length=60)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('open', 'open'), ('taken_up', 'taken_up'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.CollateralRequestState['OPEN'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_for', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CollateralRequestEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('kind', models.CharField(choices=[('pledge', 'More collateral'), ('substitution', 'Substitution'), ('release', 'Release')], max_length=12)),
                ('key', models.UUIDField()),
                ('quantity', models.BigIntegerField(null=True)),
                ('kept_by', models.CharField(blank=True, max_length=60)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('open', 'open'), ('taken_up', 'taken_up'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.CollateralRequestState['OPEN'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_for', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('key', models.UUIDField(default=uuid.uuid4)),
                ('content', models.JSONField(default=dict)),
                ('version', models.IntegerField(default=1)),
                ('state', models.CharField(choices=[('open', 'open'), ('submitted', 'submitted'), ('discarded', 'discarded')], default=loans.rules.institution_states.DraftState['OPEN'], max_length=10)),
                ('started_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DraftEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('key', models.UUIDField(default=uuid.uuid4)),
                ('content', models.JSONField(default=dict)),
                ('version', models.IntegerField(default=1)),
                ('state', models.CharField(choices=[('open', 'open'), ('submitted', 'submitted'), ('discarded', 'discarded')], default=loans.rules.institution_states.DraftState['OPEN'], max_length=10)),
                ('started_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DraftFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('financials', 'financial statements'), ('exposure', 'evidence of exposure to exchanges'), ('collateral', 'collateral'), ('legal', 'legal documents'), ('other', 'other')], max_length=12)),
                ('title', models.CharField(max_length=120)),
                ('name', models.CharField(max_length=100)),
                ('size', models.IntegerField()),
                ('added_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='InformationRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('question', models.CharField(max_length=1000)),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.InformationState['OPEN'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, max_length=2000)),
                ('documents', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='InformationRequestEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('question', models.CharField(max_length=1000)),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('open', 'open'), ('answered', 'answered'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.InformationState['OPEN'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('answer', models.CharField(blank=True, max_length=2000)),
                ('documents', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='application',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='application',
            name='update_update',
        ),
        migrations.AddField(
            model_name='application',
            name='withdrawn_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='application',
            name='withdrawn_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='application',
            name='withdrawn_for',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='applicationevent',
            name='withdrawn_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='applicationevent',
            name='withdrawn_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='applicationevent',
            name='withdrawn_for',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name='application',
            name='state',
            field=models.CharField(choices=[('submitted', 'submitted'), ('proposed', 'proposed'), ('approved', 'approved'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ApplicationState['SUBMITTED'], max_length=12),
        ),
        migrations.AlterField(
            model_name='applicationevent',
            name='state',
            field=models.CharField(choices=[('submitted', 'submitted'), ('proposed', 'proposed'), ('approved', 'approved'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ApplicationState['SUBMITTED'], max_length=12),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='application',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_applicationevent" ("amount", "assessment", "decline_reason", "figures", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "proposed_at", "proposed_by_id", "purpose", "state", "submitted_at", "submitted_by_id", "terms", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."amount", NEW."assessment", NEW."decline_reason", NEW."figures", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."proposed_at", NEW."proposed_by_id", NEW."purpose", NEW."state", NEW."submitted_at", NEW."submitted_by_id", NEW."terms", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='52685e8d019d8cea1e36b08c5ff38bdcb330cbdd', operation='INSERT', pgid='pgtrigger_insert_insert_626e2', table='loans_application', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='application',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_applicationevent" ("amount", "assessment", "decline_reason", "figures", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "proposed_at", "proposed_by_id", "purpose", "state", "submitted_at", "submitted_by_id", "terms", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."amount", NEW."assessment", NEW."decline_reason", NEW."figures", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pool_id", NEW."proposed_at", NEW."proposed_by_id", NEW."purpose", NEW."state", NEW."submitted_at", NEW."submitted_by_id", NEW."terms", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='254e06b1cf55f1933162fbda69e9f4fd1dec6bab', operation='UPDATE', pgid='pgtrigger_update_update_28fb1', table='loans_application', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='application',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'withdrawn'), ('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_for', ''), _negated=True)), models.Q(models.Q(('state', 'withdrawn'), _negated=True), ('withdrawn_at', None), ('withdrawn_by', None), ('withdrawn_for', '')), _connector='OR'), name='loans_application_withdrawn_together'),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='collateral_requests', to='loans.application'),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='instrument',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.instrument'),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='made',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asked_by_request', to='loans.pledge'),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='pledge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='asked_of', to='loans.pledge'),
        ),
        migrations.AddField(
            model_name='collateralrequest',
            name='sender',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.destination'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='asked_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='ended_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='instrument',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.instrument'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='made',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.pledge'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.collateralrequest'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='pledge',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.pledge'),
        ),
        migrations.AddField(
            model_name='collateralrequestevent',
            name='sender',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treasury.destination'),
        ),
        migrations.AddField(
            model_name='draft',
            name='application',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='draft', to='loans.application'),
        ),
        migrations.AddField(
            model_name='draft',
            name='changed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draft',
            name='institution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='draft',
            name='started_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='application',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application'),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='changed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='institution',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.draft'),
        ),
        migrations.AddField(
            model_name='draftevent',
            name='started_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draftfile',
            name='added_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='draftfile',
            name='content',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.documentcontent'),
        ),
        migrations.AddField(
            model_name='draftfile',
            name='draft',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='loans.draft'),
        ),
        migrations.AddField(
            model_name='informationrequest',
            name='application',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='information', to='loans.application'),
        ),
        migrations.AddField(
            model_name='informationrequest',
            name='asked_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='informationrequest',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='informationrequestevent',
            name='application',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application'),
        ),
        migrations.AddField(
            model_name='informationrequestevent',
            name='asked_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='informationrequestevent',
            name='ended_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='informationrequestevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='informationrequestevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.informationrequest'),
        ),
        migrations.AddConstraint(
            model_name='collateralrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('instrument', None), ('kind', 'release'), ('pledge__isnull', False), ('quantity', None), models.Q(('reason', ''), _negated=True)), models.Q(('instrument__isnull', False), ('kind', 'pledge'), ('pledge', None), ('quantity__gt', 0)), models.Q(('instrument__isnull', False), ('kind', 'substitution'), ('pledge__isnull', False), ('quantity__gt', 0)), _connector='OR'), name='loans_collateral_request_kinds'),
        ),
        migrations.AddConstraint(
            model_name='collateralrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('ended_for', ''), ('made', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__gte', models.F('asked_at')), ('ended_by__isnull', False), models.Q(('made', None), ('state', 'taken_up'), _connector='OR'), models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('ended_for', ''), _negated=True), _connector='OR')), _connector='OR'), name='loans_collateral_request_ended_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='collateralrequest',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_collateralrequestevent" ("application_id", "asked_at", "asked_by_id", "ended_at", "ended_by_id", "ended_for", "id", "instrument_id", "kept_by", "key", "kind", "made_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pledge_id", "quantity", "reason", "reference", "sender_id", "state") VALUES (NEW."application_id", NEW."asked_at", NEW."asked_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ended_for", NEW."id", NEW."instrument_id", NEW."kept_by", NEW."key", NEW."kind", NEW."made_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pledge_id", NEW."quantity", NEW."reason", NEW."reference", NEW."sender_id", NEW."state"); RETURN NULL;', hash='6f51296c45fb8e29bd598d5ead678282ecac4ff6', operation='INSERT', pgid='pgtrigger_insert_insert_5836c', table='loans_collateralrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='collateralrequest',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_collateralrequestevent" ("application_id", "asked_at", "asked_by_id", "ended_at", "ended_by_id", "ended_for", "id", "instrument_id", "kept_by", "key", "kind", "made_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pledge_id", "quantity", "reason", "reference", "sender_id", "state") VALUES (NEW."application_id", NEW."asked_at", NEW."asked_by_id", NEW."ended_at", NEW."ended_by_id", NEW."ended_for", NEW."id", NEW."instrument_id", NEW."kept_by", NEW."key", NEW."kind", NEW."made_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pledge_id", NEW."quantity", NEW."reason", NEW."reference", NEW."sender_id", NEW."state"); RETURN NULL;', hash='0d253cd7151d0798b15a5cfcd3aad850627d0e7d', operation='UPDATE', pgid='pgtrigger_update_update_e7ad8', table='loans_collateralrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='collateralrequestevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='061f3cb0370cad47424f3ce22007afe03652f057', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a6992', table='loans_collateralrequestevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.UniqueConstraint(fields=('institution', 'key'), name='loans_draft_once'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('application__isnull', False), ('state', 'submitted')), models.Q(models.Q(('state', 'submitted'), _negated=True), ('application', None)), _connector='OR'), name='loans_draft_submitted_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='draft',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_draftevent" ("application_id", "changed_at", "changed_by_id", "content", "id", "institution_id", "key", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "started_by_id", "state", "version") VALUES (NEW."application_id", NEW."changed_at", NEW."changed_by_id", NEW."content", NEW."id", NEW."institution_id", NEW."key", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."started_at", NEW."started_by_id", NEW."state", NEW."version"); RETURN NULL;', hash='71c60df0ec5324c8c9ad83717af97c7914e819f3', operation='INSERT', pgid='pgtrigger_insert_insert_47aa7', table='loans_draft', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='draft',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_draftevent" ("application_id", "changed_at", "changed_by_id", "content", "id", "institution_id", "key", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "started_at", "started_by_id", "state", "version") VALUES (NEW."application_id", NEW."changed_at", NEW."changed_by_id", NEW."content", NEW."id", NEW."institution_id", NEW."key", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."started_at", NEW."started_by_id", NEW."state", NEW."version"); RETURN NULL;', hash='b5b18212ddd04e25389fa1be37cf9d5b004fcd78', operation='UPDATE', pgid='pgtrigger_update_update_66862', table='loans_draft', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='draftevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a2dabb1685749fef03a3204a25371d995ec1d33a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_93ac1', table='loans_draftevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='draftfile',
            constraint=models.UniqueConstraint(fields=('draft', 'content'), name='loans_draft_file_once'),
        ),
        migrations.AddConstraint(
            model_name='informationrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('documents__len', 0), ('ended_at', None), ('ended_by', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('answer', ''), _negated=True)), _connector='OR'), name='loans_information_ended_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='informationrequest',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_informationrequestevent" ("answer", "application_id", "asked_at", "asked_by_id", "documents", "due_on", "ended_at", "ended_by_id", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "question", "state") VALUES (NEW."answer", NEW."application_id", NEW."asked_at", NEW."asked_by_id", NEW."documents", NEW."due_on", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."question", NEW."state"); RETURN NULL;', hash='b787503de1b2125559fc0f8077329fdd7da8805a', operation='INSERT', pgid='pgtrigger_insert_insert_e320f', table='loans_informationrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='informationrequest',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_informationrequestevent" ("answer", "application_id", "asked_at", "asked_by_id", "documents", "due_on", "ended_at", "ended_by_id", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "question", "state") VALUES (NEW."answer", NEW."application_id", NEW."asked_at", NEW."asked_by_id", NEW."documents", NEW."due_on", NEW."ended_at", NEW."ended_by_id", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."question", NEW."state"); RETURN NULL;', hash='0fdc55132fa19f8070e0b51aa1c7aa03880eecb3', operation='UPDATE', pgid='pgtrigger_update_update_31bae', table='loans_informationrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='informationrequestevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c1af5237b894b55c9b0b45bc0c7b91d3f9a03288', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5e7ec', table='loans_informationrequestevent', when='BEFORE')),
        ),
        migrations.RunSQL(ACTS_FOR + AS_NOW + DRAFT + INFORMATION + COLLATERAL, UNDO),
    ]
