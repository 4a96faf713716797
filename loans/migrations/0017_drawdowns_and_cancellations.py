"""
Drawdowns are tested again at their release; commitments are cancelled; applications name a pool of theirs.

* the order of a drawdown is released only with a test of it, written in the same transaction, and no
  test passes while the database itself knows what stands against the drawdown;
* a commitment is cancelled by the borrower's own people, as approved, or because its availability
  period is over; what is cancelled of a loan is the sum of that, is booked back to its pool, and is
  never what is being drawn;
* a margin change is of a loan whose rate floats, and says the new spread and nothing else;
* an application asks for money of a pool that is given for loans.
"""

from importlib import import_module

import django.db.models.deletion
import loans.rules.institution_states
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

BEFORE = import_module("loans.migrations.0003_guards_of_loans")
GUARD = BEFORE.LOAN[: BEFORE.LOAN.index("CREATE TRIGGER")]
AS_BEFORE = GUARD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
CHANGES = "ARRAY['state', 'disbursement_id', 'business_date']"
AS_NOW = (
    AS_BEFORE.replace(CHANGES, "ARRAY['state', 'disbursement_id', 'business_date', 'cancelled']")
    .replace("'committed>drawing',", "'committed>drawing', 'committed>cancelled',")
    .replace("NEW.state <> 'committed' OR NOT EXISTS", "NEW.state <> 'committed' OR NEW.cancelled <> 0 OR NOT EXISTS")
    .replace(
        "       OR NEW.business_date < OLD.business_date\n",
        """       OR NEW.business_date < OLD.business_date
       OR (NEW.cancelled <> OLD.cancelled AND (OLD.state <> 'committed' OR NEW.cancelled <>
           (SELECT coalesce(sum(amount), 0) FROM loans_cancellation
             WHERE loan_id = NEW.id AND state = 'booked')))
""",
    )
)
WANTED = """
CREATE FUNCTION loans_loan_wanted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_cancellation WHERE loan_id = NEW.id AND state = 'proposed') THEN
        RAISE EXCEPTION 'loan %: a cancellation of it waits', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_wanted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_wanted BEFORE UPDATE ON loans_loan
    FOR EACH ROW WHEN (OLD.state = 'committed' AND NEW.state = 'drawing')
    EXECUTE FUNCTION loans_loan_wanted();
"""
NOT_WANTED = """
DROP TRIGGER loans_loan_wanted ON loans_loan;
DROP FUNCTION loans_loan_wanted();
"""
CANCELLATION = """
CREATE FUNCTION loans_cancellation_fault(c loans_cancellation) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = c.loan_id);
    document controls_document := (SELECT d FROM controls_document d WHERE d.id = c.document_id);
BEGIN
    IF loan.state <> 'committed' OR c.amount > loan.amount - loan.cancelled THEN
        RETURN 'is of no more than what is committed and not being drawn';
    END IF;
    IF document.id IS NOT NULL AND ((document.area, document.subject, document.kind)
           IS DISTINCT FROM ('loans', loan.number, 'commitment.cancellation')
           OR document.withdrawn_at IS NOT NULL) THEN
        RETURN 'is shown by no paper about its loan';
    END IF;
    IF c.side = 'lapse' THEN
        IF c.amount <> loan.amount - loan.cancelled OR NOT EXISTS (
               SELECT FROM loans_termsheet t
                WHERE t.loan_id = loan.id AND t.state = 'accepted'
                  AND t.terms_digest = loan.terms_digest
                  AND (t.accepted_at AT TIME ZONE 'UTC')::date
                      + (loan.terms #>> '{availability,days}')::int <= c."on" + 1) THEN
            RETURN 'is of no commitment whose availability period is over';
        END IF;
    ELSIF c.effect_digest = '' THEN
        IF NOT loans_acts_for(c.asked_by_id, loan.institution_id) THEN
            RETURN 'was asked for by nobody who acts for the borrower';
        END IF;
    ELSIF c.side = 'borrower' AND document.id IS NULL THEN
        RETURN 'is shown by no paper about its loan';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION loans_cancellation_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        problem := CASE WHEN NEW.state <> 'proposed' THEN 'is born proposed'
                        ELSE loans_cancellation_fault(NEW) END;
    ELSIF to_jsonb(NEW) - ARRAY['state', 'booked_on'] IS DISTINCT FROM
          to_jsonb(OLD) - ARRAY['state', 'booked_on']
          OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
                  'proposed>booked', 'proposed>withdrawn'])) THEN
        problem := 'stays as it was asked for; it is booked or withdrawn once';
    ELSIF NEW.state = 'booked' THEN
        problem := loans_cancellation_fault(OLD);
        IF problem IS NULL AND NEW.booked_on < NEW."on" THEN
            problem := 'takes effect on its day';
        END IF;
        IF problem IS NULL AND NEW.effect_digest <> '' AND NOT controls_is_approved_as(
               'loan.cancellation', NEW.number, NEW.effect_digest, (
                   SELECT jsonb_build_object(
                          'number', NEW.number, 'loan', l.number, 'pool', l.pool_id,
                          'side', NEW.side, 'amount', NEW.amount,
                          'committed', l.amount - l.cancelled, 'reason', NEW.reason,
                          'document', coalesce(d.number, ''),
                          'document_digest', coalesce(d.content_id, ''))
                     FROM loans_loan l LEFT JOIN controls_document d ON d.id = NEW.document_id
                    WHERE l.id = NEW.loan_id)) THEN
            problem := 'is booked only as it was approved';
        END IF;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'cancellation % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_cancellation_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_cancellation_guard BEFORE INSERT OR UPDATE ON loans_cancellation
    FOR EACH ROW EXECUTE FUNCTION loans_cancellation_guard();
CREATE TRIGGER loans_cancellation_stays BEFORE DELETE OR TRUNCATE ON loans_cancellation
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_cancellation FROM together_app;
-- At the end of its transaction: the loan has less, and its pool more.
CREATE FUNCTION loans_cancellation_booked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT cancelled FROM loans_loan WHERE id = NEW.loan_id) IS DISTINCT FROM
       (SELECT sum(amount) FROM loans_cancellation
         WHERE loan_id = NEW.loan_id AND state = 'booked')
       OR NOT EXISTS (
           SELECT FROM ledger_entry e
             JOIN loans_loan n ON n.id = NEW.loan_id
             JOIN treasury_pool p ON p.code = n.pool_id
            WHERE e.key = 'cancellation:' || NEW.number AND e.kind = 'LOAN_CANCELLED'
              AND e.happened_on = NEW.booked_on
              AND (SELECT array_agg((a.code || ':' || a.subject || ':' || a.asset || ':'
                                     || l.amount) ORDER BY a.code)
                     FROM ledger_line l JOIN ledger_account a ON a.id = l.account_id
                    WHERE l.entry_id = e.id) = ARRAY[
                      'fund.available:' || p.code || ':' || p.asset || ':' || -NEW.amount,
                      'fund.committed:' || n.number || ':' || p.asset || ':' || NEW.amount]) THEN
        RAISE EXCEPTION 'cancellation % is not in the books and the loan as it says', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_cancellation_booked';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loans_cancellation_booked AFTER UPDATE ON loans_cancellation
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'booked') EXECUTE FUNCTION loans_cancellation_booked();
"""
NO_CANCELLATION = """
DROP TRIGGER loans_cancellation_booked ON loans_cancellation;
DROP TRIGGER loans_cancellation_guard ON loans_cancellation;
DROP TRIGGER loans_cancellation_stays ON loans_cancellation;
GRANT DELETE ON loans_cancellation TO together_app;
DROP FUNCTION loans_cancellation_booked();
DROP FUNCTION loans_cancellation_guard();
DROP FUNCTION loans_cancellation_fault(loans_cancellation);
"""
# What the database knows of a drawdown. What rests on reckoning stays with the operation: shared
# limits, what the accounts recommend.
TESTED = """
CREATE FUNCTION loans_drawdown_stop(loan loans_loan, p_at timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    today date := (p_at AT TIME ZONE 'UTC')::date;
    borrower loans_institution := (
        SELECT i FROM loans_institution i WHERE i.id = loan.institution_id);
BEGIN
    IF EXISTS (SELECT FROM loans_cancellation WHERE loan_id = loan.id AND state = 'proposed') THEN
        RETURN 'a cancellation of it waits';
    ELSIF NOT EXISTS (SELECT FROM loans_verification
                       WHERE institution_id = borrower.id AND state = 'in_force'
                         AND verified_on <= today AND expires_on > today) THEN
        RETURN 'its institution is not verified';
    ELSIF EXISTS (SELECT FROM controls_hit WHERE area = 'loans' AND subject = borrower.number
                     AND state IN ('open', 'confirmed')) THEN
        RETURN 'a hit of its institution is not cleared';
    ELSIF EXISTS (SELECT FROM loans_covenanttest t JOIN loans_loan l ON l.id = t.loan_id
                   WHERE l.institution_id = borrower.id AND l.state IN ('active', 'written_off')
                     AND t.state IN ('overdue', 'breached', 'defaulted')) THEN
        RETURN 'a covenant of its borrower is broken';
    ELSIF EXISTS (SELECT FROM loans_condition
                   WHERE application_id = loan.application_id AND state = 'open') THEN
        RETURN 'a condition precedent is open';
    ELSIF NOT EXISTS (
            SELECT FROM loans_termsheet t
             WHERE t.loan_id = loan.id AND t.state = 'accepted'
               AND t.terms_digest = loan.terms_digest
               AND (jsonb_typeof(loan.terms -> 'availability') IS DISTINCT FROM 'object'
                    OR (t.accepted_at AT TIME ZONE 'UTC')::date
                       + (loan.terms #>> '{availability,days}')::int > today)) THEN
        RETURN 'no term sheet of its terms was accepted, or its availability period is over';
    ELSIF jsonb_typeof(loan.terms -> 'secured') = 'object' AND NOT loans_is_covered(
            loan.application_id, loan.amount - loan.cancelled, p_at, true) THEN
        RETURN 'it is secured and not covered';
    ELSIF borrower."limit" < (
            SELECT sum(CASE WHEN l.state IN ('committed', 'drawing') THEN l.amount - l.cancelled
                            ELSE coalesce(a.balance, 0) END)
              FROM loans_loan l
              JOIN treasury_pool p ON p.code = l.pool_id
              LEFT JOIN ledger_account a ON a.code = 'loan.principal'
                                        AND a.subject = l.number AND a.asset = p.asset
             WHERE l.institution_id = borrower.id
               AND p.asset = (SELECT asset FROM treasury_pool WHERE code = loan.pool_id)) THEN
        RETURN 'more is promised to its institution than its limit';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION loans_drawdowntest_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = NEW.loan_id);
    problem text := loans_drawdown_stop(loan, NEW.tested_at);
BEGIN
    IF problem IS NULL AND (loan.state <> 'drawing' OR NOT EXISTS (
           SELECT FROM treasury_disbursement d
            WHERE d.id = NEW.disbursement_id AND d.id = loan.disbursement_id
              AND d.kind = 'drawdown' AND d.state = 'prepared' AND d.total = NEW.amount
              AND NEW.amount = loan.amount - loan.cancelled
              AND NEW.tested_at >= d.prepared_at)) THEN
        problem := 'it does not wait for this order';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'loan % is not drawn: %', loan.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_drawdowntest_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_drawdowntest_guard BEFORE INSERT ON loans_drawdowntest
    FOR EACH ROW EXECUTE FUNCTION loans_drawdowntest_guard();
CREATE TRIGGER loans_drawdowntest_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_drawdowntest
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_drawdowntest FROM together_app;
-- A test is of the moment: none is kept for a release to come.
CREATE FUNCTION loans_drawdowntest_releases() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM treasury_disbursement
                    WHERE id = NEW.disbursement_id AND state = 'released') THEN
        RAISE EXCEPTION 'a drawdown was tested and not released'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_drawdowntest_releases';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loans_drawdowntest_releases AFTER INSERT ON loans_drawdowntest
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION loans_drawdowntest_releases();
CREATE FUNCTION loans_drawdown_tested() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (TG_OP = 'INSERT' AND NOT NEW.is_tested)
       OR (TG_OP = 'UPDATE' AND NEW.state = 'released' AND OLD.state <> 'released'
           AND NOT EXISTS (SELECT FROM loans_drawdowntest WHERE disbursement_id = NEW.id)) THEN
        RAISE EXCEPTION 'drawdown % is released only where its loan is tested again', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_drawdown_tested';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_drawdown_tested BEFORE INSERT OR UPDATE ON treasury_disbursement
    FOR EACH ROW WHEN (NEW.kind = 'drawdown') EXECUTE FUNCTION loans_drawdown_tested();
"""
NOT_TESTED = """
DROP TRIGGER loans_drawdown_tested ON treasury_disbursement;
DROP TRIGGER loans_drawdowntest_releases ON loans_drawdowntest;
DROP TRIGGER loans_drawdowntest_guard ON loans_drawdowntest;
DROP TRIGGER loans_drawdowntest_append_only ON loans_drawdowntest;
GRANT UPDATE, DELETE ON loans_drawdowntest TO together_app;
DROP FUNCTION loans_drawdown_tested();
DROP FUNCTION loans_drawdowntest_releases();
DROP FUNCTION loans_drawdowntest_guard();
DROP FUNCTION loans_drawdown_stop(loans_loan, timestamptz);
"""
BORN = """
CREATE OR REPLACE FUNCTION loans_application_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'submitted'{of_its_pool} THEN
        RAISE EXCEPTION 'application % is born %', NEW.number, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_born';
    END IF;
    RETURN NEW;
END $$;
"""
OF_LOANS = """
       OR NOT EXISTS (SELECT FROM treasury_pool WHERE code = NEW.pool_id AND given_for = 'loans')"""
MARGIN = """
CREATE FUNCTION loans_event_is_margin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.amount IS NOT NULL OR NEW.line_id IS NOT NULL OR NEW.target_id IS NOT NULL
       OR NEW.further - 'spread' <> '{}'
       OR jsonb_typeof(NEW.further -> 'spread') IS DISTINCT FROM 'string'
       OR NEW.further ->> 'spread' !~ '^-?[01]([.][0-9]{1,12})?$'
       OR abs((NEW.further ->> 'spread')::numeric) > 1
       OR NOT EXISTS (SELECT FROM loans_loan WHERE id = NEW.loan_id
                         AND jsonb_typeof(terms -> 'floating') = 'object') THEN
        RAISE EXCEPTION 'event % of loan %: this is no spread of a rate that floats',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_margin';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_event_is_margin BEFORE INSERT ON loans_event
    FOR EACH ROW WHEN (NEW.type = 'margin_change') EXECUTE FUNCTION loans_event_is_margin();
"""
NO_MARGIN = """
DROP TRIGGER loans_event_is_margin ON loans_event;
DROP FUNCTION loans_event_is_margin();
"""
# What is there already: pools that loans were asked of lend, and a drawdown that waits is tested.
WHAT_IS_THERE = """
ALTER TABLE treasury_pool DISABLE TRIGGER treasury_pool_guard;
UPDATE treasury_pool p SET given_for = 'loans'
 WHERE given_for = '' AND EXISTS (SELECT FROM loans_application a WHERE a.pool_id = p.code);
ALTER TABLE treasury_pool ENABLE TRIGGER treasury_pool_guard;
ALTER TABLE treasury_disbursement DISABLE TRIGGER treasury_disbursement_guard;
UPDATE treasury_disbursement SET is_tested = true WHERE kind = 'drawdown' AND state = 'prepared';
ALTER TABLE treasury_disbursement ENABLE TRIGGER treasury_disbursement_guard;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0008_stages_of_cancellations'),
        ('loans', '0016_amendment_letters'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0006_programmes_and_tests'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Cancellation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('side', models.CharField(choices=[('borrower', 'by the borrower'), ('lender', 'by the lender'), ('lapse', 'by the end of its availability period')], max_length=10)),
                ('amount', models.BigIntegerField()),
                ('on', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.CancellationState['PROPOSED'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('booked_on', models.DateField(null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='CancellationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('side', models.CharField(choices=[('borrower', 'by the borrower'), ('lender', 'by the lender'), ('lapse', 'by the end of its availability period')], max_length=10)),
                ('amount', models.BigIntegerField()),
                ('on', models.DateField()),
                ('reason', models.CharField(max_length=200)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=loans.rules.institution_states.CancellationState['PROPOSED'], max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('booked_on', models.DateField(null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='DrawdownTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount', models.BigIntegerField()),
                ('found', models.JSONField()),
                ('tested_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='loan',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='loan',
            name='update_update',
        ),
        migrations.AddField(
            model_name='loan',
            name='cancelled',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='loanevent',
            name='cancelled',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='loan',
            name='state',
            field=models.CharField(choices=[('committed', 'committed'), ('drawing', 'drawing'), ('active', 'active'), ('closed', 'closed'), ('written_off', 'written_off'), ('cancelled', 'cancelled')], default=loans.rules.states.LoanState['COMMITTED'], max_length=12),
        ),
        migrations.AlterField(
            model_name='loanevent',
            name='state',
            field=models.CharField(choices=[('committed', 'committed'), ('drawing', 'drawing'), ('active', 'active'), ('closed', 'closed'), ('written_off', 'written_off'), ('cancelled', 'cancelled')], default=loans.rules.states.LoanState['COMMITTED'], max_length=12),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='loan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_loanevent" ("amount", "application_id", "approved_at", "cancelled", "disbursement_id", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "state", "terms", "terms_digest") VALUES (NEW."amount", NEW."application_id", NEW."approved_at", NEW."cancelled", NEW."disbursement_id", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."state", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='39cb047a5d2a3aa1f1f015299b5415b4dab5133e', operation='INSERT', pgid='pgtrigger_insert_insert_893ce', table='loans_loan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='loan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."application_id" IS DISTINCT FROM (NEW."application_id") OR OLD."approved_at" IS DISTINCT FROM (NEW."approved_at") OR OLD."cancelled" IS DISTINCT FROM (NEW."cancelled") OR OLD."disbursement_id" IS DISTINCT FROM (NEW."disbursement_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."institution_id" IS DISTINCT FROM (NEW."institution_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."pool_id" IS DISTINCT FROM (NEW."pool_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."terms" IS DISTINCT FROM (NEW."terms") OR OLD."terms_digest" IS DISTINCT FROM (NEW."terms_digest"))', func='INSERT INTO "loans_loanevent" ("amount", "application_id", "approved_at", "cancelled", "disbursement_id", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "state", "terms", "terms_digest") VALUES (NEW."amount", NEW."application_id", NEW."approved_at", NEW."cancelled", NEW."disbursement_id", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pool_id", NEW."state", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='594b6a083d1a27f6484c6158133bfe675775d7ca', operation='UPDATE', pgid='pgtrigger_update_update_0c1fa', table='loans_loan', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='loan',
            constraint=models.CheckConstraint(condition=models.Q(('cancelled__gte', 0), models.Q(models.Q(('cancelled', models.F('amount')), ('state', 'cancelled')), models.Q(models.Q(('state', 'cancelled'), _negated=True), ('cancelled__lt', models.F('amount'))), _connector='OR')), name='loans_cancelled_within_amount'),
        ),
        migrations.AddField(
            model_name='cancellation',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cancellation',
            name='document',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='cancellation',
            name='loan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cancellations', to='loans.loan'),
        ),
        migrations.AddField(
            model_name='cancellationevent',
            name='asked_by',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cancellationevent',
            name='document',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.document'),
        ),
        migrations.AddField(
            model_name='cancellationevent',
            name='loan',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.loan'),
        ),
        migrations.AddField(
            model_name='cancellationevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='cancellationevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.cancellation'),
        ),
        migrations.AddField(
            model_name='drawdowntest',
            name='disbursement',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='drawdown_test', to='treasury.disbursement'),
        ),
        migrations.AddField(
            model_name='drawdowntest',
            name='loan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drawdown_tests', to='loans.loan'),
        ),
        migrations.AddField(
            model_name='drawdowntest',
            name='tested_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='cancellation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='loans_cancellation_positive'),
        ),
        migrations.AddConstraint(
            model_name='cancellation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('booked_on__isnull', False), ('state', 'booked')), models.Q(models.Q(('state', 'booked'), _negated=True), ('booked_on', None)), _connector='OR'), name='loans_cancellation_booked_together'),
        ),
        migrations.AddConstraint(
            model_name='cancellation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_by', None), ('effect_digest', ''), ('side', 'lapse')), models.Q(('side', 'borrower'), ('asked_by__isnull', False)), models.Q(('side', 'lender'), ('asked_by__isnull', False), models.Q(('effect_digest', ''), _negated=True)), _connector='OR'), name='loans_cancellation_of_a_side'),
        ),
        migrations.AddConstraint(
            model_name='cancellation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('loan',), name='loans_one_cancellation_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cancellation',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_cancellationevent" ("amount", "asked_at", "asked_by_id", "booked_on", "document_id", "effect_digest", "id", "loan_id", "number", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "side", "state") VALUES (NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."booked_on", NEW."document_id", NEW."effect_digest", NEW."id", NEW."loan_id", NEW."number", NEW."on", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."side", NEW."state"); RETURN NULL;', hash='0c59473019f62e09c41189caa8a6e21c224aed7e', operation='INSERT', pgid='pgtrigger_insert_insert_9fc07', table='loans_cancellation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cancellation',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_cancellationevent" ("amount", "asked_at", "asked_by_id", "booked_on", "document_id", "effect_digest", "id", "loan_id", "number", "on", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "side", "state") VALUES (NEW."amount", NEW."asked_at", NEW."asked_by_id", NEW."booked_on", NEW."document_id", NEW."effect_digest", NEW."id", NEW."loan_id", NEW."number", NEW."on", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."side", NEW."state"); RETURN NULL;', hash='dfc4ab53e05c7862aeaa415d09ca78c9a6edbcfa', operation='UPDATE', pgid='pgtrigger_update_update_68a70', table='loans_cancellation', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cancellationevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='21c9474c784e68ffbb55e5217898017b956e065d', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_235e1', table='loans_cancellationevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='drawdowntest',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='loans_drawdown_test_positive'),
        ),
        migrations.RemoveConstraint(
            model_name='adjustment',
            name='loans_adjustment_type_known',
        ),
        migrations.RemoveConstraint(
            model_name='event',
            name='loans_event_type_known',
        ),
        migrations.AlterField(
            model_name='adjustment',
            name='type',
            field=models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('margin_change', 'margin change'), ('rate_fixed', 'rate fixing'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20),
        ),
        migrations.AlterField(
            model_name='adjustmentevent',
            name='type',
            field=models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('margin_change', 'margin change'), ('rate_fixed', 'rate fixing'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 'margin_change', 'rate_fixed', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_adjustment_type_known'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('drawdown', 'commitment_fee', 'charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 'margin_change', 'rate_fixed', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_event_type_known'),
        ),
        migrations.RunSQL(AS_NOW, AS_BEFORE),
        migrations.RunSQL(WANTED, NOT_WANTED),
        migrations.RunSQL(CANCELLATION, NO_CANCELLATION),
        migrations.RunSQL(TESTED, NOT_TESTED),
        migrations.RunSQL(BORN.format(of_its_pool=OF_LOANS), BORN.format(of_its_pool="")),
        migrations.RunSQL(MARGIN, NO_MARGIN),
        migrations.RunSQL(WHAT_IS_THERE, migrations.RunSQL.noop),
    ]
