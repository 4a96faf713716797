"""
A drawdown that was given up can be asked for again.

A loan goes back from drawing to committed, without its disbursement, only when that disbursement
was withdrawn before it was released: nothing of it was or will be paid.
"""

from django.db import migrations

GUARD = """
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
               'committed>drawing', 'drawing>active', 'drawing>committed', 'active>closed'])))
       OR NEW.business_date < OLD.business_date
       OR (OLD.disbursement_id IS NOT NULL
           AND NEW.disbursement_id IS DISTINCT FROM OLD.disbursement_id AND NOT was_given_up)
       OR (OLD.state = 'drawing' AND NEW.state = 'committed' AND NOT was_given_up) THEN
        RAISE EXCEPTION 'loan %: terms stay, states follow their table, days go forward', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_guard';
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
CREATE OR REPLACE FUNCTION loans_loan_guard() RETURNS trigger
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
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'committed>drawing', 'drawing>active', 'active>closed'])))
       OR NEW.business_date < OLD.business_date
       OR (OLD.disbursement_id IS NOT NULL
           AND NEW.disbursement_id IS DISTINCT FROM OLD.disbursement_id) THEN
        RAISE EXCEPTION 'loan %: terms stay, states follow their table, days go forward', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_guard';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0004_receipts"), ("treasury", "0004_withdrawn_stays_unpaid")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
