"""What the database itself holds of statements, their lines, matches and breaks."""

from django.db import migrations

# What several guards ask.
SHARED = """
CREATE FUNCTION treasury_demand_in_file(i treasury_instruction, was text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    -- Moves that only what left in a file may make: into the queue again once its rejection was
    -- confirmed (no file holds it any more), out of and back into a chain.
    IF was || '>' || i.state = ANY (ARRAY['refused>ready', 'settled>unknown', 'unknown>refused', 'unknown>settled']) AND EXISTS (
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
CREATE FUNCTION treasury_demand_filed(i treasury_instruction, was text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF was = 'returned' AND i.state = 'settled' AND (
           SELECT coalesce(sum(amount), 0) FROM treasury_match
            WHERE instruction_id = i.id AND kind = 'return') = 0 THEN
        RETURN;
    END IF;
    PERFORM treasury_demand_in_file(i, was);
END $$;
CREATE FUNCTION treasury_file_fault(fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', fault
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statementfile_guard';
END $$;
CREATE FUNCTION treasury_statement_off(statement bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT s.closing - s.opening <> (SELECT coalesce(sum(amount), 0) FROM treasury_statementline
                                      WHERE statement_id = s.id)
      FROM treasury_statement s WHERE s.id = statement
$$;
CREATE FUNCTION treasury_match_fault(fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', fault
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_match_allowed';
END $$;
"""
COLUMNMAPPING = """
CREATE FUNCTION treasury_columnmapping_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code = NEW.account_id FOR UPDATE;
    IF NEW.version <> 1 + (SELECT count(*) FROM treasury_columnmapping
                            WHERE account_id = NEW.account_id AND name = NEW.name) THEN
        RAISE EXCEPTION 'version % of mapping % of % does not follow the last one', NEW.version,
              NEW.name, NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_mapping_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_columnmapping_guard BEFORE INSERT ON treasury_columnmapping
    FOR EACH ROW EXECUTE FUNCTION treasury_columnmapping_guard();
CREATE TRIGGER treasury_columnmapping_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_columnmapping
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON treasury_columnmapping FROM together_app;
"""
CONVERSION = """
CREATE FUNCTION treasury_conversion_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR (
               SELECT count(DISTINCT asset) FROM treasury_cashaccount
                WHERE code IN (NEW.sold_from_id, NEW.bought_on_id)) <> 2 THEN
            RAISE EXCEPTION 'conversion % is born % between two accounts of one asset',
                  NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_conversion';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed'
       OR (NEW.state = 'booked' AND NOT controls_is_approved_as(
               'pool.conversion', NEW.number, NEW.effect_digest, jsonb_build_object(
                   'number', NEW.number, 'sold_from', NEW.sold_from_id, 'sold', NEW.sold,
                   'bought_on', NEW.bought_on_id, 'bought', NEW.bought, 'rate', NEW.rate,
                   'source', NEW.source, 'on', NEW."on"))) THEN
        RAISE EXCEPTION 'conversion % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_conversion';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_conversion_guard BEFORE INSERT OR UPDATE ON treasury_conversion
    FOR EACH ROW EXECUTE FUNCTION treasury_conversion_guard();
REVOKE DELETE ON treasury_conversion FROM together_app;
"""
STATEMENTLINE = """
ALTER TABLE treasury_statementline SET (fillfactor = 45);
CREATE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may treasury_statementline;
    is_off boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'break' THEN
            RAISE EXCEPTION 'statement line % is born %', NEW.entry_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
        END IF;
        RETURN NEW;
    END IF;
    -- All that may change is what is done with a line; whatever column comes later may not.
    may := OLD;
    may.state := NEW.state;
    may.reason := NEW.reason;
    may.owner_id := NEW.owner_id;
    may.is_receipt := NEW.is_receipt;
    is_off := NEW *<> may OR (OLD.state = 'matched' AND NEW.state <> 'break');
    -- Apart, as an expression with a query in it is planned and run as one for every line.
    IF OLD.state = 'matched' AND NOT is_off THEN
        SELECT sum(amount) IS DISTINCT FROM 0 INTO is_off
          FROM treasury_match WHERE line_id = OLD.id;
    END IF;
    IF is_off THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION treasury_lines_add_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_nestloop TO 'off' SET plan_cache_mode TO 'force_custom_plan' AS $$
DECLARE
    off text;
    lines bigint[] := ARRAY(SELECT id FROM changed WHERE state = 'matched');
BEGIN
    IF cardinality(lines) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT min(c.entry_id) INTO off
      FROM changed c LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM treasury_match
                                 WHERE line_id = ANY (lines)
                                 GROUP BY line_id) AS m ON m.line_id = c.id
     WHERE c.state = 'matched' AND c.amount IS DISTINCT FROM m.amount;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'statement line % is not matched: its parts do not add up to it', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_lines_of_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off bigint;
BEGIN
    SELECT min(a.statement_id) INTO off
      FROM (SELECT DISTINCT statement_id FROM added) AS a
      JOIN treasury_statement s ON s.id = a.statement_id
     WHERE treasury_statement_off(a.statement_id) OR NOT EXISTS (
           SELECT FROM treasury_statementfile f WHERE f.id = s.file_id AND f.state = 'received');
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'lines join statement % that are none of it', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_lines_of_statement';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_lines_wait() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM treasury_openline
         WHERE line_id = ANY (ARRAY(SELECT id FROM changed WHERE state <> 'break'));
    END IF;
    INSERT INTO treasury_openline (line_id, account_id)
    SELECT id, account_id FROM changed WHERE state = 'break'
        ON CONFLICT (line_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_line_guard BEFORE INSERT OR UPDATE ON treasury_statementline
    FOR EACH ROW EXECUTE FUNCTION treasury_line_guard();
CREATE TRIGGER treasury_lines_add_up AFTER UPDATE ON treasury_statementline REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_add_up();
CREATE TRIGGER treasury_lines_of_statement AFTER INSERT ON treasury_statementline REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_of_statement();
CREATE TRIGGER treasury_lines_come AFTER INSERT ON treasury_statementline REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_wait();
CREATE TRIGGER treasury_lines_move AFTER UPDATE ON treasury_statementline REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_wait();
"""
MATCH = """
CREATE FUNCTION treasury_match_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_nestloop TO 'off' SET plan_cache_mode TO 'force_custom_plan' AS $$
DECLARE
    lines bigint[];
    joined bigint[];
    instructions bigint[];
    accounts text[];
    has_undone boolean;
    has_resolved boolean;
    has_funding boolean;
    missing text;
    closed text;
    off text;
BEGIN
    SELECT array_agg(line_id), array_agg(line_id) FILTER (WHERE undoes_id IS NULL),
           array_agg(instruction_id) FILTER (WHERE instruction_id IS NOT NULL),
           bool_or(undoes_id IS NOT NULL), bool_or(kind = 'resolution' AND undoes_id IS NULL),
           bool_or(funding_id IS NOT NULL)
      INTO lines, joined, instructions, has_undone, has_resolved, has_funding FROM added;
    IF lines IS NULL THEN
        RETURN NULL;
    END IF;
    accounts := ARRAY(SELECT DISTINCT account_id FROM treasury_statementline
                       WHERE id = ANY (lines));
    PERFORM FROM treasury_cashaccount WHERE code = ANY (accounts) ORDER BY code FOR UPDATE;
    -- Lines: they are there; no part joins one that is matched; their parts go their way and no
    -- further.
    SELECT min(s.line_id) FILTER (WHERE l.id IS NULL)::text,
           min(l.entry_id) FILTER (WHERE l.state <> 'break' AND l.id = ANY (joined)),
           min(l.entry_id) FILTER (WHERE CASE WHEN l.amount > 0
               THEN s.amount NOT BETWEEN 0 AND l.amount
               ELSE s.amount NOT BETWEEN l.amount AND 0 END)
      INTO missing, closed, off
      FROM (SELECT m.line_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.line_id = ANY (lines) GROUP BY m.line_id) AS s
      LEFT JOIN (SELECT id, entry_id, state, amount FROM treasury_statementline
                  WHERE id = ANY (lines)) AS l ON l.id = s.line_id;
    IF missing IS NOT NULL THEN
        PERFORM treasury_match_fault(format('there is no statement line %s', missing));
    END IF;
    IF closed IS NOT NULL THEN
        PERFORM treasury_match_fault(format('statement line %s is matched already', closed));
    END IF;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('the parts of line %s exceed it', off));
    END IF;
    -- What is undone is undone whole, and was approved.
    IF has_undone THEN
        SELECT min(m.id)::text INTO off
          FROM added m LEFT JOIN treasury_match u
            ON u.id = m.undoes_id AND u.id = ANY (ARRAY(SELECT undoes_id FROM added))
         WHERE m.undoes_id IS NOT NULL
           AND ((m.line_id, m.kind, -m.amount, m.instruction_id, m.funding_id, m.conversion_id,
                 NULL::bigint)
                IS DISTINCT FROM
                (u.line_id, u.kind, u.amount, u.instruction_id, u.funding_id, u.conversion_id,
                 u.undoes_id)
                OR NOT controls_is_approved('match.undo', u.line_id::text, m.effect_digest));
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(format('match %s undoes what was not approved', off));
        END IF;
    END IF;
    IF has_resolved THEN
        SELECT min(m.id)::text INTO off FROM added m
         WHERE m.kind = 'resolution' AND m.undoes_id IS NULL
           AND NOT controls_is_approved('break.resolution', m.line_id::text, m.effect_digest);
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(format('resolution %s was not approved', off));
        END IF;
    END IF;
    -- Payments, and what came back of them: never more than was instructed, on its own account.
    IF instructions IS NOT NULL THEN
        SELECT min(s.instruction_id) FILTER (WHERE i.id IS NULL)::text,
               min(i.reference) FILTER (WHERE i.account_id <> ALL (accounts)),
               min(i.reference) FILTER (WHERE i.state NOT IN ('settled', 'returned')
                   OR NOT (0 <= s.back AND s.back <= s.paid AND s.paid <= i.amount))
          INTO missing, closed, off
          FROM (SELECT m.instruction_id,
                       -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payment'), 0) AS paid,
                       coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0) AS back
                  FROM treasury_match m WHERE m.instruction_id = ANY (instructions)
                 GROUP BY m.instruction_id) AS s
          LEFT JOIN (SELECT i.id, i.reference, i.state, i.amount, d.account_id
                       FROM treasury_instruction i JOIN treasury_batch b ON b.id = i.batch_id
                       JOIN treasury_disbursement d ON d.id = b.disbursement_id
                      WHERE i.id = ANY (instructions)) AS i ON i.id = s.instruction_id;
        IF missing IS NOT NULL THEN
            PERFORM treasury_match_fault(format('there is no instruction %s', missing));
        END IF;
        IF closed IS NOT NULL THEN
            PERFORM treasury_match_fault(format('instruction %s is of another account', closed));
        END IF;
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(
                format('what is matched to instruction %s is not what was paid', off));
        END IF;
        IF cardinality(accounts) > 1 THEN
            SELECT min(i.reference) INTO off
              FROM added m JOIN treasury_statementline l ON l.id = m.line_id
              JOIN treasury_instruction i ON i.id = m.instruction_id
              JOIN treasury_batch b ON b.id = i.batch_id
              JOIN treasury_disbursement d ON d.id = b.disbursement_id
             WHERE d.account_id <> l.account_id
               AND l.id = ANY (lines) AND i.id = ANY (instructions);
            IF off IS NOT NULL THEN
                PERFORM treasury_match_fault(
                    format('instruction %s is of another account', off));
            END IF;
        END IF;
    END IF;
    IF has_funding THEN
        SELECT min(f.reference) INTO off
          FROM (SELECT m.funding_id, sum(m.amount) AS amount FROM treasury_match m
                 WHERE m.funding_id IN (SELECT funding_id FROM added) GROUP BY m.funding_id) AS s
          JOIN treasury_funding f ON f.id = s.funding_id
         WHERE s.amount NOT BETWEEN 0 AND f.amount
            OR EXISTS (SELECT FROM added m JOIN treasury_statementline l ON l.id = m.line_id
                        WHERE m.funding_id = f.id AND l.account_id <> f.account_id
                          AND l.id = ANY (lines));
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(format('what is matched to funding %s is not it', off));
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_match_as_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decided bigint[] := ARRAY(SELECT id FROM added
                               WHERE kind = 'resolution' OR undoes_id IS NOT NULL);
    off text;
BEGIN
    IF cardinality(decided) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT min(m.id)::text INTO off FROM added m
     WHERE m.kind = 'resolution' AND m.undoes_id IS NULL AND NOT controls_is_approved_as(
           'break.resolution', m.line_id::text, m.effect_digest,
           jsonb_build_object('line', m.line_id, 'rest', m.amount));
    IF off IS NULL THEN
        SELECT min(m.id)::text INTO off
          FROM added m JOIN treasury_match u ON u.id = m.undoes_id
         WHERE NOT EXISTS (
               SELECT FROM controls_approval a
                WHERE (a.kind, a.subject, a.effect_digest)
                      = ('match.undo', m.line_id::text, m.effect_digest)
                  AND a.effect_text::jsonb -> 'parts'
                      @> jsonb_build_array(jsonb_build_array(u.id, u.kind, u.amount)));
    END IF;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('match %s is not what was approved', off));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_match_allowed AFTER INSERT ON treasury_match REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_allowed();
CREATE TRIGGER treasury_match_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_match
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_match_as_approved AFTER INSERT ON treasury_match REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_as_approved();
REVOKE UPDATE, DELETE ON treasury_match FROM together_app;
"""
MATCHINGPOLICY = """
CREATE FUNCTION treasury_matchingpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM treasury_matchingpolicy
                            WHERE account_id = NEW.account_id)
       OR NOT controls_is_approved_as(
              'matching.policy', NEW.account_id, NEW.effect_digest, jsonb_build_object(
                  'account', NEW.account_id, 'version', NEW.version, 'fees', to_jsonb(NEW.fees),
                  'charges_up_to', NEW.charges_up_to, 'days', NEW.days)) THEN
        RAISE EXCEPTION 'matching policy % of % was not approved', NEW.version, NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_matching_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_matchingpolicy_guard BEFORE INSERT ON treasury_matchingpolicy
    FOR EACH ROW EXECUTE FUNCTION treasury_matchingpolicy_guard();
CREATE TRIGGER treasury_matchingpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_matchingpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON treasury_matchingpolicy FROM together_app;
"""
RESOLUTION = """
CREATE FUNCTION treasury_resolution_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'resolution of line % is born %', NEW.line_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_resolution';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed'
       OR (NEW.state = 'booked' AND NOT controls_is_approved_as(
               'break.resolution', NEW.line_id::text, NEW.effect_digest, jsonb_build_object(
                   'line', NEW.line_id, 'kind', NEW.kind, 'reason', NEW.reason, 'instruction',
                   (SELECT reference FROM treasury_instruction WHERE id = NEW.instruction_id)))) THEN
        RAISE EXCEPTION 'resolution % of line % is % and not approved to become %', OLD.id,
              OLD.line_id, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_resolution';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_resolution_guard BEFORE INSERT OR UPDATE ON treasury_resolution
    FOR EACH ROW EXECUTE FUNCTION treasury_resolution_guard();
CREATE TRIGGER treasury_resolution_stays BEFORE DELETE OR TRUNCATE ON treasury_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_resolution FROM together_app;
"""
STATEMENT = """
ALTER TABLE treasury_statement ADD CONSTRAINT treasury_statement_file_of_account
    FOREIGN KEY (file_id, account_id) REFERENCES treasury_statementfile(id, account_id);
CREATE FUNCTION treasury_statement_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF treasury_statement_off(NEW.id) THEN
        RAISE EXCEPTION 'the lines of statement % of % do not lead to its closing', NEW.number,
              NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_statement_of_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM treasury_statementfile
                    WHERE id = NEW.file_id AND state = 'received') THEN
        RAISE EXCEPTION 'statement % of % is of no file that is being read', NEW.number,
              NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_of_file';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statement_of_file BEFORE INSERT ON treasury_statement
    FOR EACH ROW EXECUTE FUNCTION treasury_statement_of_file();
CREATE CONSTRAINT TRIGGER treasury_statement_adds_up AFTER INSERT ON treasury_statement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION treasury_statement_adds_up();
"""
STATEMENTFILE = """
ALTER TABLE treasury_statementfile ADD CONSTRAINT treasury_file_mapping_of_account
    FOREIGN KEY (mapping_id, account_id) REFERENCES treasury_columnmapping(id, account_id);
CREATE FUNCTION treasury_statementfile_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moving text[] := ARRAY['state', 'faults', 'statements_told', 'lines', 'tries', 'begun_at',
                           'stored_at', 'ended_at'];
    stored bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'received' THEN
            PERFORM treasury_file_fault(format('file %s is born %s', NEW.id, NEW.state));
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving
       OR OLD.state IN ('booked', 'known', 'refused') THEN
        PERFORM treasury_file_fault(format('file %s stays as it came and as it ended', OLD.id));
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT count(*) INTO stored FROM treasury_statement WHERE file_id = NEW.id;
        IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['received>known', 'received>refused', 'received>stored', 'stored>matching', 'matching>booked']))
           OR (stored > 0) <> (NEW.state IN ('stored', 'matching', 'booked')) THEN
            PERFORM treasury_file_fault(format('file %s is %s with %s statements: it does not'
                ' become %s', OLD.id, OLD.state, stored, NEW.state));
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statementfile_guard BEFORE INSERT OR UPDATE ON treasury_statementfile
    FOR EACH ROW EXECUTE FUNCTION treasury_statementfile_guard();
CREATE TRIGGER treasury_statementfile_stays BEFORE DELETE OR TRUNCATE ON treasury_statementfile
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON treasury_statementfile FROM together_app;
"""
FILECONTENT = """
ALTER TABLE treasury_filecontent ADD CONSTRAINT treasury_content_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
CREATE TRIGGER treasury_filecontent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON treasury_filecontent
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON treasury_filecontent FROM together_app;
"""
OPENLINE = """
CREATE TRIGGER treasury_openline_kept BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON treasury_openline
    FOR EACH STATEMENT WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION together_append_only();
REVOKE INSERT, UPDATE, DELETE ON treasury_openline FROM together_app;
"""
UNDO = """
DROP TRIGGER treasury_columnmapping_guard ON treasury_columnmapping;
DROP TRIGGER treasury_columnmapping_append_only ON treasury_columnmapping;
GRANT UPDATE, DELETE ON treasury_columnmapping TO together_app;
DROP TRIGGER treasury_conversion_guard ON treasury_conversion;
GRANT DELETE ON treasury_conversion TO together_app;
DROP TRIGGER treasury_line_guard ON treasury_statementline;
DROP TRIGGER treasury_lines_add_up ON treasury_statementline;
DROP TRIGGER treasury_lines_of_statement ON treasury_statementline;
DROP TRIGGER treasury_lines_come ON treasury_statementline;
DROP TRIGGER treasury_lines_move ON treasury_statementline;
DROP TRIGGER treasury_match_allowed ON treasury_match;
DROP TRIGGER treasury_match_append_only ON treasury_match;
DROP TRIGGER treasury_match_as_approved ON treasury_match;
GRANT UPDATE, DELETE ON treasury_match TO together_app;
DROP TRIGGER treasury_matchingpolicy_guard ON treasury_matchingpolicy;
DROP TRIGGER treasury_matchingpolicy_append_only ON treasury_matchingpolicy;
GRANT UPDATE, DELETE ON treasury_matchingpolicy TO together_app;
DROP TRIGGER treasury_resolution_guard ON treasury_resolution;
DROP TRIGGER treasury_resolution_stays ON treasury_resolution;
GRANT DELETE ON treasury_resolution TO together_app;
DROP TRIGGER treasury_statement_of_file ON treasury_statement;
DROP TRIGGER treasury_statement_adds_up ON treasury_statement;
ALTER TABLE treasury_statement DROP CONSTRAINT treasury_statement_file_of_account;
DROP TRIGGER treasury_statementfile_guard ON treasury_statementfile;
DROP TRIGGER treasury_statementfile_stays ON treasury_statementfile;
ALTER TABLE treasury_statementfile DROP CONSTRAINT treasury_file_mapping_of_account;
GRANT DELETE ON treasury_statementfile TO together_app;
DROP TRIGGER treasury_filecontent_append_only ON treasury_filecontent;
ALTER TABLE treasury_filecontent DROP CONSTRAINT treasury_content_is_its_digest;
GRANT UPDATE, DELETE ON treasury_filecontent TO together_app;
DROP TRIGGER treasury_openline_kept ON treasury_openline;
GRANT INSERT, UPDATE, DELETE ON treasury_openline TO together_app;
DROP FUNCTION treasury_statementfile_guard();
DROP FUNCTION treasury_statement_off(bigint);
DROP FUNCTION treasury_statement_of_file();
DROP FUNCTION treasury_statement_adds_up();
DROP FUNCTION treasury_resolution_guard();
DROP FUNCTION treasury_matchingpolicy_guard();
DROP FUNCTION treasury_match_fault(text);
DROP FUNCTION treasury_match_as_approved();
DROP FUNCTION treasury_match_allowed();
DROP FUNCTION treasury_lines_wait();
DROP FUNCTION treasury_lines_of_statement();
DROP FUNCTION treasury_lines_add_up();
DROP FUNCTION treasury_line_guard();
DROP FUNCTION treasury_file_fault(text);
DROP FUNCTION treasury_demand_in_file(treasury_instruction,text);
DROP FUNCTION treasury_demand_filed(treasury_instruction,text);
DROP FUNCTION treasury_conversion_guard();
DROP FUNCTION treasury_columnmapping_guard();
"""


class Migration(migrations.Migration):

    replaces = [('treasury', '0019_open_lines')]

    dependencies = [
        ('treasury', '0003_guards_of_payments'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                COLUMNMAPPING,
                CONVERSION,
                STATEMENTLINE,
                MATCH,
                MATCHINGPOLICY,
                RESOLUTION,
                STATEMENT,
                STATEMENTFILE,
                FILECONTENT,
                OPENLINE,
            )),
            UNDO,
        ),
    ]
