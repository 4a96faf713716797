"""
What the database keeps of loans.

* a loan is born only when exactly its terms and amount passed four eyes;
* its terms, amount and borrower stay; its state moves along the table; its business date only
  goes forward;
* events are append-only and follow one another without a gap.
"""

from django.db import migrations

from loans.rules.states import LOAN_MOVES

LOANS = """
CREATE FUNCTION loans_loan_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s])))
       OR NEW.business_date < OLD.business_date
       OR (OLD.disbursement_id IS NOT NULL
           AND NEW.disbursement_id IS DISTINCT FROM OLD.disbursement_id) THEN
        RAISE EXCEPTION 'loan %: terms stay, states follow their table, days go forward', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_guard BEFORE INSERT OR UPDATE ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_guard();
CREATE TRIGGER loans_loan_stays BEFORE DELETE OR TRUNCATE ON loans_loan
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
"""

EVENTS = """
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
CREATE TRIGGER loans_event_follows BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_follows();
CREATE TRIGGER loans_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_event
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_event FROM together_app;
REVOKE DELETE, TRUNCATE ON loans_loan, loans_application, loans_institution FROM together_app;
"""

UNDO = """
GRANT INSERT, UPDATE, DELETE ON loans_event, loans_loan, loans_application, loans_institution
    TO together_app;
DROP TRIGGER loans_event_append_only ON loans_event;
DROP TRIGGER loans_event_follows ON loans_event;
DROP TRIGGER loans_loan_stays ON loans_loan;
DROP TRIGGER loans_loan_guard ON loans_loan;
DROP FUNCTION loans_event_follows();
DROP FUNCTION loans_loan_guard();
"""

MOVES = ", ".join(
    f"'{start.value}>{end.value}'" for start, ends in LOAN_MOVES.items() for end in sorted(ends)
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_initial"), ("controls", "0002_four_eyes")]
    operations = [migrations.RunSQL(LOANS.replace("%(moves)s", MOVES) + EVENTS, UNDO)]
