"""
Term sheets: what a committed loan is offered on; none is drawn before its institution accepts.

* born issued, of the terms of a loan that is committed, with a filed PDF; never edited or deleted;
* accepted in time by a person who acts for that institution, or superseded; then it stays;
* a loan leaves *committed* only with an accepted sheet of just its terms. What was drawn stays.
"""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION loans_termsheet_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'accepted_by_id', 'accepted_at', 'wording'];
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = NEW.loan_id);
    is_filed boolean := EXISTS (
        SELECT FROM controls_document WHERE id = NEW.document_id AND kind = 'term_sheet'
           AND area = 'loans' AND subject = loan.number AND withdrawn_at IS NULL);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' OR loan.state <> 'committed'
           OR NEW.terms_digest <> loan.terms_digest OR NOT is_filed
           OR NEW.lapses_on <= (NEW.issued_at AT TIME ZONE 'UTC')::date
           OR NEW.version <> 1 + coalesce((SELECT max(version) FROM loans_termsheet
                                            WHERE loan_id = NEW.loan_id), 0) THEN
            RAISE EXCEPTION 'term sheet % is not of the terms of a committed loan', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_termsheet';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'issued' OR NEW.state NOT IN ('accepted', 'superseded')
       OR (NEW.state = 'accepted' AND (
           loan.state <> 'committed' OR NOT is_filed
           OR NEW.accepted_at < NEW.issued_at
           OR (NEW.accepted_at AT TIME ZONE 'UTC')::date >= NEW.lapses_on
           OR NOT EXISTS (
               SELECT FROM controls_rolegrant g
                 JOIN loans_institution i ON i.number = g.scope
                 JOIN controls_person p ON p.id = g.person_id
                WHERE i.id = loan.institution_id AND g.person_id = NEW.accepted_by_id
                  AND g.role IN ('institution_admin', 'institution_manager')
                  AND g.revoked_at IS NULL AND p.is_active))) THEN
        RAISE EXCEPTION 'term sheet % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_termsheet';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_termsheet_guard BEFORE INSERT OR UPDATE ON loans_termsheet
    FOR EACH ROW EXECUTE FUNCTION loans_termsheet_guard();
CREATE TRIGGER loans_termsheet_stays BEFORE DELETE OR TRUNCATE
    ON loans_termsheet FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_loan_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_termsheet
                    WHERE loan_id = NEW.id AND state = 'accepted'
                      AND terms_digest = NEW.terms_digest) THEN
        RAISE EXCEPTION 'loan %: no term sheet of its terms was accepted', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_accepted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_accepted BEFORE UPDATE ON loans_loan FOR EACH ROW
    WHEN (OLD.state = 'committed' AND NEW.state = 'drawing')
    EXECUTE FUNCTION loans_loan_accepted();
REVOKE DELETE, TRUNCATE ON loans_termsheet FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_loan_accepted ON loans_loan;
DROP FUNCTION loans_loan_accepted();
DROP TRIGGER loans_termsheet_stays ON loans_termsheet;
DROP TRIGGER loans_termsheet_guard ON loans_termsheet;
DROP FUNCTION loans_termsheet_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0018_stages_of_conditions'),
        ('loans', '0024_agreed_with_applications'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TermSheet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('version', models.IntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('terms_digest', models.CharField(max_length=64)),
                ('lapses_on', models.DateField()),
                ('state', models.CharField(choices=[('issued', 'issued'), ('accepted', 'accepted'), ('superseded', 'superseded')], default=loans.rules.states.TermSheetState['ISSUED'], max_length=12)),
                ('issued_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('wording', models.CharField(blank=True, max_length=20)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document')),
                ('issued_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='term_sheets', to='loans.loan')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='TermSheetEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('version', models.IntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('terms_digest', models.CharField(max_length=64)),
                ('lapses_on', models.DateField()),
                ('state', models.CharField(choices=[('issued', 'issued'), ('accepted', 'accepted'), ('superseded', 'superseded')], default=loans.rules.states.TermSheetState['ISSUED'], max_length=12)),
                ('issued_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('wording', models.CharField(blank=True, max_length=20)),
                ('accepted_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('document', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.document')),
                ('issued_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('loan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.loan')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.termsheet')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='termsheet',
            constraint=models.UniqueConstraint(fields=('loan', 'version'), name='loans_sheet_version'),
        ),
        migrations.AddConstraint(
            model_name='termsheet',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'superseded'), _negated=True), fields=('loan',), name='loans_one_sheet_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='termsheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False), ('state', 'accepted'), models.Q(('wording', ''), _negated=True)), models.Q(models.Q(('state', 'accepted'), _negated=True), ('accepted_at', None), ('accepted_by', None), ('wording', '')), _connector='OR'), name='loans_sheet_accepted_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='termsheet',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_termsheetevent" ("accepted_at", "accepted_by_id", "content", "digest", "document_id", "id", "issued_at", "issued_by_id", "lapses_on", "loan_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "terms_digest", "version", "wording") VALUES (NEW."accepted_at", NEW."accepted_by_id", NEW."content", NEW."digest", NEW."document_id", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."lapses_on", NEW."loan_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."terms_digest", NEW."version", NEW."wording"); RETURN NULL;', hash='5b93232916260da25b591c34c1f45e34964d169c', operation='INSERT', pgid='pgtrigger_insert_insert_3b1e2', table='loans_termsheet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='termsheet',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_termsheetevent" ("accepted_at", "accepted_by_id", "content", "digest", "document_id", "id", "issued_at", "issued_by_id", "lapses_on", "loan_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "terms_digest", "version", "wording") VALUES (NEW."accepted_at", NEW."accepted_by_id", NEW."content", NEW."digest", NEW."document_id", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."lapses_on", NEW."loan_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."terms_digest", NEW."version", NEW."wording"); RETURN NULL;', hash='cd6c7aec78e272b04a8cf065ebaadac24ebeff43', operation='UPDATE', pgid='pgtrigger_update_update_65243', table='loans_termsheet', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='termsheetevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5a7dd0010182f921d6390ee1d8838eb0dcc1a058', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_87888', table='loans_termsheetevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
