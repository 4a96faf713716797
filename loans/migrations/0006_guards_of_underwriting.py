"""What the database itself holds of underwriting, of what is agreed, and of term sheets."""

from django.db import migrations

# What several guards ask.
SHARED = """
CREATE FUNCTION loans_agreed_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_open boolean := EXISTS (SELECT FROM loans_application
                                WHERE id = NEW.application_id AND state = 'submitted');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'agreed' OR NOT is_open THEN
            RAISE EXCEPTION '%: what an application is agreed with is added while it is submitted',
                  NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_agreed';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state' OR NOT is_open
       OR (OLD.state, NEW.state) IS DISTINCT FROM ('agreed', 'removed') THEN
        RAISE EXCEPTION '%: what was agreed stays', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_agreed';
    END IF;
    RETURN NEW;
END $$;
"""
APPLICATION = """
CREATE FUNCTION loans_application_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state <> 'submitted' THEN
        RAISE EXCEPTION 'application % is born %', NEW.number, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_born';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_application_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may_change text[] := CASE
        WHEN OLD.state = 'submitted'
            THEN ARRAY['state', 'assessment', 'proposed_by_id', 'proposed_at', 'decline_reason']
        ELSE ARRAY['state', 'decline_reason'] END;
BEGIN
    IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change
       OR (NEW.state <> OLD.state AND NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['proposed>approved', 'proposed>declined', 'submitted>declined', 'submitted>proposed'])))
       OR (NEW.state = OLD.state AND OLD.state IN ('approved', 'declined')
           AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'application % is %: what it asks for and what was decided stays',
              OLD.number, OLD.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_application_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_application_guard BEFORE UPDATE ON loans_application
    FOR EACH ROW EXECUTE FUNCTION loans_application_guard();
CREATE TRIGGER loans_application_born BEFORE INSERT ON loans_application
    FOR EACH ROW EXECUTE FUNCTION loans_application_born();
CREATE TRIGGER loans_application_stays BEFORE DELETE OR TRUNCATE ON loans_application
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_application FROM together_app;
"""
CONDITION = """
CREATE FUNCTION loans_condition_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'document', 'note', 'effect_digest'];
    is_open boolean := EXISTS (SELECT FROM loans_application
                                WHERE id = NEW.application_id AND state = 'submitted');
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NOT is_open THEN
            RAISE EXCEPTION 'condition %: it is added while its application is submitted',
                  NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_condition';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'open' OR NEW.state = 'open'
       OR (NEW.state = 'removed' AND NOT is_open)
       OR (NEW.state IN ('satisfied', 'waived') AND NOT controls_is_approved_as(
               'loan.condition', NEW.number, NEW.effect_digest, jsonb_build_object(
                   'text', NEW.text, 'outcome', NEW.state, 'document', NEW.document,
                   'note', NEW.note))) THEN
        RAISE EXCEPTION 'condition % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_condition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_condition_guard BEFORE INSERT OR UPDATE ON loans_condition
    FOR EACH ROW EXECUTE FUNCTION loans_condition_guard();
CREATE TRIGGER loans_condition_stays BEFORE DELETE OR TRUNCATE ON loans_condition
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_condition FROM together_app;
"""
CREDITPOLICY = """
CREATE FUNCTION loans_creditpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.proposed_by_id IS NULL THEN
            RAISE EXCEPTION 'credit policy % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'superseded'))
       OR (NEW.state = 'in_force' AND NOT controls_is_approved_as(
               'credit.policy', NEW.number, NEW.effect_digest,
               jsonb_build_object('document', NEW.document, 'reason', NEW.reason))) THEN
        RAISE EXCEPTION 'credit policy % is % and not approved to become %', OLD.number,
              OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_creditpolicy_one() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_creditpolicy WHERE state = 'in_force') THEN
        RAISE EXCEPTION 'no credit policy would be in force'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_creditpolicy_one';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER loans_creditpolicy_guard BEFORE INSERT OR UPDATE ON loans_creditpolicy
    FOR EACH ROW EXECUTE FUNCTION loans_creditpolicy_guard();
CREATE CONSTRAINT TRIGGER loans_creditpolicy_one AFTER UPDATE ON loans_creditpolicy
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((((old.state)::text = 'in_force'::text) AND ((new.state)::text <> 'in_force'::text))) EXECUTE FUNCTION loans_creditpolicy_one();
CREATE TRIGGER loans_creditpolicy_stays BEFORE DELETE OR TRUNCATE ON loans_creditpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_creditpolicy FROM together_app;
"""
LOAN = """
CREATE FUNCTION loans_loan_accepted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_termsheet
                    WHERE loan_id = NEW.id AND state = 'accepted'
                      AND terms_digest = NEW.terms_digest) THEN
        RAISE EXCEPTION 'loan %: no term sheet of its terms was accepted', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_accepted';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_loan_conditions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_condition
                WHERE application_id = NEW.application_id AND state = 'open') THEN
        RAISE EXCEPTION 'loan %: a condition precedent is open', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_conditions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_conditions BEFORE UPDATE ON loans_loan
    FOR EACH ROW WHEN ((((old.state)::text = 'committed'::text) AND ((new.state)::text = 'drawing'::text))) EXECUTE FUNCTION loans_loan_conditions();
CREATE TRIGGER loans_loan_accepted BEFORE UPDATE ON loans_loan
    FOR EACH ROW WHEN ((((old.state)::text = 'committed'::text) AND ((new.state)::text = 'drawing'::text))) EXECUTE FUNCTION loans_loan_accepted();
"""
SPREAD = """
CREATE FUNCTION loans_spread_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM loans_spread s
                WHERE s.institution_id = NEW.institution_id AND s.ends_on = NEW.ends_on
                  AND s.months = NEW.months AND s.id IS DISTINCT FROM NEW.replaces_id
                  AND NOT EXISTS (SELECT FROM loans_spread r WHERE r.replaces_id = s.id))
       OR EXISTS (SELECT FROM loans_spread s
                   WHERE s.id = NEW.replaces_id AND s.institution_id <> NEW.institution_id) THEN
        RAISE EXCEPTION 'spread %: these months are there, or it replaces those of another',
              NEW.number USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_spread_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_spread_guard BEFORE INSERT ON loans_spread
    FOR EACH ROW EXECUTE FUNCTION loans_spread_guard();
CREATE TRIGGER loans_spread_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_spread
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_spread FROM together_app;
"""
TERMSHEET = """
CREATE FUNCTION loans_termsheet_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'accepted_by_id', 'accepted_at', 'wording'];
    loan loans_loan := (SELECT l FROM loans_loan l WHERE l.id = NEW.loan_id);
    is_filed boolean := EXISTS (
        SELECT FROM controls_document WHERE id = NEW.document_id AND kind = 'term_sheet'
           AND area = 'loans' AND subject = loan.number AND withdrawn_at IS NULL);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued' OR loan.state <> 'committed'
           OR NEW.terms_digest <> loan.terms_digest OR NOT is_filed
           OR NEW.lapses_on <= (NEW.issued_at AT TIME ZONE 'UTC')::date
           OR NEW.version <> 1 + coalesce((SELECT max(version) FROM loans_termsheet
                                            WHERE loan_id = NEW.loan_id), 0) THEN
            RAISE EXCEPTION 'term sheet % is not of the terms of a committed loan', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_termsheet';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome
       OR OLD.state <> 'issued' OR NEW.state NOT IN ('accepted', 'superseded')
       OR (NEW.state = 'accepted' AND (
           loan.state <> 'committed' OR NOT is_filed
           OR NEW.accepted_at < NEW.issued_at
           OR (NEW.accepted_at AT TIME ZONE 'UTC')::date >= NEW.lapses_on
           OR NOT EXISTS (
               SELECT FROM controls_rolegrant g
                 JOIN loans_institution i ON i.number = g.scope
                 JOIN controls_person p ON p.id = g.person_id
                WHERE i.id = loan.institution_id AND g.person_id = NEW.accepted_by_id
                  AND g.role IN ('institution_admin', 'institution_manager')
                  AND g.revoked_at IS NULL AND p.is_active))) THEN
        RAISE EXCEPTION 'term sheet % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_termsheet';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_termsheet_guard BEFORE INSERT OR UPDATE ON loans_termsheet
    FOR EACH ROW EXECUTE FUNCTION loans_termsheet_guard();
CREATE TRIGGER loans_termsheet_stays BEFORE DELETE OR TRUNCATE ON loans_termsheet
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_termsheet FROM together_app;
"""
WORKSHEET = """
CREATE FUNCTION loans_worksheet_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM loans_application
                    WHERE id = NEW.application_id AND state = 'submitted') THEN
        RAISE EXCEPTION 'worksheet %: its application is not submitted any more', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_worksheet_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_worksheet_guard BEFORE INSERT ON loans_worksheet
    FOR EACH ROW EXECUTE FUNCTION loans_worksheet_guard();
CREATE TRIGGER loans_worksheet_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_worksheet
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_worksheet FROM together_app;
"""
COVENANT = """
CREATE TRIGGER loans_covenant_guard BEFORE INSERT OR UPDATE ON loans_covenant
    FOR EACH ROW EXECUTE FUNCTION loans_agreed_guard();
CREATE TRIGGER loans_covenant_stays BEFORE DELETE OR TRUNCATE ON loans_covenant
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_covenant FROM together_app;
"""
GUARANTEE = """
CREATE TRIGGER loans_guarantee_guard BEFORE INSERT OR UPDATE ON loans_guarantee
    FOR EACH ROW EXECUTE FUNCTION loans_agreed_guard();
CREATE TRIGGER loans_guarantee_stays BEFORE DELETE OR TRUNCATE ON loans_guarantee
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_guarantee FROM together_app;
"""
UNDO = """
DROP TRIGGER loans_application_guard ON loans_application;
DROP TRIGGER loans_application_born ON loans_application;
DROP TRIGGER loans_application_stays ON loans_application;
GRANT DELETE ON loans_application TO together_app;
DROP TRIGGER loans_condition_guard ON loans_condition;
DROP TRIGGER loans_condition_stays ON loans_condition;
GRANT DELETE ON loans_condition TO together_app;
DROP TRIGGER loans_creditpolicy_guard ON loans_creditpolicy;
DROP TRIGGER loans_creditpolicy_one ON loans_creditpolicy;
DROP TRIGGER loans_creditpolicy_stays ON loans_creditpolicy;
GRANT DELETE ON loans_creditpolicy TO together_app;
DROP TRIGGER loans_loan_conditions ON loans_loan;
DROP TRIGGER loans_loan_accepted ON loans_loan;
DROP TRIGGER loans_spread_guard ON loans_spread;
DROP TRIGGER loans_spread_append_only ON loans_spread;
GRANT UPDATE, DELETE ON loans_spread TO together_app;
DROP TRIGGER loans_termsheet_guard ON loans_termsheet;
DROP TRIGGER loans_termsheet_stays ON loans_termsheet;
GRANT DELETE ON loans_termsheet TO together_app;
DROP TRIGGER loans_worksheet_guard ON loans_worksheet;
DROP TRIGGER loans_worksheet_append_only ON loans_worksheet;
GRANT UPDATE, DELETE ON loans_worksheet TO together_app;
DROP TRIGGER loans_covenant_guard ON loans_covenant;
DROP TRIGGER loans_covenant_stays ON loans_covenant;
GRANT DELETE ON loans_covenant TO together_app;
DROP TRIGGER loans_guarantee_guard ON loans_guarantee;
DROP TRIGGER loans_guarantee_stays ON loans_guarantee;
GRANT DELETE ON loans_guarantee TO together_app;
DROP FUNCTION loans_worksheet_guard();
DROP FUNCTION loans_termsheet_guard();
DROP FUNCTION loans_spread_guard();
DROP FUNCTION loans_loan_conditions();
DROP FUNCTION loans_loan_accepted();
DROP FUNCTION loans_creditpolicy_one();
DROP FUNCTION loans_creditpolicy_guard();
DROP FUNCTION loans_condition_guard();
DROP FUNCTION loans_application_guard();
DROP FUNCTION loans_application_born();
DROP FUNCTION loans_agreed_guard();
"""


class Migration(migrations.Migration):

    replaces = [('loans', '0025_term_sheets')]

    dependencies = [
        ('loans', '0005_guards_of_collateral'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                APPLICATION,
                CONDITION,
                CREDITPOLICY,
                LOAN,
                SPREAD,
                TERMSHEET,
                WORKSHEET,
                COVENANT,
                GUARANTEE,
            )),
            UNDO,
        ),
    ]
