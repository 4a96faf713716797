"""What the database itself holds of pools, payments, destinations and payment files."""

from django.db import migrations

# What several guards ask.
SHARED = """
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
CREATE FUNCTION treasury_demand_final(i treasury_instruction) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM treasury_filedpayment WHERE instruction_id = i.id)
       AND NOT treasury_is_final(i.id) THEN
        RAISE EXCEPTION 'instruction %: its transfer has too few confirmations', i.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_transfer_final';
    END IF;
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
CREATE FUNCTION treasury_may_take(f treasury_paymentfile, p_person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT p_person IS NOT NULL AND p_person <> f.prepared_by_id AND NOT EXISTS (
        SELECT FROM controls_approval a JOIN controls_decision x ON x.approval_id = a.id
         WHERE a.kind = 'payment.file' AND a.subject = f.number AND x.person_id = p_person)
$$;
CREATE FUNCTION treasury_file_approved(f treasury_paymentfile) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE a.kind = 'payment.file' AND a.subject = f.number
           AND a.effect_text::jsonb @> jsonb_build_object('file', f.number, 'digest', f.digest,
               'count', f.count, 'total', f.total, 'message_id', f.message_id)
           AND controls_is_approved(a.kind, a.subject, a.effect_digest))
$$;
"""
BATCH = """
CREATE FUNCTION treasury_batch_guard() RETURNS trigger
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
CREATE TRIGGER treasury_batch_guard BEFORE INSERT OR UPDATE ON treasury_batch
    FOR EACH ROW EXECUTE FUNCTION treasury_batch_guard();
CREATE TRIGGER treasury_batch_stays BEFORE DELETE OR TRUNCATE ON treasury_batch
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_batch FROM together_app;
"""
DESTINATION = """
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
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['registered>confirmed', 'registered>revoked', 'confirmed>revoked'])) THEN
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
CREATE TRIGGER treasury_destination_stays BEFORE DELETE OR TRUNCATE ON treasury_destination
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_destination_guard BEFORE INSERT OR UPDATE ON treasury_destination
    FOR EACH ROW EXECUTE FUNCTION treasury_destination_guard();
REVOKE DELETE ON treasury_destination FROM together_app;
"""
DISBURSEMENT = """
ALTER TABLE treasury_disbursement ADD CONSTRAINT treasury_disbursement_account_of_pool
    FOREIGN KEY (account_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
CREATE FUNCTION treasury_disbursement_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'prepared' THEN
            RAISE EXCEPTION 'disbursement % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'released_at'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state', 'released_at']) THEN
        RAISE EXCEPTION 'disbursement % keeps what was asked for', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    IF NEW.state <> OLD.state AND (
           NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['prepared>released', 'prepared>withdrawn']))
           OR (NEW.state = 'released' AND NOT controls_is_approved(
                   NEW.approval_kind, NEW.number, NEW.effect_digest))) THEN
        RAISE EXCEPTION 'disbursement % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_disbursement_guard BEFORE INSERT OR UPDATE ON treasury_disbursement
    FOR EACH ROW EXECUTE FUNCTION treasury_disbursement_guard();
CREATE TRIGGER treasury_disbursement_stays BEFORE DELETE OR TRUNCATE ON treasury_disbursement
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_disbursement FROM together_app;
"""
FILEDOWNLOAD = """
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
CREATE TRIGGER treasury_filedownload_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_filedownload
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_download_guard BEFORE INSERT ON treasury_filedownload
    FOR EACH ROW EXECUTE FUNCTION treasury_download_guard();
REVOKE UPDATE, DELETE ON treasury_filedownload FROM together_app;
"""
PAYMENTFILE = """
ALTER TABLE treasury_paymentfile ADD CONSTRAINT treasury_digest_of_the_file
    CHECK (digest = encode(sha256(data), 'hex'));
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
    IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['prepared>handed_over', 'prepared>withdrawn', 'handed_over>accepted', 'handed_over>rejected', 'accepted>rejected'])) THEN
        problem := format('it is %s and does not become %s', OLD.state, NEW.state);
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
CREATE TRIGGER treasury_paymentfile_stays BEFORE DELETE OR TRUNCATE ON treasury_paymentfile
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_file_guard BEFORE INSERT OR UPDATE ON treasury_paymentfile
    FOR EACH ROW EXECUTE FUNCTION treasury_file_guard();
REVOKE DELETE ON treasury_paymentfile FROM together_app;
"""
FILEDPAYMENT = """
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
          OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['listed>rejected', 'listed>released', 'rejected>released'])) THEN
        problem := format('it is %s and does not become %s', OLD.state, NEW.state);
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
CREATE TRIGGER treasury_filedpayment_stays BEFORE DELETE OR TRUNCATE ON treasury_filedpayment
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_filed_guard BEFORE INSERT OR UPDATE ON treasury_filedpayment
    FOR EACH ROW EXECUTE FUNCTION treasury_filed_guard();
REVOKE DELETE ON treasury_filedpayment FROM together_app;
"""
INSTRUCTION = """
CREATE FUNCTION treasury_instruction_guard() RETURNS trigger
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
CREATE TRIGGER treasury_instruction_guard BEFORE INSERT OR UPDATE ON treasury_instruction
    FOR EACH ROW EXECUTE FUNCTION treasury_instruction_guard();
CREATE TRIGGER treasury_instruction_stays BEFORE DELETE OR TRUNCATE ON treasury_instruction
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_payees_are_destinations AFTER INSERT ON treasury_instruction REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_payees_are_destinations();
REVOKE DELETE ON treasury_instruction FROM together_app;
"""
MATCH = """
CREATE FUNCTION treasury_match_of_legs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off text;
BEGIN
    SELECT min(c.number) INTO off
      FROM (SELECT m.conversion_id, l.account_id, sum(m.amount) AS amount
              FROM treasury_match m JOIN treasury_statementline l ON l.id = m.line_id
             WHERE m.conversion_id IN (SELECT conversion_id FROM added)
             GROUP BY m.conversion_id, l.account_id) AS s
      JOIN treasury_conversion c ON c.id = s.conversion_id
     WHERE c.state <> 'booked' OR NOT (
           s.account_id = c.sold_from_id AND s.amount BETWEEN -c.sold AND 0
           OR s.account_id = c.bought_on_id AND s.amount BETWEEN 0 AND c.bought);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('what is matched to conversion %s is no leg of it', off));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_match_of_legs AFTER INSERT ON treasury_match REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_of_legs();
"""
THREEWAYPROOF = """
CREATE FUNCTION treasury_proof_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last timestamptz;
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code = NEW.account_id FOR NO KEY UPDATE;
    SELECT at INTO last FROM treasury_threewayproof WHERE account_id = NEW.account_id
     ORDER BY id DESC LIMIT 1;
    IF NEW.at < last THEN
        RAISE EXCEPTION 'proof of % is of %, the last one of %', NEW.account_id, NEW.at, last
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_proof_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_threewayproof_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_threewayproof
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_proof_follows BEFORE INSERT ON treasury_threewayproof
    FOR EACH ROW EXECUTE FUNCTION treasury_proof_follows();
REVOKE UPDATE, DELETE ON treasury_threewayproof FROM together_app;
"""
STATEMENT = """
ALTER TABLE treasury_statement ADD CONSTRAINT treasury_statement_account_of_pool
    FOREIGN KEY (account_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
CREATE FUNCTION treasury_statement_continues() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last treasury_statement;
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code = NEW.account_id FOR UPDATE;
    SELECT * INTO last FROM treasury_statement WHERE account_id = NEW.account_id
     ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.opening <> coalesce(last.closing, 0) THEN
        RAISE EXCEPTION 'statement % of % opens with %, the last one (%) closed with %',
              NEW.number, NEW.account_id, NEW.opening, coalesce(last.number, 0),
              coalesce(last.closing, 0)
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_continues';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_statement
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_statement_continues BEFORE INSERT ON treasury_statement
    FOR EACH ROW EXECUTE FUNCTION treasury_statement_continues();
REVOKE UPDATE, DELETE ON treasury_statement FROM together_app;
"""
CHAINTRANSFER = """
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
CREATE TRIGGER treasury_chaintransfer_stays BEFORE DELETE OR TRUNCATE ON treasury_chaintransfer
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_transfer_guard BEFORE UPDATE ON treasury_chaintransfer
    FOR EACH ROW EXECUTE FUNCTION treasury_transfer_guard();
REVOKE DELETE ON treasury_chaintransfer FROM together_app;
"""
ATTEMPT = """
CREATE TRIGGER treasury_attempt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON treasury_attempt FROM together_app;
"""
FUNDING = """
ALTER TABLE treasury_funding ADD CONSTRAINT treasury_funding_account_of_pool
    FOREIGN KEY (account_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
CREATE TRIGGER treasury_funding_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_funding
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON treasury_funding FROM together_app;
"""
STATEMENTLINE = """
ALTER TABLE treasury_statementline ADD CONSTRAINT treasury_statementline_account_of_pool
    FOREIGN KEY (account_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
CREATE TRIGGER treasury_statementline_stays BEFORE DELETE OR TRUNCATE ON treasury_statementline
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_statementline FROM together_app;
"""
CASHACCOUNT = """
CREATE TRIGGER treasury_cashaccount_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_cashaccount
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_cashaccount FROM together_app;
"""
CONVERSION = """
ALTER TABLE treasury_conversion ADD CONSTRAINT treasury_conversion_sold_of_pool
    FOREIGN KEY (sold_from_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
ALTER TABLE treasury_conversion ADD CONSTRAINT treasury_conversion_bought_of_pool
    FOREIGN KEY (bought_on_id, pool_id) REFERENCES treasury_cashaccount(code, pool_id);
CREATE TRIGGER treasury_conversion_stays BEFORE DELETE OR TRUNCATE ON treasury_conversion
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
"""
POOL = """
REVOKE DELETE ON treasury_pool FROM together_app;
"""
RAILPOLICY = """
REVOKE INSERT, UPDATE, DELETE ON treasury_railpolicy FROM together_app;
"""
CHAINPOLICY = """
REVOKE INSERT, UPDATE, DELETE ON treasury_chainpolicy FROM together_app;
"""
SWITCH = """
REVOKE DELETE ON treasury_switch FROM together_app;
"""
UNDO = """
DROP TRIGGER treasury_batch_guard ON treasury_batch;
DROP TRIGGER treasury_batch_stays ON treasury_batch;
GRANT DELETE ON treasury_batch TO together_app;
DROP TRIGGER treasury_destination_stays ON treasury_destination;
DROP TRIGGER treasury_destination_guard ON treasury_destination;
GRANT DELETE ON treasury_destination TO together_app;
DROP TRIGGER treasury_disbursement_guard ON treasury_disbursement;
DROP TRIGGER treasury_disbursement_stays ON treasury_disbursement;
ALTER TABLE treasury_disbursement DROP CONSTRAINT treasury_disbursement_account_of_pool;
GRANT DELETE ON treasury_disbursement TO together_app;
DROP TRIGGER treasury_filedownload_append_only ON treasury_filedownload;
DROP TRIGGER treasury_download_guard ON treasury_filedownload;
GRANT UPDATE, DELETE ON treasury_filedownload TO together_app;
DROP TRIGGER treasury_paymentfile_stays ON treasury_paymentfile;
DROP TRIGGER treasury_file_guard ON treasury_paymentfile;
ALTER TABLE treasury_paymentfile DROP CONSTRAINT treasury_digest_of_the_file;
GRANT DELETE ON treasury_paymentfile TO together_app;
DROP TRIGGER treasury_filedpayment_stays ON treasury_filedpayment;
DROP TRIGGER treasury_filed_guard ON treasury_filedpayment;
GRANT DELETE ON treasury_filedpayment TO together_app;
DROP TRIGGER treasury_instruction_guard ON treasury_instruction;
DROP TRIGGER treasury_instruction_stays ON treasury_instruction;
DROP TRIGGER treasury_payees_are_destinations ON treasury_instruction;
GRANT DELETE ON treasury_instruction TO together_app;
DROP TRIGGER treasury_match_of_legs ON treasury_match;
DROP TRIGGER treasury_threewayproof_append_only ON treasury_threewayproof;
DROP TRIGGER treasury_proof_follows ON treasury_threewayproof;
GRANT UPDATE, DELETE ON treasury_threewayproof TO together_app;
DROP TRIGGER treasury_statement_append_only ON treasury_statement;
DROP TRIGGER treasury_statement_continues ON treasury_statement;
ALTER TABLE treasury_statement DROP CONSTRAINT treasury_statement_account_of_pool;
GRANT UPDATE, DELETE ON treasury_statement TO together_app;
DROP TRIGGER treasury_chaintransfer_stays ON treasury_chaintransfer;
DROP TRIGGER treasury_transfer_guard ON treasury_chaintransfer;
GRANT DELETE ON treasury_chaintransfer TO together_app;
DROP TRIGGER treasury_attempt_append_only ON treasury_attempt;
GRANT UPDATE, DELETE ON treasury_attempt TO together_app;
DROP TRIGGER treasury_funding_append_only ON treasury_funding;
ALTER TABLE treasury_funding DROP CONSTRAINT treasury_funding_account_of_pool;
GRANT UPDATE, DELETE ON treasury_funding TO together_app;
DROP TRIGGER treasury_statementline_stays ON treasury_statementline;
ALTER TABLE treasury_statementline DROP CONSTRAINT treasury_statementline_account_of_pool;
GRANT DELETE ON treasury_statementline TO together_app;
DROP TRIGGER treasury_cashaccount_append_only ON treasury_cashaccount;
GRANT DELETE ON treasury_cashaccount TO together_app;
DROP TRIGGER treasury_conversion_stays ON treasury_conversion;
ALTER TABLE treasury_conversion DROP CONSTRAINT treasury_conversion_sold_of_pool;
ALTER TABLE treasury_conversion DROP CONSTRAINT treasury_conversion_bought_of_pool;
GRANT DELETE ON treasury_pool TO together_app;
GRANT INSERT, UPDATE, DELETE ON treasury_railpolicy TO together_app;
GRANT INSERT, UPDATE, DELETE ON treasury_chainpolicy TO together_app;
GRANT DELETE ON treasury_switch TO together_app;
DROP FUNCTION treasury_transfer_guard();
DROP FUNCTION treasury_statement_continues();
DROP FUNCTION treasury_proof_follows();
DROP FUNCTION treasury_payees_are_destinations();
DROP FUNCTION treasury_may_take(treasury_paymentfile,bigint);
DROP FUNCTION treasury_match_of_legs();
DROP FUNCTION treasury_is_final(bigint);
DROP FUNCTION treasury_instruction_guard();
DROP FUNCTION treasury_filed_guard();
DROP FUNCTION treasury_file_guard();
DROP FUNCTION treasury_file_approved(treasury_paymentfile);
DROP FUNCTION treasury_download_guard();
DROP FUNCTION treasury_disbursement_guard();
DROP FUNCTION treasury_destination_guard();
DROP FUNCTION treasury_demand_sendable(treasury_instruction);
DROP FUNCTION treasury_demand_final(treasury_instruction);
DROP FUNCTION treasury_batch_guard();
"""


class Migration(migrations.Migration):

    replaces = [('treasury', '0018_matches_guarded_in_one_look')]

    dependencies = [
        ('treasury', '0002_first_rows'),
        ('controls', '0003_guards_of_controls'),
        ('ledger', '0003_guards_of_the_books'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                BATCH,
                DESTINATION,
                DISBURSEMENT,
                FILEDOWNLOAD,
                PAYMENTFILE,
                FILEDPAYMENT,
                INSTRUCTION,
                MATCH,
                THREEWAYPROOF,
                STATEMENT,
                CHAINTRANSFER,
                ATTEMPT,
                FUNDING,
                STATEMENTLINE,
                CASHACCOUNT,
                CONVERSION,
                POOL,
                RAILPOLICY,
                CHAINPOLICY,
                SWITCH,
            )),
            UNDO,
        ),
    ]
