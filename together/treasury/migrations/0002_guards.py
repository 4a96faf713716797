"""
What the database keeps of payments and statements.

* a batch is released only when exactly its disbursement's effect passed four eyes;
* an instruction joins only a batch that is not released, and keeps its identity, reference,
  payee and amount for ever; its state moves along the table of ``rules/states.py``;
* what leaves the wallet is on no statement twice; attempts, statements and their amounts are
  never changed; nothing is deleted.
"""

from django.db import migrations

from together.treasury.rules.states import DISBURSEMENT_MOVES, INSTRUCTION_MOVES

RELEASE = """
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
"""

IDENTITY = """
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
CREATE TRIGGER treasury_instruction_guard BEFORE INSERT OR UPDATE ON treasury_instruction
    FOR EACH ROW EXECUTE FUNCTION treasury_instruction_guard();
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
           NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(disbursement_moves)s]))
           OR (NEW.state = 'released' AND NOT controls_is_approved(
                   NEW.approval_kind, NEW.number, NEW.effect_digest))) THEN
        RAISE EXCEPTION 'disbursement % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_release';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_disbursement_guard BEFORE INSERT OR UPDATE ON treasury_disbursement
    FOR EACH ROW EXECUTE FUNCTION treasury_disbursement_guard();
"""

STATEMENTS = """
CREATE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['state', 'reason', 'instruction_id', 'funding_id', 'is_receipt'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'reason', 'instruction_id', 'funding_id', 'is_receipt'])
       OR OLD.state = 'matched' THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_line_guard BEFORE UPDATE ON treasury_statementline
    FOR EACH ROW EXECUTE FUNCTION treasury_line_guard();
CREATE FUNCTION treasury_statement_continues() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last treasury_statement;
BEGIN
    PERFORM FROM treasury_pool WHERE code = NEW.pool_id FOR UPDATE;
    SELECT * INTO last FROM treasury_statement WHERE pool_id = NEW.pool_id
     ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.opening <> coalesce(last.closing, 0) THEN
        RAISE EXCEPTION 'statement % of % opens with %, the last one (%) closed with %',
              NEW.number, NEW.pool_id, NEW.opening, coalesce(last.number, 0),
              coalesce(last.closing, 0)
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_continues';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statement_continues BEFORE INSERT ON treasury_statement
    FOR EACH ROW EXECUTE FUNCTION treasury_statement_continues();
"""

APPEND_ONLY = """
CREATE TRIGGER treasury_attempt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_attempt FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_funding_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_funding FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_statement FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_statementline_stays BEFORE DELETE OR TRUNCATE
    ON treasury_statementline FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_instruction_stays BEFORE DELETE OR TRUNCATE
    ON treasury_instruction FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_batch_stays BEFORE DELETE OR TRUNCATE
    ON treasury_batch FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER treasury_disbursement_stays BEFORE DELETE OR TRUNCATE
    ON treasury_disbursement FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_attempt, treasury_funding, treasury_statement
    FROM together_app;
REVOKE DELETE, TRUNCATE ON treasury_statementline, treasury_instruction, treasury_batch,
    treasury_disbursement, treasury_pool, treasury_switch FROM together_app;
"""

UNDO = """
GRANT UPDATE, DELETE ON treasury_attempt, treasury_funding, treasury_statement,
    treasury_statementline, treasury_instruction, treasury_batch, treasury_disbursement,
    treasury_pool, treasury_switch TO together_app;
DROP TRIGGER treasury_disbursement_stays ON treasury_disbursement;
DROP TRIGGER treasury_batch_stays ON treasury_batch;
DROP TRIGGER treasury_instruction_stays ON treasury_instruction;
DROP TRIGGER treasury_statementline_stays ON treasury_statementline;
DROP TRIGGER treasury_statement_append_only ON treasury_statement;
DROP TRIGGER treasury_funding_append_only ON treasury_funding;
DROP TRIGGER treasury_attempt_append_only ON treasury_attempt;
DROP TRIGGER treasury_statement_continues ON treasury_statement;
DROP TRIGGER treasury_line_guard ON treasury_statementline;
DROP TRIGGER treasury_disbursement_guard ON treasury_disbursement;
DROP TRIGGER treasury_instruction_guard ON treasury_instruction;
DROP TRIGGER treasury_batch_guard ON treasury_batch;
DROP FUNCTION treasury_statement_continues();
DROP FUNCTION treasury_line_guard();
DROP FUNCTION treasury_disbursement_guard();
DROP FUNCTION treasury_instruction_guard();
DROP FUNCTION treasury_batch_guard();
"""


def _moves(table):
    """Write a table of moves as SQL texts 'from>to'."""
    return ", ".join(
        f"'{start.value}>{end.value}'" for start, ends in table.items() for end in sorted(ends)
    )


IDENTITY = IDENTITY.replace("%(moves)s", _moves(INSTRUCTION_MOVES)).replace(
    "%(disbursement_moves)s", _moves(DISBURSEMENT_MOVES)
)


class Migration(migrations.Migration):
    dependencies = [("treasury", "0001_initial"), ("controls", "0002_four_eyes")]
    operations = [migrations.RunSQL(RELEASE + IDENTITY + STATEMENTS + APPEND_ONLY, UNDO)]
