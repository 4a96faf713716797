"""
Covenant tests: each covenant of a drawn loan at each end of a period; certificates; examinations.

* born due, of a period that ended, of a covenant of a loan that lives; then along its table;
* kept, cured or breached only as the newest examination found; overdue or defaulted only when its
  day is over and no certificate waits for an officer; waived only as approved, fact by fact;
* a certificate is its borrower's, signed by who signs for it; never edited or deleted;
* examined by an officer who did not file it, on accounts of just that period; the outcome is what
  the exact figure makes of the bound;
* no loan leaves *committed* while a covenant of its borrower is broken.
"""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from loans.rules.states import COVENANT_TEST_MOVES

MOVES = ", ".join(
    sorted(f"'{old}>{new}'" for old, all_new in COVENANT_TEST_MOVES.items() for new in all_new)
)
GUARDS = """
-- Whether the newest certificate of a test was filed by a day and waits for somebody to look at it.
CREATE FUNCTION loans_certificate_waits(p_test bigint, p_by date) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM loans_certificate c JOIN controls_document d ON d.id = c.document_id
         WHERE c.id = (SELECT max(id) FROM loans_certificate WHERE test_id = p_test)
           AND (c.filed_at AT TIME ZONE 'UTC')::date <= p_by AND d.withdrawn_at IS NULL
           AND NOT EXISTS (SELECT FROM loans_examination e WHERE e.certificate_id = c.id))
$$;

CREATE FUNCTION loans_covenanttest_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'due' OR NEW.since_at <> NEW.opened_at OR NOT EXISTS (
        SELECT FROM loans_covenant c
          JOIN loans_loan l ON l.application_id = c.application_id
          JOIN loans_event e ON e.loan_id = l.id AND e.type = 'drawdown' AND e.sequence = 1
         WHERE c.id = NEW.covenant_id AND l.id = NEW.loan_id AND c.state = 'agreed'
           AND l.state = 'active' AND e."on" < NEW.period_ends_on
           AND extract(day FROM NEW.period_ends_on + 1) = 1
           AND extract(month FROM NEW.period_ends_on)::int %% c.every_months = 0
           AND NEW.period_ends_on <= (NEW.opened_at AT TIME ZONE 'UTC')::date
           AND NEW.due_on = NEW.period_ends_on + c.due_days) THEN
        RAISE EXCEPTION 'test %% is of no period of a covenant of a drawn loan', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_covenanttest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_covenanttest_born BEFORE INSERT ON loans_covenanttest
    FOR EACH ROW EXECUTE FUNCTION loans_covenanttest_born();

CREATE FUNCTION loans_covenanttest_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'since_at', 'cure_until', 'waiver_digest', 'waived_for'];
    moved date := (NEW.since_at AT TIME ZONE 'UTC')::date;
    days integer := (SELECT cure_days FROM loans_covenant WHERE id = NEW.covenant_id);
    outcome text;
    filed date;
    problem text;
BEGIN
    SELECT e.outcome, (c.filed_at AT TIME ZONE 'UTC')::date INTO outcome, filed
      FROM loans_examination e JOIN loans_certificate c ON c.id = e.certificate_id
     WHERE c.test_id = NEW.id ORDER BY e.id DESC LIMIT 1;
    IF to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said
       OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s]))
       OR NEW.since_at < OLD.since_at THEN
        problem := 'is ' || OLD.state || ' and may not change so to ' || NEW.state;
    ELSIF NEW.cure_until IS DISTINCT FROM (CASE
        WHEN NEW.state = 'overdue' THEN OLD.due_on + days
        WHEN NEW.state = 'breached' AND OLD.state <> 'overdue' THEN moved + days
        ELSE OLD.cure_until END) THEN
        problem := 'has another cure period';
    ELSIF NEW.state IN ('kept', 'cured') THEN
        IF outcome IS DISTINCT FROM 'kept' OR (NEW.state = 'kept' AND filed > OLD.due_on) THEN
            problem := 'was not shown to be kept';
        END IF;
    ELSIF NEW.state = 'breached' THEN
        IF outcome IS DISTINCT FROM 'breached' THEN
            problem := 'was not shown to be breached';
        END IF;
    ELSIF NEW.state IN ('overdue', 'defaulted') THEN
        IF moved <= coalesce(OLD.cure_until, OLD.due_on)
           OR loans_certificate_waits(NEW.id, coalesce(OLD.cure_until, OLD.due_on)) THEN
            problem := 'has time, or a certificate that nobody looked at';
        END IF;
    ELSIF NEW.state = 'waived' AND NOT controls_is_approved_as(
        'covenant.waiver', NEW.number, NEW.waiver_digest, jsonb_build_object(
            'number', NEW.number, 'period_ends_on', to_char(NEW.period_ends_on, 'YYYY-MM-DD'),
            'loan', (SELECT number FROM loans_loan WHERE id = NEW.loan_id),
            'covenant', (SELECT number FROM loans_covenant WHERE id = NEW.covenant_id),
            'state', OLD.state, 'reason', NEW.waived_for)) THEN
        problem := 'is not waived as approved';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'test %% %%', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_covenanttest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_covenanttest_guard BEFORE UPDATE ON loans_covenanttest
    FOR EACH ROW EXECUTE FUNCTION loans_covenanttest_guard();
CREATE TRIGGER loans_covenanttest_stays BEFORE DELETE OR TRUNCATE
    ON loans_covenanttest FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_certificate_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    test loans_covenanttest := (SELECT t FROM loans_covenanttest t WHERE t.id = NEW.test_id);
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = test.loan_id);
    borrower text := (SELECT number FROM loans_institution WHERE id = loan.institution_id);
BEGIN
    IF test.state = 'waived' OR loan.state NOT IN ('active', 'written_off')
       OR NEW.signed_on NOT BETWEEN test.period_ends_on AND (NEW.filed_at AT TIME ZONE 'UTC')::date
       OR NOT EXISTS (
           SELECT FROM controls_document
            WHERE id = NEW.document_id AND area = 'loans' AND kind = 'certificate'
              AND subject = loan.number AND withdrawn_at IS NULL)
       OR NOT EXISTS (
           SELECT FROM loans_contact
            WHERE id = NEW.signed_by_contact_id AND institution_id = loan.institution_id
              AND capacity IN ('authorised_signatory', 'finance')
              AND starts_on <= NEW.signed_on AND (ended_on IS NULL OR ended_on > NEW.signed_on)
            UNION ALL
           SELECT FROM controls_rolegrant
            WHERE person_id = NEW.signed_by_person_id AND scope = borrower
              AND role IN ('institution_admin', 'institution_manager') AND revoked_at IS NULL)
       OR NOT EXISTS (
           SELECT FROM controls_rolegrant
            WHERE person_id = NEW.filed_by_id AND revoked_at IS NULL
              AND (role = 'loan_officer' OR scope = borrower
                   AND role IN ('institution_admin', 'institution_manager'))) THEN
        RAISE EXCEPTION 'certificate %% is not of its borrower for this period', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_certificate';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_certificate_guard BEFORE INSERT ON loans_certificate
    FOR EACH ROW EXECUTE FUNCTION loans_certificate_guard();
CREATE TRIGGER loans_certificate_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_certificate FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

-- What a figure makes of a bound: two whole numbers, so that nothing is rounded.
CREATE FUNCTION loans_covenant_outcome(p_figure text, p_bound text, p_is_least boolean)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_figure = 'unbounded' THEN CASE WHEN p_is_least THEN 'kept' ELSE 'breached' END
        WHEN p_figure !~ '^-?[0-9]+/[1-9][0-9]*$' THEN NULL
        WHEN CASE WHEN p_is_least
            THEN split_part(p_figure, '/', 1)::numeric
                 >= p_bound::numeric * split_part(p_figure, '/', 2)::numeric
            ELSE split_part(p_figure, '/', 1)::numeric
                 <= p_bound::numeric * split_part(p_figure, '/', 2)::numeric END
        THEN 'kept' ELSE 'breached' END
$$;
CREATE FUNCTION loans_examination_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given loans_certificate := (
        SELECT c FROM loans_certificate c WHERE c.id = NEW.certificate_id);
    test loans_covenanttest := (SELECT t FROM loans_covenanttest t WHERE t.id = given.test_id);
    kept loans_covenant := (SELECT c FROM loans_covenant c WHERE c.id = test.covenant_id);
    problem text;
BEGIN
    IF test.state = 'waived' OR NEW.examined_at < given.filed_at
       OR given.id <> (SELECT max(id) FROM loans_certificate WHERE test_id = test.id)
       OR EXISTS (SELECT FROM controls_document
                   WHERE id = given.document_id AND withdrawn_at IS NOT NULL) THEN
        problem := 'it does not count';
    ELSIF NEW.examined_by_id = given.filed_by_id OR NOT EXISTS (
        SELECT FROM controls_rolegrant
         WHERE person_id = NEW.examined_by_id AND scope = '' AND revoked_at IS NULL
           AND role IN ('loan_officer', 'credit_checker', 'committee')) THEN
        problem := 'an officer who did not file it examines it';
    ELSIF kept.kind = 'information' THEN
        IF NEW.spread_id IS NOT NULL OR NEW.figure <> '' OR NEW.outcome = 'breached' THEN
            problem := 'what is delivered has no figure';
        END IF;
    ELSIF NOT EXISTS (
        SELECT FROM loans_spread s JOIN loans_loan l ON l.institution_id = s.institution_id
         WHERE s.id = NEW.spread_id AND l.id = test.loan_id AND s.ends_on = test.period_ends_on
           AND NOT EXISTS (SELECT FROM loans_spread r WHERE r.replaces_id = s.id)) THEN
        problem := 'its accounts are not those of the period';
    ELSIF NEW.outcome <> 'not known' AND NEW.outcome IS DISTINCT FROM
          loans_covenant_outcome(NEW.figure, kept.bound, kept.is_least) THEN
        problem := 'its outcome is not what its figure makes of the bound';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'certificate %%: %%', given.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_examination';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_examination_guard BEFORE INSERT ON loans_examination
    FOR EACH ROW EXECUTE FUNCTION loans_examination_guard();
CREATE TRIGGER loans_examination_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_examination FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_loan_covenants() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_covenanttest t JOIN loans_loan l ON l.id = t.loan_id
                WHERE l.institution_id = NEW.institution_id
                  AND l.state IN ('active', 'written_off')
                  AND t.state IN ('overdue', 'breached', 'defaulted')) THEN
        RAISE EXCEPTION 'loan %%: a covenant of its borrower is broken', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_covenants';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_covenants BEFORE UPDATE ON loans_loan FOR EACH ROW
    WHEN (OLD.state = 'committed' AND NEW.state = 'drawing')
    EXECUTE FUNCTION loans_loan_covenants();
REVOKE DELETE, TRUNCATE ON loans_covenanttest FROM together_app;
REVOKE UPDATE, DELETE, TRUNCATE ON loans_certificate, loans_examination FROM together_app;
""" % {"moves": MOVES}
NO_GUARDS = """
DROP TRIGGER loans_loan_covenants ON loans_loan;
DROP FUNCTION loans_loan_covenants();
DROP TRIGGER loans_examination_append_only ON loans_examination;
DROP TRIGGER loans_examination_guard ON loans_examination;
DROP FUNCTION loans_examination_guard();
DROP FUNCTION loans_covenant_outcome(text, text, boolean);
DROP TRIGGER loans_certificate_append_only ON loans_certificate;
DROP TRIGGER loans_certificate_guard ON loans_certificate;
DROP FUNCTION loans_certificate_guard();
DROP TRIGGER loans_covenanttest_stays ON loans_covenanttest;
DROP TRIGGER loans_covenanttest_guard ON loans_covenanttest;
DROP FUNCTION loans_covenanttest_guard();
DROP TRIGGER loans_covenanttest_born ON loans_covenanttest;
DROP FUNCTION loans_covenanttest_born();
DROP FUNCTION loans_certificate_waits(bigint, date);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0005_stages_of_covenant_waivers'),
        ('loans', '0007_impairments'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CovenantTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('period_ends_on', models.DateField()),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('due', 'due'), ('overdue', 'overdue'), ('breached', 'breached'), ('defaulted', 'defaulted'), ('kept', 'kept'), ('cured', 'cured'), ('waived', 'waived')], default=loans.rules.states.CovenantTestState['DUE'], max_length=10)),
                ('since_at', models.DateTimeField()),
                ('cure_until', models.DateField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('waiver_digest', models.CharField(blank=True, max_length=64)),
                ('waived_for', models.CharField(blank=True, max_length=400)),
                ('covenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tests', to='loans.covenant')),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='covenant_tests', to='loans.loan')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Certificate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('signed_on', models.DateField()),
                ('filed_at', models.DateTimeField()),
                ('document', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document')),
                ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('signed_by_contact', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.contact')),
                ('signed_by_person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('test', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='certificates', to='loans.covenanttest')),
            ],
            options={
                'verbose_name': 'compliance certificate',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CovenantTestEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('period_ends_on', models.DateField()),
                ('due_on', models.DateField()),
                ('state', models.CharField(choices=[('due', 'due'), ('overdue', 'overdue'), ('breached', 'breached'), ('defaulted', 'defaulted'), ('kept', 'kept'), ('cured', 'cured'), ('waived', 'waived')], default=loans.rules.states.CovenantTestState['DUE'], max_length=10)),
                ('since_at', models.DateTimeField()),
                ('cure_until', models.DateField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('waiver_digest', models.CharField(blank=True, max_length=64)),
                ('waived_for', models.CharField(blank=True, max_length=400)),
                ('covenant', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.covenant')),
                ('loan', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.loan')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.covenanttest')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Examination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('figure', models.CharField(blank=True, max_length=200)),
                ('outcome', models.CharField(choices=[('kept', 'kept'), ('breached', 'breached'), ('not known', 'not known')], max_length=10)),
                ('why', models.CharField(blank=True, max_length=800)),
                ('examined_at', models.DateTimeField()),
                ('certificate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='examinations', to='loans.certificate')),
                ('examined_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('spread', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.spread')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='covenanttest',
            index=models.Index(condition=models.Q(('state__in', ['due', 'overdue', 'breached', 'defaulted'])), fields=['state', 'due_on'], name='loans_covenanttest_open'),
        ),
        migrations.AddConstraint(
            model_name='covenanttest',
            constraint=models.UniqueConstraint(fields=('covenant', 'period_ends_on'), name='loans_covenanttest_once'),
        ),
        migrations.AddConstraint(
            model_name='covenanttest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cure_until', None), ('state__in', ['due', 'kept'])), models.Q(models.Q(('state__in', ['due', 'kept']), _negated=True), ('cure_until__isnull', False)), _connector='OR'), name='loans_covenanttest_cure'),
        ),
        migrations.AddConstraint(
            model_name='covenanttest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'waived'), models.Q(('waiver_digest', ''), _negated=True), models.Q(('waived_for', ''), _negated=True)), models.Q(models.Q(('state', 'waived'), _negated=True), ('waived_for', ''), ('waiver_digest', '')), _connector='OR'), name='loans_covenanttest_waived_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenanttest',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_covenanttestevent" ("covenant_id", "cure_until", "due_on", "id", "loan_id", "number", "opened_at", "period_ends_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since_at", "state", "waived_for", "waiver_digest") VALUES (NEW."covenant_id", NEW."cure_until", NEW."due_on", NEW."id", NEW."loan_id", NEW."number", NEW."opened_at", NEW."period_ends_on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."since_at", NEW."state", NEW."waived_for", NEW."waiver_digest"); RETURN NULL;', hash='ae2df7de75d57f0171fbf773d503f6b967266937', operation='INSERT', pgid='pgtrigger_insert_insert_a32a9', table='loans_covenanttest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenanttest',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_covenanttestevent" ("covenant_id", "cure_until", "due_on", "id", "loan_id", "number", "opened_at", "period_ends_on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since_at", "state", "waived_for", "waiver_digest") VALUES (NEW."covenant_id", NEW."cure_until", NEW."due_on", NEW."id", NEW."loan_id", NEW."number", NEW."opened_at", NEW."period_ends_on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."since_at", NEW."state", NEW."waived_for", NEW."waiver_digest"); RETURN NULL;', hash='4c60ef85d19f8d41064730239148f4021ec7a563', operation='UPDATE', pgid='pgtrigger_update_update_7cf52', table='loans_covenanttest', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='certificate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('signed_by_contact', None), ('signed_by_person__isnull', False)), models.Q(('signed_by_contact__isnull', False), ('signed_by_person', None)), _connector='OR'), name='loans_certificate_one_signatory'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covenanttestevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1a3e323bc014eb3c63515b83770b6201be006668', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_13660', table='loans_covenanttestevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='examination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'not known'), models.Q(('why', ''), _negated=True)), models.Q(models.Q(('outcome', 'not known'), _negated=True), ('why', '')), _connector='OR'), name='loans_examination_says_why'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
