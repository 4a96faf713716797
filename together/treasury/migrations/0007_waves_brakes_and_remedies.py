"""Orders leave in waves, are stopped where a cent is not explained, and what failed is decided."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import together.treasury.models.destinations
import together.treasury.rules.states

# What was prepared before is one wave each, released by whom the trail names.
FILL = """
ALTER TABLE treasury_batch DISABLE TRIGGER USER;
INSERT INTO treasury_wave (disbursement_id, number, count, total, released_by_id, released_at)
SELECT d.id, 1, d.count, d.total,
       CASE WHEN d.released_at IS NOT NULL THEN coalesce(
            (SELECT a.by_id FROM controls_auditrecord a
              WHERE a.what = 'disbursement.released' AND a.subject = d.number
              ORDER BY a.id LIMIT 1), d.prepared_by_id) END, d.released_at
  FROM treasury_disbursement d ORDER BY d.id;
UPDATE treasury_batch b SET wave_id = w.id FROM treasury_wave w
 WHERE w.disbursement_id = b.disbursement_id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE treasury_batch ENABLE TRIGGER USER;
"""
EMPTY = """
ALTER TABLE treasury_batch DISABLE TRIGGER USER;
UPDATE treasury_batch SET wave_id = NULL;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE treasury_batch ENABLE TRIGGER USER;
"""
# Where each wave stands: payments by what they wait for; what the rail took and what it did not,
# what the books hold for both, and what statements tell. Money of a refused payment that a remedy
# moved on is in its allotment no more.
STANDING = """
CREATE FUNCTION treasury_moved_on(p_instruction bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM treasury_remedy r
         WHERE r.instruction_id = p_instruction AND r.state = 'booked'
           AND (r.way = 'give_back' OR EXISTS (
                SELECT FROM treasury_disbursement d
                 WHERE d.kind = 'payment.again' AND d.subject = r.number
                   AND d.state = 'released')))
$$;
CREATE FUNCTION treasury_waves_of(p_disbursement bigint) RETURNS TABLE (
    wave bigint, number smallint, released_at timestamptz, waiting bigint, under_way bigint,
    quarantined bigint, undecided bigint, refused bigint, returned bigint, settled bigint,
    taken bigint, untaken bigint, allotted bigint, clearing bigint, stated bigint,
    last_at timestamptz)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH b AS MATERIALIZED (
        SELECT t.id, t.number, t.wave_id, t.released_at FROM treasury_batch t
         WHERE t.disbursement_id = p_disbursement),
    i AS (
        SELECT b.wave_id,
               count(*) FILTER (WHERE n.state = 'ready') AS waiting,
               count(*) FILTER (WHERE n.state IN ('sending', 'unknown')) AS under_way,
               count(*) FILTER (WHERE n.state = 'quarantined') AS quarantined,
               count(*) FILTER (WHERE CASE WHEN n.state = 'refused' THEN NOT EXISTS (
                   SELECT FROM treasury_remedy r
                    WHERE r.instruction_id = n.id AND r.state = 'booked') END) AS undecided,
               count(*) FILTER (WHERE n.state = 'refused') AS refused,
               count(*) FILTER (WHERE n.state = 'returned') AS returned,
               count(*) FILTER (WHERE n.state = 'settled') AS settled,
               coalesce(sum(n.amount) FILTER (WHERE n.state IN ('settled', 'returned')), 0)::bigint
                   AS taken,
               coalesce(sum(n.amount) FILTER (
                   WHERE b.released_at IS NOT NULL AND n.state NOT IN ('settled', 'returned')
                     AND CASE WHEN n.state = 'refused' THEN NOT treasury_moved_on(n.id)
                              ELSE true END), 0)::bigint AS untaken,
               max(n.settled_at) AS last_at
          FROM b JOIN treasury_instruction n ON n.batch_id = b.id GROUP BY b.wave_id),
    k AS (
        SELECT b.wave_id,
               coalesce(-sum(a.balance) FILTER (WHERE a.code = 'allotment'), 0)::bigint
                   AS allotted,
               coalesce(-sum(a.balance) FILTER (WHERE a.code = 'clearing.out'), 0)::bigint
                   AS clearing
          FROM b JOIN ledger_account a ON a.subject = b.number
           AND a.code IN ('allotment', 'clearing.out') GROUP BY b.wave_id),
    m AS (
        SELECT b.wave_id, -sum(m.amount)::bigint AS stated
          FROM b JOIN treasury_instruction n ON n.batch_id = b.id
          JOIN treasury_match m ON m.instruction_id = n.id AND m.kind = 'payment'
         WHERE b.released_at IS NOT NULL GROUP BY b.wave_id)
    SELECT w.id, w.number, w.released_at, i.waiting, i.under_way, i.quarantined, i.undecided,
           i.refused, i.returned, i.settled, i.taken, i.untaken, coalesce(k.allotted, 0),
           coalesce(k.clearing, 0), coalesce(m.stated, 0), i.last_at
      FROM treasury_wave w
      JOIN i ON i.wave_id = w.id
      LEFT JOIN k ON k.wave_id = w.id
      LEFT JOIN m ON m.wave_id = w.id
     WHERE w.disbursement_id = p_disbursement ORDER BY w.number
$$;
-- Payments and returns on statements since a moment that nothing explains. Not among them: a payment
-- of ours whose answer is awaited, and lines of a file that is being matched.
CREATE FUNCTION treasury_strays(p_account text, p_since timestamptz) RETURNS TABLE (line bigint, amount bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT l.id, abs(l.amount)
      FROM treasury_openline o
      JOIN treasury_statementline l ON l.id = o.line_id
      JOIN treasury_statement s ON s.id = l.statement_id
      LEFT JOIN treasury_statementfile f ON f.id = s.file_id
     WHERE o.account_id = p_account AND l.type IN ('payment', 'return')
       AND l.booked_at >= p_since - interval '1 day'
       AND coalesce(f.state, 'booked') NOT IN ('stored', 'matching')
       AND NOT (l.type = 'payment' AND EXISTS (
            SELECT FROM treasury_instruction i
              JOIN treasury_batch b ON b.id = i.batch_id
              JOIN treasury_disbursement d ON d.id = b.disbursement_id
             WHERE i.reference = l.reference AND i.amount = -l.amount
               AND d.account_id = p_account
               AND (i.state IN ('sending', 'unknown', 'quarantined')
                    OR i.state = 'settled' AND l.reason LIKE 'the instruction is %')
               AND NOT EXISTS (SELECT FROM treasury_match m
                                WHERE m.instruction_id = i.id AND m.kind = 'payment'
                                GROUP BY m.instruction_id HAVING sum(m.amount) <> 0))
            AND NOT EXISTS (
            SELECT FROM treasury_openline v JOIN treasury_statementline t ON t.id = v.line_id
             WHERE v.account_id = p_account AND t.id <> l.id AND t.type = l.type
               AND t.reference = l.reference))
$$;
-- Where money of a disbursement is not what it should be: what, as expected, as found.
CREATE FUNCTION treasury_unexplained(p_disbursement bigint)
RETURNS TABLE (what text, expected bigint, found bigint)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH w AS MATERIALIZED (SELECT * FROM treasury_waves_of(p_disbursement))
    SELECT format('wave %s: allotments in the books = payments not taken', number), untaken,
           allotted FROM w WHERE untaken <> allotted
     UNION ALL
    SELECT format('wave %s: in clearing in the books = taken, on no statement yet', number),
           taken - stated, clearing FROM w WHERE taken - stated <> clearing
     UNION ALL
    SELECT 'lines of the account that no payment explains', 0, sum(s.amount)::bigint
      FROM treasury_disbursement d CROSS JOIN LATERAL treasury_strays(d.account_id, d.released_at) AS s
     WHERE d.id = p_disbursement HAVING count(*) > 0
$$;
-- Why a wave cannot be released now, in words; nothing if it can.
CREATE FUNCTION treasury_wave_obstacle(p_disbursement bigint, p_number int) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    one record;
    awaits boolean;
BEGIN
    SELECT reason INTO one FROM treasury_brake
     WHERE disbursement_id = p_disbursement AND resumed_at IS NULL;
    IF FOUND THEN
        RETURN 'it is stopped: ' || one.reason;
    END IF;
    IF NOT EXISTS (SELECT FROM treasury_wave
                    WHERE disbursement_id = p_disbursement AND number < p_number) THEN
        RETURN NULL;
    END IF;
    SELECT p.awaits_statement INTO awaits FROM treasury_disbursement d
      JOIN treasury_cashaccount a ON a.code = d.account_id
      LEFT JOIN treasury_railpolicy p ON p.kind = a.kind
     WHERE d.id = p_disbursement;
    FOR one IN SELECT * FROM treasury_waves_of(p_disbursement) WHERE number < p_number LOOP
        IF one.released_at IS NULL THEN
            RETURN format('wave %s is not released', one.number);
        ELSIF one.waiting + one.under_way > 0 THEN
            RETURN format('wave %s: %s payments are not answered yet', one.number,
                          one.waiting + one.under_way);
        ELSIF one.quarantined > 0 THEN
            RETURN format('wave %s: %s payments are in quarantine', one.number,
                          one.quarantined);
        ELSIF one.undecided > 0 THEN
            RETURN format('wave %s: of %s refused payments nobody decided what becomes of them',
                          one.number, one.undecided);
        ELSIF coalesce(awaits, true) AND one.stated <> one.taken THEN
            RETURN format('wave %s: what left of it is not on statements yet', one.number);
        END IF;
    END LOOP;
    SELECT * INTO one FROM treasury_unexplained(p_disbursement) LIMIT 1;
    IF FOUND THEN
        RETURN format('not explained: %s: expected %s, found %s', one.what, one.expected,
                      one.found);
    END IF;
    RETURN NULL;
END $$;
-- What the account that a disbursement is funded from lacks for all that is not released yet.
CREATE FUNCTION treasury_source_lacks(p_disbursement bigint) RETURNS bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT greatest(0, (SELECT coalesce(sum(w.total), 0) FROM treasury_wave w
                         WHERE w.disbursement_id = d.id AND w.released_at IS NULL)
                       - coalesce((SELECT -a.balance FROM ledger_account a
                                    WHERE a.code = d.source_code AND a.subject = d.source_subject
                                      AND a.asset = k.asset), 0))::bigint
      FROM treasury_disbursement d JOIN treasury_cashaccount k ON k.code = d.account_id
     WHERE d.id = p_disbursement
$$;
-- The disbursements of an order and of what was paid again for it.
CREATE FUNCTION treasury_orders_of(p_kind text, p_subject text) RETURNS SETOF bigint
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT d.id FROM treasury_disbursement d
     WHERE d.kind = p_kind AND d.subject = p_subject AND d.state <> 'withdrawn'
     UNION ALL
    SELECT g.id FROM treasury_disbursement d
      JOIN treasury_remedy r ON r.origin_id = d.id
      JOIN treasury_disbursement g ON g.kind = 'payment.again' AND g.subject = r.number
     WHERE d.kind = p_kind AND d.subject = p_subject AND g.state <> 'withdrawn'
$$;
"""
WAVE = """
CREATE FUNCTION treasury_wave_fault(w treasury_wave, fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'wave % of disbursement %: %', w.number,
          (SELECT number FROM treasury_disbursement WHERE id = w.disbursement_id), fault
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_wave_guard';
END $$;
CREATE FUNCTION treasury_wave_planned(w treasury_wave) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    d treasury_disbursement;
    p treasury_railpolicy;
    promised bigint;
BEGIN
    SELECT * INTO d FROM treasury_disbursement WHERE id = w.disbursement_id;
    SELECT t.* INTO p FROM treasury_railpolicy t JOIN treasury_cashaccount a ON a.kind = t.kind
     WHERE a.code = d.account_id;
    SELECT o.promised INTO promised FROM treasury_pool o WHERE o.code = d.pool_id;
    IF w.released_at IS NOT NULL OR d.state <> 'prepared' THEN
        RETURN 'waves are planned before anything is released';
    ELSIF w.number <= coalesce((SELECT max(number) FROM treasury_wave
                                 WHERE disbursement_id = d.id), 0)
          OR (w.number = 1) IS DISTINCT FROM NOT EXISTS (
              SELECT FROM treasury_wave WHERE disbursement_id = d.id)
          OR w.number > cardinality(p.wave_shares) + 1 THEN
        RETURN 'waves follow one another, the canary first';
    ELSIF d.count = 1 THEN
        RETURN CASE WHEN (w.count, w.total) = (1, d.total) THEN NULL
                    ELSE 'a single payment is one wave' END;
    ELSIF w.number = 1 AND w.count > p.canary_payees THEN
        RETURN format('a canary has at most %s payees', p.canary_payees);
    ELSIF w.number <= cardinality(p.wave_shares)
          AND w.total::numeric * 10000 > promised::numeric * p.wave_shares[w.number] THEN
        RETURN format('it holds more than %s of 10,000 of the pool', p.wave_shares[w.number]);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_wave_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    d treasury_disbursement;
    fault text;
BEGIN
    SELECT * INTO d FROM treasury_disbursement WHERE id = NEW.disbursement_id FOR NO KEY UPDATE;
    IF TG_OP = 'INSERT' THEN
        fault := treasury_wave_planned(NEW);
    ELSIF (to_jsonb(NEW) - ARRAY['released_at', 'released_by_id']) IS DISTINCT FROM
          (to_jsonb(OLD) - ARRAY['released_at', 'released_by_id'])
          OR OLD.released_at IS NOT NULL THEN
        fault := 'it only changes by its release';
    ELSIF d.state <> 'released'
          OR NOT controls_is_approved(d.approval_kind, d.number, d.effect_digest) THEN
        fault := 'its disbursement is not released under an approval';
    ELSIF EXISTS (SELECT FROM treasury_wave WHERE disbursement_id = d.id AND id <> NEW.id)
          AND NOT controls_is_approved_as(d.approval_kind, d.number, d.effect_digest,
              jsonb_build_object('waves', (SELECT jsonb_agg(
                  jsonb_build_array(number, count, total) ORDER BY number)
                  FROM treasury_wave WHERE disbursement_id = d.id))) THEN
        fault := 'it is not as it was approved';
    ELSIF (SELECT (sum(count), sum(total)) FROM treasury_batch WHERE wave_id = NEW.id)
          IS DISTINCT FROM (NEW.count::bigint, NEW.total::numeric) THEN
        fault := 'its batches are not what it says';
    ELSIF (SELECT (sum(count), sum(total)) FROM treasury_wave WHERE disbursement_id = d.id)
          IS DISTINCT FROM (d.count::bigint, d.total::numeric) THEN
        fault := 'the waves are not the whole';
    ELSIF treasury_source_lacks(d.id) > 0 THEN
        fault := format('%s %s does not hold what is left to be released', d.source_code,
                        d.source_subject);
    ELSE
        fault := treasury_wave_obstacle(d.id, NEW.number);
    END IF;
    IF fault IS NOT NULL THEN
        PERFORM treasury_wave_fault(NEW, fault);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_wave_guard BEFORE INSERT OR UPDATE ON treasury_wave
    FOR EACH ROW EXECUTE FUNCTION treasury_wave_guard();
CREATE TRIGGER treasury_wave_stays BEFORE DELETE OR TRUNCATE ON treasury_wave
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_wave FROM together_app;
"""
BRAKE = """
CREATE FUNCTION treasury_demand_no_brake(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM treasury_brake k JOIN treasury_batch b
                   ON b.disbursement_id = k.disbursement_id
                WHERE b.id = i.batch_id AND k.resumed_at IS NULL) THEN
        RAISE EXCEPTION 'instruction %: its disbursement is stopped', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_brake';
    END IF;
END $$;
-- Who lets it go on approves in the treasury, and neither stopped it nor released a wave of it.
CREATE FUNCTION treasury_may_resume(k treasury_brake) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM controls_rolegrant g
                    WHERE g.person_id = k.resumed_by_id AND g.role = 'treasury_approver'
                      AND g.revoked_at IS NULL)
       AND k.resumed_by_id IS DISTINCT FROM k.pulled_by_id
       AND NOT EXISTS (SELECT FROM treasury_wave w
                        WHERE w.disbursement_id = k.disbursement_id
                          AND w.released_by_id = k.resumed_by_id)
$$;
CREATE FUNCTION treasury_brake_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    living text[] := ARRAY['resumed_by_id', 'resumed_at', 'resumed_reason'];
    fault text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.resumed_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM treasury_disbursement
                 WHERE id = NEW.disbursement_id AND state = 'released') THEN
            fault := 'only what is released is stopped, and nothing is stopped and resumed at once';
        END IF;
    ELSIF (to_jsonb(NEW) - living) IS DISTINCT FROM (to_jsonb(OLD) - living)
          OR OLD.resumed_at IS NOT NULL THEN
        fault := 'it keeps why it was pulled, and who released it';
    ELSIF NOT treasury_may_resume(NEW) THEN
        fault := 'who resumes approves in the treasury and neither pulled it nor released a wave';
    ELSIF EXISTS (SELECT FROM treasury_unexplained(NEW.disbursement_id)) THEN
        fault := 'what stopped it is not explained yet';
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'brake of disbursement %: %', (SELECT number FROM treasury_disbursement
              WHERE id = NEW.disbursement_id), fault
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_brake_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_brake_guard BEFORE INSERT OR UPDATE ON treasury_brake
    FOR EACH ROW EXECUTE FUNCTION treasury_brake_guard();
CREATE TRIGGER treasury_brake_stays BEFORE DELETE OR TRUNCATE ON treasury_brake
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_brake FROM together_app;
"""
REMEDY = """
CREATE FUNCTION treasury_demand_undecided(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM treasury_remedy
                WHERE instruction_id = i.id AND state <> 'withdrawn') THEN
        RAISE EXCEPTION 'instruction %: it was decided what becomes of it', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_remedy_guard';
    END IF;
END $$;
CREATE FUNCTION treasury_demand_remedy(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
            SELECT FROM treasury_batch b
              JOIN treasury_disbursement d ON d.id = b.disbursement_id
              JOIN treasury_remedy r ON r.number = d.subject
              JOIN treasury_instruction o ON o.id = r.instruction_id
             WHERE b.id = i.batch_id AND d.kind = 'payment.again' AND d.count = 1
               AND r.state = 'booked' AND r.way = 'pay_again'
               AND o.state IN ('refused', 'returned')
               AND (r.payee, o.amount, o.asset) = (i.payee, i.amount, i.asset)) THEN
        RAISE EXCEPTION 'instruction %: no remedy lets it be paid again', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_remedy_guard';
    END IF;
END $$;
CREATE FUNCTION treasury_remedy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    i treasury_instruction;
    fault text;
BEGIN
    SELECT * INTO i FROM treasury_instruction WHERE id = NEW.instruction_id FOR UPDATE;
    IF i.state NOT IN ('refused', 'returned') THEN
        fault := format('%s is %s and may still be paid', i.reference, i.state);
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.origin_id IS DISTINCT FROM coalesce(
               (SELECT r.origin_id FROM treasury_batch b
                  JOIN treasury_disbursement d ON d.id = b.disbursement_id
                  JOIN treasury_remedy r ON d.kind = 'payment.again' AND r.number = d.subject
                 WHERE b.id = i.batch_id),
               (SELECT disbursement_id FROM treasury_batch WHERE id = i.batch_id)) THEN
            fault := 'it is born proposed, of the order that first paid';
        END IF;
    ELSIF (to_jsonb(NEW) - ARRAY['state', 'booked_at']) IS DISTINCT FROM
          (to_jsonb(OLD) - ARRAY['state', 'booked_at']) OR OLD.state <> 'proposed' THEN
        fault := 'it keeps what was asked for, and ends once';
    ELSIF NEW.state = 'booked' AND NOT controls_is_approved_as(
              'payment.remedy', NEW.number, NEW.effect_digest, jsonb_build_object(
                  'number', NEW.number, 'payment', i.reference, 'was', i.state,
                  'way', NEW.way, 'from_payee', i.payee, 'payee', NEW.payee,
                  'total', i.amount, 'reason', NEW.reason)) THEN
        fault := 'it is not as it was approved';
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'remedy %: %', NEW.number, fault
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_remedy_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_remedy_guard BEFORE INSERT OR UPDATE ON treasury_remedy
    FOR EACH ROW EXECUTE FUNCTION treasury_remedy_guard();
CREATE TRIGGER treasury_remedy_stays BEFORE DELETE OR TRUNCATE ON treasury_remedy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_remedy FROM together_app;
UPDATE treasury_railpolicy SET unregistered = array_append(unregistered, 'payment.again')
 WHERE kind = 'exchange';
"""
BATCH = """
CREATE OR REPLACE FUNCTION treasury_batch_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    d treasury_disbursement;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO d FROM treasury_disbursement WHERE id = NEW.disbursement_id;
        IF NEW.released_at IS NOT NULL OR d.state <> 'prepared' OR NOT EXISTS (
                SELECT FROM treasury_wave WHERE id = NEW.wave_id AND disbursement_id = d.id) THEN
            RAISE EXCEPTION 'batch % is born released, or joins what is prepared already',
                  NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.number, NEW.disbursement_id, NEW.wave_id, NEW.count, NEW.total)
       IS DISTINCT FROM (OLD.number, OLD.disbursement_id, OLD.wave_id, OLD.count, OLD.total)
       OR OLD.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % only changes by its release', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    SELECT * INTO d FROM treasury_disbursement WHERE id = NEW.disbursement_id;
    IF d.state <> 'released' THEN
        RAISE EXCEPTION 'batch %: disbursement % is %', NEW.number, d.number, d.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF (SELECT released_at FROM treasury_wave WHERE id = NEW.wave_id) IS NULL THEN
        RAISE EXCEPTION 'batch %: its wave is not released', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NOT controls_is_approved(d.approval_kind, d.number, d.effect_digest) THEN
        RAISE EXCEPTION 'batch %: disbursement % is not approved', NEW.number, d.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NOT EXISTS (SELECT FROM treasury_instruction WHERE batch_id = NEW.id
                   HAVING count(*) = NEW.count AND sum(amount) = NEW.total) THEN
        RAISE EXCEPTION 'batch % does not hold what it says', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    RETURN NEW;
END $$;
"""
INSTRUCTION = """
CREATE OR REPLACE FUNCTION treasury_instruction_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT b.released_at IS NOT NULL OR d.state <> 'prepared'
              FROM treasury_batch b JOIN treasury_disbursement d ON d.id = b.disbursement_id
             WHERE b.id = NEW.batch_id) THEN
            RAISE EXCEPTION 'instruction %: its order is released already', NEW.reference
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_fixed';
        END IF;
        IF NEW.kind = 'payment.again' THEN
            PERFORM treasury_demand_remedy(NEW);
        END IF;
        IF NEW.state <> 'ready' THEN
            RAISE EXCEPTION 'instruction % is born %', NEW.reference, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_state';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.batch_id, NEW.kind, NEW.subject, NEW.reference, NEW.payee, NEW.amount,
        NEW.asset, NEW.destination_id) IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.kind, OLD.subject, OLD.reference, OLD.payee, OLD.amount,
        OLD.asset, OLD.destination_id) THEN
        RAISE EXCEPTION 'instruction % keeps who, what and how much', OLD.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_fixed';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ready>sending', 'sending>quarantined', 'sending>refused', 'sending>sending', 'sending>settled', 'sending>unknown', 'unknown>quarantined', 'unknown>sending', 'quarantined>unknown', 'settled>returned'])) THEN
        PERFORM treasury_demand_filed(NEW, OLD.state);
    END IF;
    IF OLD.state IN ('refused', 'returned') AND NEW.state <> OLD.state THEN
        PERFORM treasury_demand_undecided(NEW);
    ELSIF NEW.state = 'sending' THEN
        PERFORM treasury_demand_no_brake(NEW);
    END IF;
    IF OLD.state = 'ready' AND NEW.state <> 'ready' THEN
        PERFORM treasury_demand_sendable(NEW);
    ELSIF NEW.state = 'settled' AND OLD.state <> 'settled' THEN
        PERFORM treasury_demand_final(NEW);
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION treasury_batch_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    d treasury_disbursement;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.released_at IS NOT NULL THEN
            RAISE EXCEPTION 'batch % is born released', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.number, NEW.disbursement_id, NEW.count, NEW.total)
       IS DISTINCT FROM (OLD.number, OLD.disbursement_id, OLD.count, OLD.total)
       OR OLD.released_at IS NOT NULL THEN
        RAISE EXCEPTION 'batch % only changes by its release', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    SELECT * INTO d FROM treasury_disbursement WHERE id = NEW.disbursement_id;
    IF d.state <> 'released' THEN
        RAISE EXCEPTION 'batch %: disbursement % is %', NEW.number, d.number, d.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NOT controls_is_approved(d.approval_kind, d.number, d.effect_digest) THEN
        RAISE EXCEPTION 'batch %: disbursement % is not approved', NEW.number, d.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NOT EXISTS (SELECT FROM treasury_instruction WHERE batch_id = NEW.id
                   HAVING count(*) = NEW.count AND sum(amount) = NEW.total) THEN
        RAISE EXCEPTION 'batch % does not hold what it says', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION treasury_instruction_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (SELECT released_at FROM treasury_batch WHERE id = NEW.batch_id) IS NOT NULL THEN
            RAISE EXCEPTION 'instruction %: its batch is released', NEW.reference
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_fixed';
        END IF;
        IF NEW.state <> 'ready' THEN
            RAISE EXCEPTION 'instruction % is born %', NEW.reference, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_state';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.batch_id, NEW.kind, NEW.subject, NEW.reference, NEW.payee, NEW.amount,
        NEW.asset, NEW.destination_id) IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.kind, OLD.subject, OLD.reference, OLD.payee, OLD.amount,
        OLD.asset, OLD.destination_id) THEN
        RAISE EXCEPTION 'instruction % keeps who, what and how much', OLD.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_fixed';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['ready>sending', 'sending>quarantined', 'sending>refused', 'sending>sending', 'sending>settled', 'sending>unknown', 'unknown>quarantined', 'unknown>sending', 'quarantined>unknown', 'settled>returned'])) THEN
        PERFORM treasury_demand_filed(NEW, OLD.state);
    END IF;
    IF OLD.state = 'ready' AND NEW.state <> 'ready' THEN
        PERFORM treasury_demand_sendable(NEW);
    ELSIF NEW.state = 'settled' AND OLD.state <> 'settled' THEN
        PERFORM treasury_demand_final(NEW);
    END IF;
    RETURN NEW;
END $$;
UPDATE treasury_railpolicy SET unregistered = array_remove(unregistered, 'payment.again');
DROP TRIGGER treasury_remedy_guard ON treasury_remedy;
DROP TRIGGER treasury_remedy_stays ON treasury_remedy;
DROP FUNCTION treasury_remedy_guard();
DROP FUNCTION treasury_demand_remedy(treasury_instruction);
DROP FUNCTION treasury_demand_undecided(treasury_instruction);
DROP TRIGGER treasury_brake_guard ON treasury_brake;
DROP TRIGGER treasury_brake_stays ON treasury_brake;
DROP FUNCTION treasury_brake_guard();
DROP FUNCTION treasury_may_resume(treasury_brake);
DROP FUNCTION treasury_demand_no_brake(treasury_instruction);
DROP TRIGGER treasury_wave_guard ON treasury_wave;
DROP TRIGGER treasury_wave_stays ON treasury_wave;
DROP FUNCTION treasury_wave_guard();
DROP FUNCTION treasury_wave_planned(treasury_wave);
DROP FUNCTION treasury_wave_fault(treasury_wave, text);
DROP FUNCTION treasury_source_lacks(bigint);
DROP FUNCTION treasury_orders_of(text, text);
DROP FUNCTION treasury_wave_obstacle(bigint, int);
DROP FUNCTION treasury_unexplained(bigint);
DROP FUNCTION treasury_strays(text, timestamptz);
DROP FUNCTION treasury_waves_of(bigint);
DROP FUNCTION treasury_moved_on(bigint);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0006_programmes_and_tests'),
        ('controls', '0003_guards_of_controls'),
        ('ledger', '0003_guards_of_the_books'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='railpolicy',
            name='awaits_statement',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='railpolicy',
            name='canary_payees',
            field=models.PositiveIntegerField(default=100),
        ),
        migrations.AddField(
            model_name='railpolicy',
            name='wave_shares',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=together.treasury.models.destinations.first_shares, size=None),
        ),
        migrations.CreateModel(
            name='Wave',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('count', models.IntegerField()),
                ('total', models.BigIntegerField()),
                ('released_at', models.DateTimeField(null=True)),
                ('disbursement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waves', to='treasury.disbursement')),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Brake',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('unexplained', 'unexplained'), ('refusals', 'refusals'), ('person', 'person')], max_length=12)),
                ('reason', models.CharField(max_length=400)),
                ('findings', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)),
                ('pulled_at', models.DateTimeField()),
                ('resumed_at', models.DateTimeField(null=True)),
                ('resumed_reason', models.CharField(blank=True, max_length=400)),
                ('disbursement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='brakes', to='treasury.disbursement')),
                ('pulled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resumed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('resumed_at', None)), fields=('disbursement',), name='treasury_one_brake_at_once'), models.CheckConstraint(condition=models.Q(models.Q(('resumed_at', None), ('resumed_by', None), ('resumed_reason', '')), models.Q(('resumed_at__isnull', False), ('resumed_by__isnull', False), models.Q(('resumed_reason', ''), _negated=True)), _connector='OR'), name='treasury_brake_resumed_together'), models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(models.Q(('kind', 'person'), ('pulled_by__isnull', False)), models.Q(('kind', 'person'), _negated=True), _connector='OR')), name='treasury_brake_says_why')],
            },
        ),
        migrations.CreateModel(
            name='Remedy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('way', models.CharField(choices=[('pay_again', 'pay it again'), ('give_back', 'give it back to the pool')], max_length=10)),
                ('payee', models.CharField(blank=True, max_length=120)),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default=together.treasury.rules.states.RemedyState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
                ('booked_at', models.DateTimeField(null=True)),
                ('instruction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remedies', to='treasury.instruction')),
                ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='remedies', to='treasury.disbursement')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'remedies',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'withdrawn'), _negated=True), fields=('instruction',), name='treasury_one_remedy_at_once'), models.CheckConstraint(condition=models.Q(models.Q(('way', 'pay_again'), models.Q(('payee', ''), _negated=True)), models.Q(('payee', ''), ('way', 'give_back')), _connector='OR'), name='treasury_remedy_of_its_way'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='treasury_remedy_says_why'), models.CheckConstraint(condition=models.Q(models.Q(('booked_at__isnull', False), ('state', 'booked')), models.Q(models.Q(('state', 'booked'), _negated=True), ('booked_at', None)), _connector='OR'), name='treasury_remedy_booked_together')],
            },
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.UniqueConstraint(fields=('disbursement', 'number'), name='treasury_wave_numbered'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('number__gt', 0), ('total__gt', 0)), name='treasury_wave_positive'),
        ),
        migrations.AddConstraint(
            model_name='wave',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at', None), ('released_by', None)), models.Q(('released_at__isnull', False), ('released_by__isnull', False)), _connector='OR'), name='treasury_wave_released_together'),
        ),
        migrations.AddField(
            model_name='batch',
            name='wave',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='treasury.wave'),
        ),
        migrations.RunSQL(FILL, EMPTY),
        migrations.AlterField(
            model_name='batch',
            name='wave',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='treasury.wave'),
        ),
        migrations.RunSQL("".join((STANDING, WAVE, BRAKE, REMEDY, BATCH, INSTRUCTION)), BEFORE),
    ]
