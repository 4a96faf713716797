"""
Amendments that their borrower accepts.

* an amendment letter is a version for an adjustment that changes what was agreed, was approved and
  can still be booked; it names the digest of what was approved, and its PDF is filed;
* it is accepted or declined by an Admin or Manager of the borrower, before its day and while the
  loan is as it was; or accepted as it was signed on paper and approved, fact by fact;
* no event that changes what was agreed is recorded unless a letter of just what was approved was
  accepted; what was accepted is not given up as long as it can be booked.
"""

import django.db.models.deletion
import loans.rules.institution_states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

AGREED = """
CREATE FUNCTION loans_is_agreed_with_borrower(p_type text, p_target bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Of a reversal what it takes back in the end decides.
    WITH RECURSIVE chain AS (
        SELECT p_type AS type, p_target AS target_id
        UNION ALL
        SELECT e.type, e.target_id FROM chain c JOIN loans_event e ON e.id = c.target_id
         WHERE c.type = 'reversal')
    SELECT EXISTS (SELECT FROM chain
                    WHERE type IN ('rate_change', 'margin_change', 'extend', 'move_due_date',
                                   're_age'))
$$;
CREATE FUNCTION loans_is_as_proposed(p_adjustment bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT a.event_count = (SELECT count(*) FROM loans_event WHERE loan_id = a.loan_id)
      FROM loans_adjustment a WHERE a.id = p_adjustment
$$;
"""
LETTER = """
CREATE FUNCTION loans_letter_is_signed_on_paper(letter loans_amendmentletter) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM loans_paperacceptance p
          JOIN controls_document d ON d.id = p.document_id
          JOIN loans_adjustment a ON a.id = letter.adjustment_id
          JOIN loans_loan l ON l.id = a.loan_id
         WHERE p.letter_id = letter.id AND p.state = 'proposed'
           AND p.sheet_digest = letter.digest AND d.content_id = p.document_digest
           AND d.withdrawn_at IS NULL
           AND controls_is_approved_as('amendment.paper', p.number, p.effect_digest,
               jsonb_build_object(
                   'loan', l.number, 'letter', letter.number, 'version', letter.version,
                   'letter_digest', letter.digest, 'adjustment', a.number,
                   'effect_digest', letter.effect_digest,
                   'document', d.number, 'document_digest', d.content_id,
                   'signed_by', p.signed_by, 'signed_as', p.signed_as,
                   'signed_on', p.signed_on::text)))
$$;
CREATE FUNCTION loans_amendmentletter_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'answered_by_id', 'answered_at', 'wording', 'words'];
    asked loans_adjustment := (SELECT a FROM loans_adjustment a WHERE a.id = NEW.adjustment_id);
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = asked.loan_id);
    is_filed boolean := EXISTS (
        SELECT FROM controls_document WHERE id = NEW.document_id AND kind = 'amendment_letter'
           AND area = 'loans' AND subject = loan.number AND withdrawn_at IS NULL);
    is_open boolean := asked.state = 'proposed' AND loans_is_as_proposed(asked.id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' OR NOT is_open OR NOT is_filed
           OR NOT loans_is_agreed_with_borrower(asked.type, asked.target_id)
           OR NOT loans_holds(NEW.issued_by_id, 'loan_officer')
           OR NEW.lapses_on <= (NEW.issued_at AT TIME ZONE 'UTC')::date
           OR NEW.version <> 1 + coalesce((SELECT max(version) FROM loans_amendmentletter
                                            WHERE adjustment_id = asked.id), 0)
           OR NOT NEW.content -> 'pairs' @> jsonb_build_array(
                  jsonb_build_array('Digest of the change', NEW.effect_digest))
           OR NOT EXISTS (
               SELECT FROM controls_approval p
                WHERE p.id = asked.approval_id AND p.effect_digest = NEW.effect_digest
                  AND controls_is_approved(p.kind, p.subject, p.effect_digest)) THEN
            RAISE EXCEPTION 'letter % is not of an approved amendment that waits', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_amendmentletter';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'issued' OR NEW.state = 'issued'
       OR (NEW.state = 'withdrawn' AND asked.state <> 'withdrawn')
       OR (NEW.state IN ('accepted', 'declined') AND (
           NOT is_open OR NOT is_filed
           OR NEW.answered_at < NEW.issued_at
           OR (NEW.answered_at AT TIME ZONE 'UTC')::date >= NEW.lapses_on
           OR NOT CASE WHEN NEW.state = 'accepted' AND NEW.wording = 'paper/1'
                  THEN loans_letter_is_signed_on_paper(OLD)
                  ELSE loans_acts_for(NEW.answered_by_id, loan.institution_id) END)) THEN
        RAISE EXCEPTION 'letter % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_amendmentletter';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_amendmentletter_guard BEFORE INSERT OR UPDATE ON loans_amendmentletter
    FOR EACH ROW EXECUTE FUNCTION loans_amendmentletter_guard();
CREATE TRIGGER loans_amendmentletter_stays BEFORE DELETE OR TRUNCATE ON loans_amendmentletter
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_amendmentletter FROM together_app;
"""
BOUND = """
CREATE FUNCTION loans_event_is_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF loans_is_agreed_with_borrower(NEW.type, NEW.target_id) AND NOT EXISTS (
           SELECT FROM loans_amendmentletter t
             JOIN loans_adjustment a ON a.id = t.adjustment_id
             JOIN controls_approval p ON p.id = a.approval_id
            WHERE a.id = NEW.adjustment_id AND t.state = 'accepted'
              AND t.effect_digest = p.effect_digest) THEN
        RAISE EXCEPTION 'event % of loan %: its borrower did not accept it', NEW.sequence,
                        NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_accepted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_event_is_accepted BEFORE INSERT ON loans_event FOR EACH ROW
    WHEN (NEW.type IN ('rate_change', 'margin_change', 'extend', 'move_due_date', 're_age',
                       'reversal'))
    EXECUTE FUNCTION loans_event_is_accepted();
CREATE FUNCTION loans_adjustment_is_promised() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF loans_is_as_proposed(OLD.id) AND EXISTS (
           SELECT FROM loans_amendmentletter
            WHERE adjustment_id = OLD.id AND state = 'accepted') THEN
        RAISE EXCEPTION 'adjustment %: its borrower accepted it', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_is_promised';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_adjustment_is_promised BEFORE UPDATE ON loans_adjustment FOR EACH ROW
    WHEN (OLD.state = 'proposed' AND NEW.state = 'withdrawn')
    EXECUTE FUNCTION loans_adjustment_is_promised();
"""
PAPER = """
CREATE OR REPLACE FUNCTION loans_paperacceptance_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    -- What was signed: a term sheet, or the letter of an amendment.
    signed record;
BEGIN
    SELECT o.* INTO signed FROM (
        SELECT t.state, t.wording, t.digest, t.issued_at, l.number AS loan,
               'term_sheet.signed' AS kind
          FROM loans_termsheet t JOIN loans_loan l ON l.id = t.loan_id
         WHERE t.id = NEW.sheet_id
        UNION ALL
        SELECT t.state, t.wording, t.digest, t.issued_at, l.number, 'amendment_letter.signed'
          FROM loans_amendmentletter t JOIN loans_adjustment a ON a.id = t.adjustment_id
          JOIN loans_loan l ON l.id = a.loan_id
         WHERE t.id = NEW.letter_id) AS o;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR signed.state IS DISTINCT FROM 'issued'
           OR NEW.sheet_digest <> signed.digest
           OR NOT loans_holds(NEW.proposed_by_id, 'loan_officer')
           OR NEW.signed_on < (signed.issued_at AT TIME ZONE 'UTC')::date
           OR NEW.signed_on > (NEW.proposed_at AT TIME ZONE 'UTC')::date
           OR NOT EXISTS (
               SELECT FROM controls_document d
                WHERE d.id = NEW.document_id AND d.kind = signed.kind
                  AND d.area = 'loans' AND d.subject = signed.loan AND d.withdrawn_at IS NULL
                  AND d.content_id = NEW.document_digest
                  AND d.filed_by_id = NEW.proposed_by_id) THEN
            RAISE EXCEPTION '% is no signature of a paper that waits', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paperacceptance';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed' OR NEW.state NOT IN ('accepted', 'withdrawn')
       OR (NEW.state = 'accepted')
          <> (signed.state = 'accepted' AND signed.wording = 'paper/1') THEN
        RAISE EXCEPTION '% is %: it takes effect with what was signed, or is withdrawn', OLD.number,
              OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paperacceptance';
    END IF;
    RETURN NEW;
END $$;
"""
PAPER_BEFORE = """
CREATE OR REPLACE FUNCTION loans_paperacceptance_guard() RETURNS trigger
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
"""
UNDO = """
DROP TRIGGER loans_adjustment_is_promised ON loans_adjustment;
DROP FUNCTION loans_adjustment_is_promised();
DROP TRIGGER loans_event_is_accepted ON loans_event;
DROP FUNCTION loans_event_is_accepted();
DROP TRIGGER loans_amendmentletter_stays ON loans_amendmentletter;
DROP TRIGGER loans_amendmentletter_guard ON loans_amendmentletter;
DROP FUNCTION loans_amendmentletter_guard();
DROP FUNCTION loans_letter_is_signed_on_paper(loans_amendmentletter);
DROP FUNCTION loans_is_as_proposed(bigint);
DROP FUNCTION loans_is_agreed_with_borrower(text, bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0007_stages_of_amendment_papers'),
        ('loans', '0015_paper_acceptances'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AmendmentLetter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('version', models.IntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('effect_digest', models.CharField(max_length=64)),
                ('lapses_on', models.DateField()),
                ('state', models.CharField(choices=[('issued', 'issued'), ('accepted', 'accepted'), ('declined', 'declined'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.LetterState['ISSUED'], max_length=12)),
                ('issued_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('wording', models.CharField(blank=True, max_length=20)),
                ('words', models.CharField(blank=True, max_length=400)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AmendmentLetterEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('version', models.IntegerField()),
                ('content', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('effect_digest', models.CharField(max_length=64)),
                ('lapses_on', models.DateField()),
                ('state', models.CharField(choices=[('issued', 'issued'), ('accepted', 'accepted'), ('declined', 'declined'), ('superseded', 'superseded'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.LetterState['ISSUED'], max_length=12)),
                ('issued_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('wording', models.CharField(blank=True, max_length=20)),
                ('words', models.CharField(blank=True, max_length=400)),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='paperacceptance',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='paperacceptance',
            name='update_update',
        ),
        migrations.AlterField(
            model_name='paperacceptance',
            name='sheet',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paper_acceptances', to='loans.termsheet'),
        ),
        migrations.AlterField(
            model_name='paperacceptanceevent',
            name='sheet',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.termsheet'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paperacceptance',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_paperacceptanceevent" ("document_digest", "document_id", "effect_digest", "id", "letter_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "sheet_digest", "sheet_id", "signed_as", "signed_by", "signed_on", "state") VALUES (NEW."document_digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."letter_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."sheet_digest", NEW."sheet_id", NEW."signed_as", NEW."signed_by", NEW."signed_on", NEW."state"); RETURN NULL;', hash='29127e5575f4161374a26d798571a405550f34a3', operation='INSERT', pgid='pgtrigger_insert_insert_103d5', table='loans_paperacceptance', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paperacceptance',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_paperacceptanceevent" ("document_digest", "document_id", "effect_digest", "id", "letter_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "sheet_digest", "sheet_id", "signed_as", "signed_by", "signed_on", "state") VALUES (NEW."document_digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."letter_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."sheet_digest", NEW."sheet_id", NEW."signed_as", NEW."signed_by", NEW."signed_on", NEW."state"); RETURN NULL;', hash='2a7232f60821b6c13b5e971470d67beefbf86b7b', operation='UPDATE', pgid='pgtrigger_update_update_1f100', table='loans_paperacceptance', when='AFTER')),
        ),
        migrations.AddField(
            model_name='amendmentletter',
            name='adjustment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='letters', to='loans.adjustment'),
        ),
        migrations.AddField(
            model_name='amendmentletter',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='amendmentletter',
            name='document',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='amendmentletter',
            name='issued_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paperacceptance',
            name='letter',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='paper_acceptances', to='loans.amendmentletter'),
        ),
        migrations.AddField(
            model_name='paperacceptanceevent',
            name='letter',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.amendmentletter'),
        ),
        migrations.AddConstraint(
            model_name='paperacceptance',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('letter',), name='loans_one_paper_of_a_letter'),
        ),
        migrations.AddConstraint(
            model_name='paperacceptance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('letter__isnull', False), ('sheet', None)), models.Q(('letter', None), ('sheet__isnull', False)), _connector='OR'), name='loans_paper_of_one'),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='adjustment',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.adjustment'),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='answered_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='document',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='issued_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='amendmentletterevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.amendmentletter'),
        ),
        migrations.AddConstraint(
            model_name='amendmentletter',
            constraint=models.UniqueConstraint(fields=('adjustment', 'version'), name='loans_letter_version'),
        ),
        migrations.AddConstraint(
            model_name='amendmentletter',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['issued', 'accepted'])), fields=('adjustment',), name='loans_one_letter_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='amendmentletter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', False), ('state', 'accepted'), ('words', ''), models.Q(('wording', ''), _negated=True), models.Q(models.Q(('answered_by__isnull', False), models.Q(('wording', 'paper/1'), _negated=True)), models.Q(('answered_by', None), ('wording', 'paper/1')), _connector='OR')), models.Q(('answered_at__isnull', False), ('answered_by__isnull', False), ('state', 'declined'), ('wording', ''), models.Q(('words', ''), _negated=True)), models.Q(models.Q(('state__in', ['accepted', 'declined']), _negated=True), ('answered_at', None), ('answered_by', None), ('wording', ''), ('words', '')), _connector='OR'), name='loans_letter_answered_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='amendmentletter',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_amendmentletterevent" ("adjustment_id", "answered_at", "answered_by_id", "content", "digest", "document_id", "effect_digest", "id", "issued_at", "issued_by_id", "lapses_on", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "version", "wording", "words") VALUES (NEW."adjustment_id", NEW."answered_at", NEW."answered_by_id", NEW."content", NEW."digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."lapses_on", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."state", NEW."version", NEW."wording", NEW."words"); RETURN NULL;', hash='aa21883180599d58ba0a850d3b77cd53a5994b22', operation='INSERT', pgid='pgtrigger_insert_insert_99dff', table='loans_amendmentletter', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='amendmentletter',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_amendmentletterevent" ("adjustment_id", "answered_at", "answered_by_id", "content", "digest", "document_id", "effect_digest", "id", "issued_at", "issued_by_id", "lapses_on", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "state", "version", "wording", "words") VALUES (NEW."adjustment_id", NEW."answered_at", NEW."answered_by_id", NEW."content", NEW."digest", NEW."document_id", NEW."effect_digest", NEW."id", NEW."issued_at", NEW."issued_by_id", NEW."lapses_on", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."state", NEW."version", NEW."wording", NEW."words"); RETURN NULL;', hash='b6b29fa7c0ea2584583be9a606efbcf0450c93de', operation='UPDATE', pgid='pgtrigger_update_update_c8e30', table='loans_amendmentletter', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='amendmentletterevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='039f14e6af25085a579f3955c691798f7f41dce7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ccf2b', table='loans_amendmentletterevent', when='BEFORE')),
        ),
        migrations.RunSQL(AGREED + LETTER + BOUND + PAPER, PAPER_BEFORE + UNDO),
    ]
