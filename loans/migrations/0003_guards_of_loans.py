"""What the database itself holds of loans, their events and their projections."""

from django.db import migrations

# What several guards ask.
SHARED = """
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
CREATE FUNCTION loans_rounded(numerator bigint, denominator bigint, mode text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sign(numerator)::bigint * (abs(numerator) / denominator + CASE mode
        WHEN 'half_even' THEN CASE
            WHEN 2 * (abs(numerator) % denominator) > denominator THEN 1
            WHEN 2 * (abs(numerator) % denominator) = denominator
                THEN (abs(numerator) / denominator) % 2
            ELSE 0 END
        WHEN 'half_up' THEN (2 * (abs(numerator) % denominator) >= denominator)::int
        WHEN 'up' THEN (abs(numerator) % denominator > 0)::int
        WHEN 'down' THEN 0 END)
$$;
"""
ADJUSTMENT = """
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
REVOKE DELETE ON loans_adjustment FROM together_app;
"""
EVENT = """
CREATE FUNCTION loans_event_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.sequence <> 1 + coalesce((SELECT max(sequence) FROM loans_event
                                      WHERE loan_id = NEW.loan_id), 0) THEN
        RAISE EXCEPTION 'event % does not follow the last one of its loan', NEW.sequence
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_follows';
    END IF;
    RETURN NEW;
END $$;
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
CREATE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_money boolean := NEW.type IN ('repayment', 'merchant_refund', 'payout_refund', 'recovery');
BEGIN
    -- Two loans that take the same line at once wait for each other here.
    PERFORM FROM treasury_statementline WHERE id = NEW.line_id FOR UPDATE;
    IF (is_money OR NEW.line_id IS NOT NULL) AND (NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
             JOIN treasury_cashaccount c ON c.code = s.account_id
             JOIN treasury_pool p ON p.code = l.pool_id AND p.asset = c.asset
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
CREATE TRIGGER loans_event_follows BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_follows();
CREATE TRIGGER loans_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_event
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER loans_event_is_received BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_is_received();
CREATE TRIGGER loans_event_is_agreed BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_is_agreed();
CREATE TRIGGER loans_event_points_back BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_points_back();
REVOKE UPDATE, DELETE ON loans_event FROM together_app;
"""
LOAN = """
CREATE FUNCTION loans_loan_guard() RETURNS trigger
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
CREATE TRIGGER loans_loan_guard BEFORE INSERT OR UPDATE ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_guard();
CREATE TRIGGER loans_loan_stays BEFORE DELETE OR TRUNCATE ON loans_loan
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_loan FROM together_app;
"""
PROJECTION = """
CREATE FUNCTION loans_projection_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    events int := (SELECT max(sequence) FROM loans_event WHERE loan_id = NEW.loan_id);
    n int := cardinality(NEW.days);
BEGIN
    IF NEW.events IS DISTINCT FROM events
       OR (TG_OP = 'UPDATE' AND NEW.loan_id <> OLD.loan_id) THEN
        RAISE EXCEPTION 'projection of loan %: of % events, there are %',
                        NEW.loan_id, NEW.events, events
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_projection_guard';
    END IF;
    IF n = 0 OR NOT n = ALL (ARRAY[cardinality(NEW.bases), cardinality(NEW.numerators),
                                   cardinality(NEW.slopes), cardinality(NEW.denominators)])
       OR NEW.unit <= 0 OR NOT 0 < ALL (NEW.denominators) OR NEW.until <= NEW.days[n]
       OR NEW.rounding NOT IN ('half_even', 'half_up', 'up', 'down')
       OR EXISTS (SELECT FROM generate_series(2, n) AS k WHERE NEW.days[k] <= NEW.days[k - 1]) THEN
        RAISE EXCEPTION 'projection of loan %: its segments are not in order', NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_projection_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_projection_guard BEFORE INSERT OR UPDATE ON loans_projection
    FOR EACH ROW EXECUTE FUNCTION loans_projection_guard();
"""
UNDO = """
DROP TRIGGER loans_adjustment_guard ON loans_adjustment;
DROP TRIGGER loans_adjustment_stays ON loans_adjustment;
GRANT DELETE ON loans_adjustment TO together_app;
DROP TRIGGER loans_event_follows ON loans_event;
DROP TRIGGER loans_event_append_only ON loans_event;
DROP TRIGGER loans_event_is_received ON loans_event;
DROP TRIGGER loans_event_is_agreed ON loans_event;
DROP TRIGGER loans_event_points_back ON loans_event;
GRANT UPDATE, DELETE ON loans_event TO together_app;
DROP TRIGGER loans_loan_guard ON loans_loan;
DROP TRIGGER loans_loan_stays ON loans_loan;
GRANT DELETE ON loans_loan TO together_app;
DROP TRIGGER loans_projection_guard ON loans_projection;
DROP FUNCTION loans_rounded(bigint,bigint,text);
DROP FUNCTION loans_projection_guard();
DROP FUNCTION loans_loan_guard();
DROP FUNCTION loans_is_written_off(bigint);
DROP FUNCTION loans_event_points_back();
DROP FUNCTION loans_event_is_received();
DROP FUNCTION loans_event_is_agreed();
DROP FUNCTION loans_event_follows();
DROP FUNCTION loans_adjustment_guard();
"""


class Migration(migrations.Migration):

    replaces = [('loans', '0022_margin_calls')]

    dependencies = [
        ('loans', '0002_first_rows'),
        ('treasury', '0004_guards_of_statements'),
        ('controls', '0003_guards_of_controls'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                ADJUSTMENT,
                EVENT,
                LOAN,
                PROJECTION,
            )),
            UNDO,
        ),
    ]
