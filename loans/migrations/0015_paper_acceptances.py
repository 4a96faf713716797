"""
Term sheets that were signed on paper.

* recorded by a loan officer while the sheet is issued, with a document about its loan that the same
  officer filed, by the digests of both; nothing of it changes but its state;
* a sheet is accepted by it, and by nobody who signs in, only as a second officer approved it: the
  digests of document and sheet, who signed, in which function and on which day;
* any other acceptance is by an Admin or Manager of the institution, as before.
"""

import django.db.models.deletion
import loans.rules.institution_states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


TERMSHEET = """
CREATE OR REPLACE FUNCTION loans_termsheet_guard() RETURNS trigger
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
           OR NOT {accepted})) THEN
        RAISE EXCEPTION 'term sheet % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_termsheet';
    END IF;
    RETURN NEW;
END $$;
"""
IN_PORTAL = "loans_acts_for(NEW.accepted_by_id, loan.institution_id)"
AS_BEFORE = TERMSHEET.format(accepted=IN_PORTAL)
AS_NOW = TERMSHEET.format(
    accepted=f"""CASE WHEN NEW.wording = 'paper/1'
               THEN loans_is_signed_on_paper(OLD) ELSE {IN_PORTAL} END"""
)
# What a sheet is accepted by is compared with what was approved, fact by fact.
PAPER = """
CREATE FUNCTION loans_is_signed_on_paper(sheet loans_termsheet) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM loans_paperacceptance a
          JOIN controls_document d ON d.id = a.document_id
          JOIN loans_loan l ON l.id = sheet.loan_id
         WHERE a.sheet_id = sheet.id AND a.state = 'proposed'
           AND a.sheet_digest = sheet.digest AND d.content_id = a.document_digest
           AND d.withdrawn_at IS NULL
           AND controls_is_approved_as('term_sheet.paper', a.number, a.effect_digest,
               jsonb_build_object(
                   'loan', l.number, 'sheet', sheet.number, 'version', sheet.version,
                   'sheet_digest', sheet.digest, 'terms_digest', sheet.terms_digest,
                   'document', d.number, 'document_digest', d.content_id,
                   'signed_by', a.signed_by, 'signed_as', a.signed_as,
                   'signed_on', a.signed_on::text)))
$$;
CREATE FUNCTION loans_paperacceptance_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    sheet loans_termsheet := (SELECT t FROM loans_termsheet t WHERE t.id = NEW.sheet_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR sheet.state <> 'issued'
           OR NEW.sheet_digest <> sheet.digest
           OR NOT loans_holds(NEW.proposed_by_id, 'loan_officer')
           OR NEW.signed_on < (sheet.issued_at AT TIME ZONE 'UTC')::date
           OR NEW.signed_on > (NEW.proposed_at AT TIME ZONE 'UTC')::date
           OR NOT EXISTS (
               SELECT FROM controls_document d JOIN loans_loan l ON l.id = sheet.loan_id
                WHERE d.id = NEW.document_id AND d.kind = 'term_sheet.signed'
                  AND d.area = 'loans' AND d.subject = l.number AND d.withdrawn_at IS NULL
                  AND d.content_id = NEW.document_digest
                  AND d.filed_by_id = NEW.proposed_by_id) THEN
            RAISE EXCEPTION '% is no signature of a term sheet that waits', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paperacceptance';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed' OR NEW.state NOT IN ('accepted', 'withdrawn')
       OR (NEW.state = 'accepted')
          <> (sheet.state = 'accepted' AND sheet.wording = 'paper/1') THEN
        RAISE EXCEPTION '% is %: it takes effect with its term sheet, or is withdrawn', OLD.number,
              OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paperacceptance';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_paperacceptance_guard BEFORE INSERT OR UPDATE ON loans_paperacceptance
    FOR EACH ROW EXECUTE FUNCTION loans_paperacceptance_guard();
CREATE TRIGGER loans_paperacceptance_stays BEFORE DELETE OR TRUNCATE ON loans_paperacceptance
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_paperacceptance FROM together_app;
"""
UNDO = AS_BEFORE + """
DROP TRIGGER loans_paperacceptance_stays ON loans_paperacceptance;
DROP TRIGGER loans_paperacceptance_guard ON loans_paperacceptance;
DROP FUNCTION loans_paperacceptance_guard();
DROP FUNCTION loans_is_signed_on_paper(loans_termsheet);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0006_stages_of_paper_acceptances'),
        ('loans', '0014_institutions_apply'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PaperAcceptance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('document_digest', models.CharField(max_length=64)),
                ('sheet_digest', models.CharField(max_length=64)),
                ('signed_by', models.CharField(max_length=120)),
                ('signed_as', models.CharField(max_length=80)),
                ('signed_on', models.DateField()),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('accepted', 'accepted'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.PaperState['PROPOSED'], max_length=10)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'acceptance on paper',
                'verbose_name_plural': 'acceptances on paper',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='PaperAcceptanceEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('document_digest', models.CharField(max_length=64)),
                ('sheet_digest', models.CharField(max_length=64)),
                ('signed_by', models.CharField(max_length=120)),
                ('signed_as', models.CharField(max_length=80)),
                ('signed_on', models.DateField()),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('accepted', 'accepted'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.PaperState['PROPOSED'], max_length=10)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.RemoveConstraint(
            model_name='termsheet',
            name='loans_sheet_accepted_together',
        ),
        migrations.AddConstraint(
            model_name='termsheet',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted_at__isnull', False), ('state', 'accepted'), models.Q(('wording', ''), _negated=True), models.Q(models.Q(('accepted_by__isnull', False), models.Q(('wording', 'paper/1'), _negated=True)), models.Q(('accepted_by', None), ('wording', 'paper/1')), _connector='OR')), models.Q(models.Q(('state', 'accepted'), _negated=True), ('accepted_at', None), ('accepted_by', None), ('wording', '')), _connector='OR'), name='loans_sheet_accepted_together'),
        ),
        migrations.AddField(
            model_name='paperacceptance',
            name='document',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='paperacceptance',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paperacceptance',
            name='sheet',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='paper_acceptances', to='loans.termsheet'),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='document',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.paperacceptance'),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='proposed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='sheet',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.termsheet'),
        ),
        migrations.AddConstraint(
            model_name='paperacceptance',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('sheet',), name='loans_one_paper_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='paperacceptance',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('document_digest',), name='loans_paper_signed_once'),
        ),
        migrations.AddConstraint(
            model_name='paperacceptance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_by', ''), _negated=True), models.Q(('signed_as', ''), _negated=True)), name='loans_paper_signed_by_somebody'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paperacceptance',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_paperacceptanceevent" ("document_digest", "document_id", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "sheet_digest", "sheet_id", "signed_as", "signed_by", "signed_on", "state") VALUES (NEW."document_digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."sheet_digest", NEW."sheet_id", NEW."signed_as", NEW."signed_by", NEW."signed_on", NEW."state"); RETURN NULL;', hash='bfe29b601c6a125498e012fa27e4540dcd95da1a', operation='INSERT', pgid='pgtrigger_insert_insert_103d5', table='loans_paperacceptance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paperacceptance',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_paperacceptanceevent" ("document_digest", "document_id", "effect_digest", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "sheet_digest", "sheet_id", "signed_as", "signed_by", "signed_on", "state") VALUES (NEW."document_digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."sheet_digest", NEW."sheet_id", NEW."signed_as", NEW."signed_by", NEW."signed_on", NEW."state"); RETURN NULL;', hash='5767cbc740a7d2b4fac55b6b700d9e20cbe4ef16', operation='UPDATE', pgid='pgtrigger_update_update_1f100', table='loans_paperacceptance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paperacceptanceevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='3f3c626f35d29e5cb0b23319afce928338d99b74', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e8df8', table='loans_paperacceptanceevent', when='BEFORE')),
        ),
        migrations.RunSQL(PAPER + AS_NOW, UNDO),
    ]
