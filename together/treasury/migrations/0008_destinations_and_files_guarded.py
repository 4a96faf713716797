"""
What the database keeps of destinations and payment files.

* a destination is never edited; it is confirmed only if exactly it was approved, by nobody who
  registered it, and is usable after the cooling-off that its rail's policy says;
* an instruction is written only to a destination that is usable on the rail of its account; only
  kinds of orders that the policy names pay accounts that are not registered;
* a file keeps its bytes, of which its digest is; it is handed over only if exactly that digest
  was approved, by nobody who prepared or approved it, and only to such people it is given;
* what left in a file waits for its answer: it goes back into the queue only when a second person
  confirmed that it was not paid; a transfer on a chain settles only with its confirmations.
"""

from django.db import migrations

from together.treasury.rules.states import (
    DESTINATION_MOVES,
    FILE_MOVES,
    FILED_MOVES,
    FILED_STATE_MOVES,
    INSTRUCTION_MOVES,
)

POLICIES = """
INSERT INTO treasury_railpolicy (kind, cooling_off_hours, unregistered) VALUES
    ('exchange', 24, ARRAY['award']), ('bank', 24, '{}'), ('chain', 24, '{}');
-- Two epochs of Ethereum: what is older is final by its consensus.
INSERT INTO treasury_chainpolicy (chain_id, name, asset, contract, confirmations) VALUES
    ('1', 'Ethereum', 'USDC', '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 64);
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON treasury_railpolicy, treasury_chainpolicy
    FROM together_app;
"""
POLICIES_UNDO = """
GRANT INSERT, UPDATE, DELETE ON treasury_railpolicy, treasury_chainpolicy TO together_app;
DELETE FROM treasury_chainpolicy;
DELETE FROM treasury_railpolicy;
"""

DESTINATIONS = """
CREATE FUNCTION treasury_destination_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    living text[] := ARRAY['state', 'evidence', 'confirmed_at', 'usable_at', 'revoked_by_id',
                           'revoked_at', 'reason'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'registered' THEN
            RAISE EXCEPTION 'destination % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_destination_fixed';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - living) IS DISTINCT FROM (to_jsonb(OLD) - living) THEN
        RAISE EXCEPTION 'destination % is never edited: a change is a new destination', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_destination_fixed';
    END IF;
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(destination)s])) THEN
        RAISE EXCEPTION 'destination % is %: it does not become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_destination_fixed';
    END IF;
    IF NEW.state = 'revoked' THEN
        IF (NEW.evidence, NEW.confirmed_at, NEW.usable_at) IS DISTINCT FROM
           (OLD.evidence, OLD.confirmed_at, OLD.usable_at) THEN
            RAISE EXCEPTION 'destination % keeps how it was confirmed', OLD.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_destination_fixed';
        END IF;
        RETURN NEW;
    END IF;
    NEW.usable_at := NEW.confirmed_at + (SELECT make_interval(hours => cooling_off_hours)
                                           FROM treasury_railpolicy WHERE kind = NEW.kind);
    IF NOT EXISTS (
            SELECT FROM controls_approval a
             WHERE a.kind = 'destination.confirmation' AND a.subject = NEW.number
               AND a.effect_text::jsonb @> jsonb_build_object(
                   'rail', NEW.kind, 'asset', NEW.asset, 'identifier', NEW.identifier,
                   'servicer', NEW.servicer, 'routing_number', NEW.routing_number,
                   'holder', NEW.holder, 'country', NEW.country, 'owner_kind', NEW.owner_kind,
                   'owner', NEW.owner, 'payee', NEW.payee, 'digest', NEW.digest,
                   'evidence', NEW.evidence)
               AND controls_is_approved(a.kind, a.subject, a.effect_digest)
               AND NOT EXISTS (SELECT FROM controls_decision x WHERE x.approval_id = a.id
                                  AND (x.person_id = NEW.registered_by_id
                                       OR x.decided_at > NEW.confirmed_at))) THEN
        RAISE EXCEPTION 'destination % is not confirmed by a second person', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_destination_confirmed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_destination_guard BEFORE INSERT OR UPDATE ON treasury_destination
    FOR EACH ROW EXECUTE FUNCTION treasury_destination_guard();

-- By statement, so that a COPY of thousands is one question.
CREATE FUNCTION treasury_payees_are_destinations() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wrong text;
BEGIN
    SELECT w.reference || ' to ' || w.payee INTO wrong
      FROM written w
      JOIN treasury_batch b ON b.id = w.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
      JOIN treasury_cashaccount a ON a.code = d.account_id
      LEFT JOIN treasury_railpolicy p ON p.kind = a.kind
      LEFT JOIN treasury_destination t ON t.id = w.destination_id
     WHERE NOT coalesce(CASE
           WHEN w.destination_id IS NULL THEN w.kind = ANY (p.unregistered)
           ELSE t.state = 'confirmed' AND t.usable_at <= least(d.prepared_at, clock_timestamp())
                AND t.kind = a.kind AND t.asset = w.asset AND t.payee = w.payee
                AND (a.kind <> 'chain' OR t.servicer = a.servicer) END, false)
     LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'payment % goes to no destination that is usable on its rail', wrong
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_payee_registered';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_payees_are_destinations AFTER INSERT ON treasury_instruction
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_payees_are_destinations();
"""

INSTRUCTIONS = """
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
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s])) THEN
        PERFORM treasury_demand_filed(NEW, OLD.state);
    END IF;
    IF OLD.state = 'ready' AND NEW.state <> 'ready' THEN
        PERFORM treasury_demand_sendable(NEW);
    ELSIF NEW.state = 'settled' AND OLD.state <> 'settled' THEN
        PERFORM treasury_demand_final(NEW);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION treasury_demand_filed(i treasury_instruction, was text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Moves that only what left in a file may make: into the queue again once its rejection was
    -- confirmed (no file holds it any more), out of and back into a chain.
    IF was || '>' || i.state = ANY (ARRAY[%(filed)s]) AND EXISTS (
            SELECT FROM treasury_filedpayment f JOIN treasury_paymentfile p ON p.id = f.file_id
             WHERE f.instruction_id = i.id AND p.handed_over_at IS NOT NULL)
       AND (CASE was
            WHEN 'refused' THEN NOT EXISTS (
                SELECT FROM treasury_filedpayment f
                 WHERE f.instruction_id = i.id AND f.state <> 'released')
            WHEN 'settled' THEN NOT treasury_is_final(i.id)
            ELSE true END) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'instruction % is %: it does not become %', i.reference, was, i.state
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_state';
END $$;
CREATE FUNCTION treasury_demand_sendable(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    released timestamptz;
    rail text;
BEGIN
    SELECT b.released_at, a.kind INTO released, rail
      FROM treasury_batch b
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
      JOIN treasury_cashaccount a ON a.code = d.account_id
     WHERE b.id = i.batch_id;
    IF released IS NULL THEN
        RAISE EXCEPTION 'instruction %: its batch is not released', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF i.destination_id IS NOT NULL AND EXISTS (
            SELECT FROM treasury_destination WHERE id = i.destination_id AND state <> 'confirmed') THEN
        RAISE EXCEPTION 'instruction %: its destination is revoked', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_payee_registered';
    END IF;
    IF rail <> 'exchange' AND NOT EXISTS (
            SELECT FROM treasury_filedpayment f JOIN treasury_paymentfile p ON p.id = f.file_id
             WHERE f.instruction_id = i.id AND f.state = 'listed' AND p.state = 'handed_over') THEN
        RAISE EXCEPTION 'instruction %: no file with it is handed over', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_file_handed_over';
    END IF;
END $$;
CREATE FUNCTION treasury_demand_final(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM treasury_filedpayment WHERE instruction_id = i.id)
       AND NOT treasury_is_final(i.id) THEN
        RAISE EXCEPTION 'instruction %: its transfer has too few confirmations', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_transfer_final';
    END IF;
END $$;
-- Money of a bank file is final when somebody says so; a transfer by its confirmations.
CREATE FUNCTION treasury_is_final(p_instruction bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT a.kind <> 'chain' OR EXISTS (
           SELECT FROM treasury_filedpayment f
             JOIN treasury_chaintransfer t ON t.filed_id = f.id
             JOIN treasury_chainpolicy c ON c.chain_id = a.servicer AND c.asset = a.asset
            WHERE f.instruction_id = i.id AND f.state = 'listed'
              AND t.block_number IS NOT NULL AND t.confirmations >= c.confirmations)
      FROM treasury_instruction i
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
      JOIN treasury_cashaccount a ON a.code = d.account_id
     WHERE i.id = p_instruction
$$;
"""

FILES = """
ALTER TABLE treasury_paymentfile ADD CONSTRAINT treasury_digest_of_the_file
    CHECK (digest = encode(sha256(data), 'hex'));
CREATE FUNCTION treasury_file_approved(f treasury_paymentfile) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE a.kind = 'payment.file' AND a.subject = f.number
           AND a.effect_text::jsonb @> jsonb_build_object('file', f.number, 'digest', f.digest,
               'count', f.count, 'total', f.total, 'message_id', f.message_id)
           AND controls_is_approved(a.kind, a.subject, a.effect_digest))
$$;
CREATE FUNCTION treasury_may_take(f treasury_paymentfile, p_person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p_person IS NOT NULL AND p_person <> f.prepared_by_id AND NOT EXISTS (
        SELECT FROM controls_approval a JOIN controls_decision x ON x.approval_id = a.id
         WHERE a.kind = 'payment.file' AND a.subject = f.number AND x.person_id = p_person)
$$;
CREATE FUNCTION treasury_file_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    living text[] := ARRAY['state', 'handed_over_by_id', 'handed_over_at', 'answered_at', 'reason'];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'prepared' OR (SELECT released_at FROM treasury_batch
                                        WHERE id = NEW.batch_id) IS NULL THEN
            RAISE EXCEPTION 'file % is born %, or its batch is not released', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_file_fixed';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - living) IS DISTINCT FROM (to_jsonb(OLD) - living) OR
       (OLD.handed_over_at IS NOT NULL AND (NEW.handed_over_at, NEW.handed_over_by_id)
        IS DISTINCT FROM (OLD.handed_over_at, OLD.handed_over_by_id)) THEN
        RAISE EXCEPTION 'file % keeps its bytes, and who took it', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_file_fixed';
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(file)s])) THEN
        problem := format('it is %%s and does not become %%s', OLD.state, NEW.state);
    ELSIF NEW.state = 'handed_over' AND NOT treasury_file_approved(NEW) THEN
        problem := 'exactly these bytes are not approved';
    ELSIF NEW.state = 'handed_over' AND NOT treasury_may_take(NEW, NEW.handed_over_by_id) THEN
        problem := 'who prepared or approved it does not take it';
    ELSIF NEW.state = 'handed_over' AND NOT EXISTS (
            SELECT FROM treasury_filedpayment f JOIN treasury_instruction i
                   ON i.id = f.instruction_id
             WHERE f.file_id = NEW.id AND f.state = 'listed' AND i.state = 'ready'
            HAVING count(*) = NEW.count AND sum(i.amount) = NEW.total) THEN
        problem := 'it does not hold what it says';
    ELSIF NEW.state = 'rejected' AND EXISTS (
            SELECT FROM treasury_filedpayment WHERE file_id = NEW.id AND state = 'listed') THEN
        problem := 'payments of it are not rejected';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'file %: %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_file_handed_over';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_file_guard BEFORE INSERT OR UPDATE ON treasury_paymentfile
    FOR EACH ROW EXECUTE FUNCTION treasury_file_guard();

CREATE FUNCTION treasury_filed_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    f treasury_paymentfile;
    i treasury_instruction;
    problem text;
BEGIN
    SELECT * INTO f FROM treasury_paymentfile WHERE id = NEW.file_id;
    SELECT * INTO i FROM treasury_instruction WHERE id = NEW.instruction_id;
    IF TG_OP = 'INSERT' THEN
        IF f.state <> 'prepared' OR NEW.state <> 'listed' OR i.batch_id <> f.batch_id
           OR i.state <> 'ready' THEN
            problem := 'only a waiting payment of its batch joins a file that is being prepared';
        END IF;
    ELSIF (to_jsonb(NEW) - ARRAY['state', 'reason']) IS DISTINCT FROM
          (to_jsonb(OLD) - ARRAY['state', 'reason'])
          OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(filed_state)s])) THEN
        problem := format('it is %%s and does not become %%s', OLD.state, NEW.state);
    ELSIF OLD.state = 'listed' AND NEW.state = 'released' AND f.state <> 'withdrawn' THEN
        problem := 'its file is not withdrawn';
    ELSIF NEW.state = 'rejected' AND (f.handed_over_at IS NULL OR i.state NOT IN
                                      ('sending', 'unknown')) THEN
        problem := 'it does not wait for an answer';
    ELSIF OLD.state = 'rejected' AND NEW.state = 'released' AND NOT EXISTS (
            SELECT FROM controls_approval a
             WHERE a.kind = 'payment.rejection' AND a.subject = f.number
               AND a.effect_text::jsonb @> jsonb_build_object(
                   'digest', f.digest, 'references', jsonb_build_array(i.reference))
               AND controls_is_approved(a.kind, a.subject, a.effect_digest)) THEN
        problem := 'a second person did not confirm its rejection';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'payment % in file %: %', i.reference, f.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_filed_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_filed_guard BEFORE INSERT OR UPDATE ON treasury_filedpayment
    FOR EACH ROW EXECUTE FUNCTION treasury_filed_guard();

CREATE FUNCTION treasury_download_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    f treasury_paymentfile;
BEGIN
    SELECT * INTO f FROM treasury_paymentfile WHERE id = NEW.file_id;
    IF f.handed_over_at IS NULL OR NOT treasury_may_take(f, NEW.by_id) THEN
        RAISE EXCEPTION 'file % is % and not for this person to take', f.number, f.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_file_handed_over';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_download_guard BEFORE INSERT ON treasury_filedownload
    FOR EACH ROW EXECUTE FUNCTION treasury_download_guard();

CREATE FUNCTION treasury_transfer_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.filed_id, NEW.tx_hash) IS DISTINCT FROM (OLD.id, OLD.filed_id, OLD.tx_hash)
       OR NEW.undone < OLD.undone THEN
        RAISE EXCEPTION 'transaction % carries the payment it was named for', OLD.tx_hash
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_transfer_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_transfer_guard BEFORE UPDATE ON treasury_chaintransfer
    FOR EACH ROW EXECUTE FUNCTION treasury_transfer_guard();
"""

STAYS = "".join(
    f"CREATE TRIGGER {table}_stays BEFORE DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();"
    f"REVOKE DELETE, TRUNCATE ON {table} FROM together_app;"
    for table in (
        "treasury_destination",
        "treasury_paymentfile",
        "treasury_filedpayment",
        "treasury_chaintransfer",
    )
)
STAYS += """
CREATE TRIGGER treasury_filedownload_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_filedownload FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_filedownload FROM together_app;
"""
UNDO = """
GRANT UPDATE, DELETE ON treasury_destination, treasury_paymentfile, treasury_filedpayment,
    treasury_chaintransfer, treasury_filedownload TO together_app;
DROP TRIGGER treasury_filedownload_append_only ON treasury_filedownload;
DROP TRIGGER treasury_destination_stays ON treasury_destination;
DROP TRIGGER treasury_paymentfile_stays ON treasury_paymentfile;
DROP TRIGGER treasury_filedpayment_stays ON treasury_filedpayment;
DROP TRIGGER treasury_chaintransfer_stays ON treasury_chaintransfer;
DROP TRIGGER treasury_transfer_guard ON treasury_chaintransfer;
DROP TRIGGER treasury_download_guard ON treasury_filedownload;
DROP TRIGGER treasury_filed_guard ON treasury_filedpayment;
DROP TRIGGER treasury_file_guard ON treasury_paymentfile;
DROP TRIGGER treasury_payees_are_destinations ON treasury_instruction;
DROP TRIGGER treasury_destination_guard ON treasury_destination;
DROP FUNCTION treasury_transfer_guard();
DROP FUNCTION treasury_download_guard();
DROP FUNCTION treasury_filed_guard();
DROP FUNCTION treasury_file_guard();
DROP FUNCTION treasury_may_take(treasury_paymentfile, bigint);
DROP FUNCTION treasury_file_approved(treasury_paymentfile);
ALTER TABLE treasury_paymentfile DROP CONSTRAINT treasury_digest_of_the_file;
DROP FUNCTION treasury_payees_are_destinations();
DROP FUNCTION treasury_destination_guard();
"""
INSTRUCTIONS_UNDO = """
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
        NEW.asset) IS DISTINCT FROM
       (OLD.id, OLD.batch_id, OLD.kind, OLD.subject, OLD.reference, OLD.payee, OLD.amount,
        OLD.asset) THEN
        RAISE EXCEPTION 'instruction % keeps who, what and how much', OLD.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_fixed';
    END IF;
    IF OLD.state = 'ready' AND NEW.state <> 'ready' AND
       (SELECT released_at FROM treasury_batch WHERE id = NEW.batch_id) IS NULL THEN
        RAISE EXCEPTION 'instruction %: its batch is not released', OLD.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s])) THEN
        RAISE EXCEPTION 'instruction % is %: it does not become %', OLD.reference, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_instruction_state';
    END IF;
    RETURN NEW;
END $$;
DROP FUNCTION treasury_is_final(bigint);
DROP FUNCTION treasury_demand_final(treasury_instruction);
DROP FUNCTION treasury_demand_sendable(treasury_instruction);
DROP FUNCTION treasury_demand_filed(treasury_instruction, text);
"""


def _moves(table):
    """Write a table of moves as SQL texts 'from>to'."""
    return ", ".join(
        f"'{start.value}>{end.value}'" for start, ends in table.items() for end in sorted(ends)
    )


def _filled(text):
    """Write the tables of moves into the guards."""
    for name, table in (
        ("destination", DESTINATION_MOVES),
        ("moves", INSTRUCTION_MOVES),
        ("filed", FILED_MOVES),
        ("file", FILE_MOVES),
        ("filed_state", FILED_STATE_MOVES),
    ):
        text = text.replace(f"%({name})s", _moves(table))
    return text.replace("%%s", "%s")


class Migration(migrations.Migration):
    dependencies = [("treasury", "0007_destinations_and_files"), ("controls", "0004_stages_of_files")]
    operations = [
        migrations.RunSQL(POLICIES, POLICIES_UNDO),
        migrations.RunSQL(
            _filled(DESTINATIONS + FILES + STAYS + INSTRUCTIONS),
            _filled(INSTRUCTIONS_UNDO) + UNDO,
        ),
    ]
