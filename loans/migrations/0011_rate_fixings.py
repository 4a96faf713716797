"""
Rate fixings: events of floating loans that the system writes from what is observed.

* a fixing says an observation of the loan's own rate that no correction supersedes, its day and its
  value, and nothing else; without an adjustment it is of no closed day;
* a day is fixed once; a correction takes the place of one fixing of the same day, and is approved;
  a fixing is never reversed.
"""

from django.conf import settings
from django.db import migrations, models

FIXINGS = """
CREATE OR REPLACE FUNCTION loans_event_is_agreed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.adjustment_id IS NULL THEN
        -- Of a fixing, loans_event_is_fixed says what it may say.
        IF NEW.target_id IS NOT NULL OR (NEW.further <> '{}' AND NEW.type <> 'rate_fixed')
           OR NOT (NEW.type = 'drawdown'
           OR (NEW.type IN ('repayment', 'recovery', 'rate_fixed') AND NOT EXISTS (
                   SELECT FROM loans_loan WHERE id = NEW.loan_id AND business_date > NEW."on")))
        THEN
            RAISE EXCEPTION 'event % of loan %: a % of % needs an approved adjustment',
                            NEW.sequence, NEW.loan_id, NEW.type, NEW."on"
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_agreed';
        END IF;
    ELSIF NOT EXISTS (
            SELECT FROM loans_adjustment a JOIN controls_approval p ON p.id = a.approval_id
             WHERE a.id = NEW.adjustment_id AND a.state = 'proposed'
               AND a.event_count = NEW.sequence - 1
               AND (a.loan_id, a.type, a."on", a.further)
                 = (NEW.loan_id, NEW.type, NEW."on", NEW.further)
               AND (a.amount, a.target_id, a.line_id)
                   IS NOT DISTINCT FROM (NEW.amount, NEW.target_id, NEW.line_id)
               AND controls_is_approved(p.kind, p.subject, p.effect_digest)) THEN
        RAISE EXCEPTION 'event % of loan %: its adjustment is another one, or not approved',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION loans_event_points_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    pointed loans_event;
BEGIN
    SELECT * INTO pointed FROM loans_event WHERE id = NEW.target_id;
    IF (NEW.type = 'reversal' AND NEW.target_id IS NULL)
       OR (NEW.target_id IS NOT NULL AND (
               NEW.type NOT IN ('reversal', 'chargeback', 'rate_fixed')
               OR pointed.loan_id <> NEW.loan_id OR pointed.sequence >= NEW.sequence))
       OR (NEW.type = 'rate_fixed' AND NEW.target_id IS NOT NULL
           AND (pointed.type, pointed."on") IS DISTINCT FROM (NEW.type, NEW."on"))
       OR (NEW.type = 'reversal' AND (pointed.type IN ('drawdown', 'rate_fixed') OR EXISTS (
               SELECT FROM loans_event WHERE id = pointed.target_id AND line_id IS NOT NULL
                                         AND pointed.type = 'reversal'))) THEN
        RAISE EXCEPTION 'event % of loan %: it points at no event that it may point at',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_points_back';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_event_is_fixed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text := NEW.further ->> 'value';
BEGIN
    IF NEW.type <> 'rate_fixed' THEN
        RETURN NEW;
    END IF;
    IF NEW.amount IS NOT NULL OR NEW.line_id IS NOT NULL
       OR NEW.further - ARRAY['index', 'fixing_on', 'value', 'observation', 'fallback'] <> '{}'
       OR jsonb_typeof(NEW.further -> 'value') IS DISTINCT FROM 'string'
       OR said !~ '^-?[0-9]{1,19}([.][0-9]{1,12})?$'
       OR NOT EXISTS (
            SELECT FROM loans_loan l
              JOIN loans_instrument i ON i.code = l.terms -> 'floating' ->> 'index'
              JOIN loans_observation o ON o.instrument_id = i.code
             WHERE l.id = NEW.loan_id AND i.kind = 'fixing'
               AND to_jsonb(i.code) = NEW.further -> 'index'
               AND to_jsonb(o.id) = NEW.further -> 'observation'
               AND said::numeric * 10::numeric ^ i.scale = o.value
               AND (o.observed_at AT TIME ZONE 'UTC')::date::text = NEW.further ->> 'fixing_on'
               AND (o.observed_at AT TIME ZONE 'UTC')::date <= NEW."on"
               AND NOT EXISTS (SELECT FROM loans_observation c WHERE c.supersedes_id = o.id)
               AND EXISTS (SELECT FROM loans_instrumentpolicy p WHERE p.instrument_id = i.code))
    THEN
        RAISE EXCEPTION 'event % of loan %: this is not observed of the rate that it follows',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_event_is_fixed BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_is_fixed();
"""
AS_BEFORE = """
DROP TRIGGER loans_event_is_fixed ON loans_event;
DROP FUNCTION loans_event_is_fixed();
CREATE OR REPLACE FUNCTION loans_event_points_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    pointed loans_event;
BEGIN
    SELECT * INTO pointed FROM loans_event WHERE id = NEW.target_id;
    IF (NEW.type = 'reversal' AND NEW.target_id IS NULL)
       OR (NEW.target_id IS NOT NULL AND (
               NEW.type NOT IN ('reversal', 'chargeback')
               OR pointed.loan_id <> NEW.loan_id OR pointed.sequence >= NEW.sequence))
       OR (NEW.type = 'reversal' AND (pointed.type = 'drawdown' OR EXISTS (
               SELECT FROM loans_event WHERE id = pointed.target_id AND line_id IS NOT NULL
                                         AND pointed.type = 'reversal'))) THEN
        RAISE EXCEPTION 'event % of loan %: it points at no event that it may point at',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_points_back';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION loans_event_is_agreed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.adjustment_id IS NULL THEN
        IF NEW.target_id IS NOT NULL OR NEW.further <> '{}' OR NOT (NEW.type = 'drawdown'
           OR (NEW.type IN ('repayment', 'recovery') AND NOT EXISTS (
                   SELECT FROM loans_loan WHERE id = NEW.loan_id AND business_date > NEW."on")))
        THEN
            RAISE EXCEPTION 'event % of loan %: a % of % needs an approved adjustment',
                            NEW.sequence, NEW.loan_id, NEW.type, NEW."on"
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_agreed';
        END IF;
    ELSIF NOT EXISTS (
            SELECT FROM loans_adjustment a JOIN controls_approval p ON p.id = a.approval_id
             WHERE a.id = NEW.adjustment_id AND a.state = 'proposed'
               AND a.event_count = NEW.sequence - 1
               AND (a.loan_id, a.type, a."on", a.further)
                 = (NEW.loan_id, NEW.type, NEW."on", NEW.further)
               AND (a.amount, a.target_id, a.line_id)
                   IS NOT DISTINCT FROM (NEW.amount, NEW.target_id, NEW.line_id)
               AND controls_is_approved(p.kind, p.subject, p.effect_digest)) THEN
        RAISE EXCEPTION 'event % of loan %: its adjustment is another one, or not approved',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_agreed';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0005_stages_of_covenant_waivers'),
        ('loans', '0010_confidential_applications'),
        ('treasury', '0004_guards_of_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            field=models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('rate_fixed', 'rate fixing'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20),
        ),
        migrations.AlterField(
            model_name='adjustmentevent',
            name='type',
            field=models.CharField(choices=[('charge', 'charge'), ('charge_waiver', 'charge waiver'), ('accrual_waiver', 'accrual waiver'), ('goodwill_credit', 'goodwill credit'), ('interest_waiver', 'interest waiver'), ('repayment', 'repayment'), ('merchant_refund', 'merchant refund'), ('payout_refund', 'payout refund'), ('recovery', 'recovery'), ('refund', 'refund'), ('chargeback', 'chargeback'), ('rate_change', 'rate change'), ('extend', 'extend'), ('move_due_date', 'move due date'), ('rate_fixed', 'rate fixing'), ('re_age', 're-age'), ('charge_off', 'charge off'), ('write_off', 'write off'), ('reversal', 'reversal')], max_length=20),
        ),
        migrations.AddIndex(
            model_name='loan',
            index=models.Index(condition=models.Q(('terms__has_key', 'floating')), fields=['number'], name='loans_floating'),
        ),
        migrations.AddConstraint(
            model_name='adjustment',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 'rate_fixed', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_adjustment_type_known'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('drawdown', 'charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 'rate_fixed', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_event_type_known'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(condition=models.Q(('target', None), ('type', 'rate_fixed')), fields=('loan', 'on'), name='loans_event_fixed_once'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.UniqueConstraint(condition=models.Q(('type', 'rate_fixed')), fields=('target',), name='loans_event_corrected_once'),
        ),
        migrations.RunSQL(FIXINGS, AS_BEFORE),
    ]
