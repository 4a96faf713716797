"""
Amendments and commitments: what is shown is what approval is asked for; a fee follows its drawdown.

* the lines of an adjustment's entry, and what an amendment is worth in present value, are those of
  the effect;
* the fee of a commitment is the second event of its loan, of the day of the drawdown, and no more
  than the accepted terms can come to.
"""

from django.db import migrations, models

SHOWN = """
CREATE OR REPLACE FUNCTION loans_adjustment_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
               SELECT FROM controls_approval p, loans_loan l
                WHERE p.id = NEW.approval_id AND l.id = NEW.loan_id
                  AND (p.kind, p.subject, p.requested_by_id)
                    = ('loan.adjustment', NEW.number, NEW.proposed_by_id)
                  AND p.effect_text::jsonb @> jsonb_build_object(
                        'loan', l.number, 'type', NEW.type, 'date', NEW."on"::text,
                        'amount', NEW.amount, 'further', NEW.further, 'reason', NEW.reason,
                        'target', (SELECT sequence FROM loans_event WHERE id = NEW.target_id),
                        'line', (SELECT entry_id FROM treasury_statementline
                                  WHERE id = NEW.line_id),
                        'events', NEW.event_count, 'as_of', NEW.as_of::text)
                  AND p.effect_text::jsonb -> 'further' = NEW.further
                  AND p.effect_text::jsonb -> 'entry' = NEW.difference -> 'entry'
                  AND p.effect_text::jsonb -> 'modification'
                      IS NOT DISTINCT FROM NEW.difference -> 'modification') THEN
            RAISE EXCEPTION 'adjustment %: this is not what approval is asked for', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'ended_by_id', 'ended_at']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'ended_by_id', 'ended_at'])
       OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'proposed>booked', 'proposed>withdrawn']))
       OR (NEW.state = 'booked') <> EXISTS (SELECT FROM loans_event WHERE adjustment_id = OLD.id)
    THEN
        RAISE EXCEPTION 'adjustment %: it ends once, booked with its event or withdrawn', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
    END IF;
    RETURN NEW;
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION loans_adjustment_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
               SELECT FROM controls_approval p, loans_loan l
                WHERE p.id = NEW.approval_id AND l.id = NEW.loan_id
                  AND (p.kind, p.subject, p.requested_by_id)
                    = ('loan.adjustment', NEW.number, NEW.proposed_by_id)
                  AND p.effect_text::jsonb @> jsonb_build_object(
                        'loan', l.number, 'type', NEW.type, 'date', NEW."on"::text,
                        'amount', NEW.amount, 'further', NEW.further, 'reason', NEW.reason,
                        'target', (SELECT sequence FROM loans_event WHERE id = NEW.target_id),
                        'line', (SELECT entry_id FROM treasury_statementline
                                  WHERE id = NEW.line_id),
                        'events', NEW.event_count, 'as_of', NEW.as_of::text)
                  AND p.effect_text::jsonb -> 'further' = NEW.further) THEN
            RAISE EXCEPTION 'adjustment %: this is not what approval is asked for', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'ended_by_id', 'ended_at']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'ended_by_id', 'ended_at'])
       OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'proposed>booked', 'proposed>withdrawn']))
       OR (NEW.state = 'booked') <> EXISTS (SELECT FROM loans_event WHERE adjustment_id = OLD.id)
    THEN
        RAISE EXCEPTION 'adjustment %: it ends once, booked with its event or withdrawn', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
    END IF;
    RETURN NEW;
END $$;
"""

FEE = """
CREATE FUNCTION loans_most_fee(p_loan bigint, p_on date) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Four days and a cent more than by the clock: day counts and rounding differ by less.
    SELECT ceil(l.amount * CASE WHEN said.rate ~ '^[0-9]{1,2}([.][0-9]{1,18})?$'
                                THEN said.rate::numeric ELSE 0 END
           * (least((said.agreed ->> 'days')::int,
                    p_on - (t.accepted_at AT TIME ZONE 'UTC')::date) + 4) / 360 + 10000)::bigint
      FROM loans_loan l
      JOIN loans_event d ON d.loan_id = l.id AND d.sequence = 1 AND d.type = 'drawdown'
                        AND d."on" = p_on
      JOIN loans_termsheet t ON t.loan_id = l.id AND t.state = 'accepted'
                            AND t.terms_digest = l.terms_digest
     CROSS JOIN LATERAL (SELECT l.terms -> 'availability' AS agreed,
                                l.terms -> 'availability' ->> 'fee_rate' AS rate) AS said
     WHERE l.id = p_loan AND said.rate IS NOT NULL
$$;
CREATE OR REPLACE FUNCTION loans_event_is_agreed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- The fee of a commitment follows its drawdown, and is no more than its terms can come to.
    IF NEW.type = 'commitment_fee' AND NEW.adjustment_id IS NULL AND NEW.target_id IS NULL
       AND NEW.further = '{}' AND NEW.sequence = 2
       AND NEW.amount <= loans_most_fee(NEW.loan_id, NEW."on")
    THEN
        RETURN NEW;
    END IF;
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
"""
NO_FEE = """
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
DROP FUNCTION loans_most_fee(bigint, date);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0011_rate_fixings'),
    ]

    operations = [
        migrations.RunSQL(SHOWN, AS_BEFORE),
        migrations.RemoveConstraint(
            model_name='event',
            name='loans_event_type_known',
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ('drawdown', 'commitment_fee', 'charge', 'charge_waiver', 'accrual_waiver', 'goodwill_credit', 'interest_waiver', 'repayment', 'merchant_refund', 'payout_refund', 'recovery', 'refund', 'chargeback', 'rate_change', 'extend', 'move_due_date', 'rate_fixed', 're_age', 'charge_off', 'write_off', 'reversal'))), name='loans_event_type_known'),
        ),
        migrations.RunSQL(FEE, NO_FEE),
    ]
