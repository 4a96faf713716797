"""
A loan's life is changed under four eyes.

* an adjustment is born with a request for approval of exactly its facts; it never changes but by
  being booked, once its event is recorded, or withdrawn;
* an event that the system did not write by itself (a drawdown, or a receipt of a day that is not
  closed yet) is the event of an approved adjustment, recorded on the events that it was computed
  on;
* an event points at an earlier one of the same loan; a drawdown is never reversed, nor is the
  reversal of a receipt;
* money that came in is on one loan at a time: its line is free again once its event is reversed;
* a loan is written off while a write-off counts among its events, and not longer.
"""

from django.db import migrations

ADJUSTMENTS = """
CREATE FUNCTION loans_adjustment_guard() RETURNS trigger
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
CREATE TRIGGER loans_adjustment_guard BEFORE INSERT OR UPDATE ON loans_adjustment
    FOR EACH ROW EXECUTE FUNCTION loans_adjustment_guard();
CREATE TRIGGER loans_adjustment_stays BEFORE DELETE OR TRUNCATE ON loans_adjustment
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_adjustment FROM together_app;
"""

EVENTS = """
CREATE FUNCTION loans_event_is_agreed() RETURNS trigger
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
CREATE TRIGGER loans_event_is_agreed BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_is_agreed();

CREATE FUNCTION loans_event_points_back() RETURNS trigger
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
CREATE TRIGGER loans_event_points_back BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_points_back();

CREATE OR REPLACE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_money boolean := NEW.type IN ('repayment', 'merchant_refund', 'payout_refund', 'recovery');
BEGIN
    -- Two loans that take the same line at once wait for each other here.
    PERFORM FROM treasury_statementline WHERE id = NEW.line_id FOR UPDATE;
    IF (is_money OR NEW.line_id IS NOT NULL) AND (NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
            WHERE s.id = NEW.line_id AND is_money AND s.is_receipt
              AND s.pool_id = l.pool_id AND s.amount = NEW.amount
              AND (s.booked_at AT TIME ZONE 'UTC')::date = NEW."on")
        OR EXISTS (
           SELECT FROM loans_event e WHERE e.line_id = NEW.line_id AND NOT EXISTS (
                  SELECT FROM loans_event r WHERE r.type = 'reversal' AND r.target_id = e.id)))
    THEN
        RAISE EXCEPTION 'event % of loan %: no receipt of this amount and day came in, or it is on'
                        ' a loan already', NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_received';
    END IF;
    RETURN NEW;
END $$;
"""

LOANS = """
CREATE OR REPLACE FUNCTION loans_loan_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    was_given_up boolean := TG_OP = 'UPDATE' AND NEW.disbursement_id IS NULL
        AND NEW.state = 'committed' AND EXISTS (
            SELECT FROM treasury_disbursement d
             WHERE d.id = OLD.disbursement_id AND d.state = 'withdrawn');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'committed' OR NOT EXISTS (
               SELECT FROM controls_approval a JOIN loans_application p ON p.number = a.subject
                WHERE a.kind = 'loan.approval' AND p.id = NEW.application_id
                  AND a.effect_text::jsonb ->> 'terms_digest' = NEW.terms_digest
                  AND (a.effect_text::jsonb ->> 'amount')::bigint = NEW.amount
                  AND controls_is_approved(a.kind, a.subject, a.effect_digest)) THEN
            RAISE EXCEPTION 'loan %: these terms are not approved', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'disbursement_id', 'business_date']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'disbursement_id', 'business_date'])
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'committed>drawing', 'drawing>active', 'drawing>committed', 'active>closed',
               'closed>active', 'active>written_off', 'written_off>active'])))
       OR NEW.business_date < OLD.business_date
       OR (OLD.disbursement_id IS NOT NULL
           AND NEW.disbursement_id IS DISTINCT FROM OLD.disbursement_id AND NOT was_given_up)
       OR (OLD.state = 'drawing' AND NEW.state = 'committed' AND NOT was_given_up)
       OR (NEW.state <> OLD.state AND 'written_off' IN (NEW.state, OLD.state)
           AND (NEW.state = 'written_off') <> loans_is_written_off(NEW.id)) THEN
        RAISE EXCEPTION 'loan %: terms stay, states follow their table, days go forward', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_guard';
    END IF;
    RETURN NEW;
END $$;
"""

# A reversal may be reversed itself: what an odd number of them undoes does not count.
WRITTEN_OFF = """
CREATE FUNCTION loans_is_written_off(p_loan bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE chain AS (
        SELECT id AS first, id, 0 AS reversals FROM loans_event
         WHERE loan_id = p_loan AND type = 'write_off'
        UNION ALL
        SELECT c.first, r.id, c.reversals + 1 FROM chain c JOIN loans_event r
            ON r.target_id = c.id AND r.type = 'reversal')
    SELECT EXISTS (SELECT FROM chain GROUP BY first HAVING max(reversals) % 2 = 0)
$$;
"""

UNDO_LOANS = LOANS.replace(
    """ 'active>closed',
               'closed>active', 'active>written_off', 'written_off>active'])))""",
    " 'active>closed'])))",
).replace(
    """ AND NOT was_given_up)
       OR (NEW.state <> OLD.state AND 'written_off' IN (NEW.state, OLD.state)
           AND (NEW.state = 'written_off') <> loans_is_written_off(NEW.id)) THEN""",
    " AND NOT was_given_up) THEN",
)

UNDO = (
    UNDO_LOANS
    + """
DROP FUNCTION loans_is_written_off(bigint);
CREATE OR REPLACE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.type = 'repayment' OR NEW.line_id IS NOT NULL) AND NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
            WHERE s.id = NEW.line_id AND NEW.type = 'repayment' AND s.is_receipt
              AND s.pool_id = l.pool_id AND s.amount = NEW.amount
              AND (s.booked_at AT TIME ZONE 'UTC')::date = NEW."on") THEN
        RAISE EXCEPTION 'event % of loan %: no receipt of this amount and day came in',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_received';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER loans_event_points_back ON loans_event;
DROP FUNCTION loans_event_points_back();
DROP TRIGGER loans_event_is_agreed ON loans_event;
DROP FUNCTION loans_event_is_agreed();
GRANT DELETE ON loans_adjustment TO together_app;
DROP TRIGGER loans_adjustment_stays ON loans_adjustment;
DROP TRIGGER loans_adjustment_guard ON loans_adjustment;
DROP FUNCTION loans_adjustment_guard();
"""
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0006_adjustments")]
    operations = [migrations.RunSQL(ADJUSTMENTS + EVENTS + WRITTEN_OFF + LOANS, UNDO)]
