"""What the database itself holds of institutions: verified, screened, profiled, paid to their own."""

from django.db import migrations

# What several guards ask.
SHARED = """
CREATE FUNCTION loans_profile(i loans_institution) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'legal_name', i.legal_name, 'aliases', to_jsonb(i.aliases),
        'jurisdiction', i.jurisdiction, 'sector', i.sector,
        'group', coalesce((SELECT number FROM loans_group WHERE id = i.group_id), ''),
        'parent', coalesce((SELECT number FROM loans_institution WHERE id = i.parent_id), ''),
        'parent_name', i.parent_name, 'parent_lei', i.parent_lei,
        'affiliation', i.affiliation, 'exchange', i.exchange, 'limit', i."limit")
$$;
"""
CONTACT = """
CREATE FUNCTION loans_contact_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ending text[] := ARRAY['ended_on', 'ended_by_id', 'ended_at', 'ended_for'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_on IS NOT NULL THEN
            RAISE EXCEPTION 'contact % is entered as ended', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_contact_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending)
       OR OLD.ended_on IS NOT NULL THEN
        RAISE EXCEPTION 'contact % stays as it was entered; it is ended once', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_contact_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_contact_guard BEFORE INSERT OR UPDATE ON loans_contact
    FOR EACH ROW EXECUTE FUNCTION loans_contact_guard();
CREATE TRIGGER loans_contact_stays BEFORE DELETE OR TRUNCATE ON loans_contact
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_contact FROM together_app;
"""
INSTITUTION = """
CREATE FUNCTION loans_institution_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.change_id IS NOT NULL THEN
        problem := 'is entered as changed';
    ELSIF TG_OP = 'UPDATE' AND (NEW.id, NEW.number, NEW.lei, NEW.entered_by_id, NEW.entered_at)
          IS DISTINCT FROM (OLD.id, OLD.number, OLD.lei, OLD.entered_by_id, OLD.entered_at) THEN
        problem := 'keeps its number, its LEI and who entered it';
    ELSIF TG_OP = 'UPDATE'
          AND (loans_profile(NEW) <> loans_profile(OLD)
               OR NEW.change_id IS DISTINCT FROM OLD.change_id)
          AND NOT EXISTS (
              SELECT FROM loans_profilechange c
               WHERE c.id = NEW.change_id AND c.institution_id = NEW.id AND c.state = 'proposed'
                 AND c.before = loans_profile(OLD) AND c.after = loans_profile(NEW)
                 AND controls_is_approved_as(
                     'institution.profile', c.number, c.effect_digest, jsonb_build_object(
                         'institution', NEW.number, 'version', c.version,
                         'before', c.before, 'after', c.after, 'reason', c.reason))) THEN
        problem := 'changes only as an approved change of it says';
    END IF;
    IF problem IS NULL AND (NEW.parent_id IS NOT NULL OR NEW.parent_lei <> '') THEN
        -- Two halves of a circle that are written at once wait for one another here.
        PERFORM pg_advisory_xact_lock(hashtext('loans:parents'));
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id, NEW.parent_lei AS lei
                UNION
                SELECT i.parent_id, i.parent_lei
                  FROM above a JOIN loans_institution i
                    ON i.id = a.id OR (a.lei <> '' AND i.lei = a.lei))
            SELECT FROM above WHERE id = NEW.id OR lei = NEW.lei) THEN
            problem := 'would be its own parent';
        END IF;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'institution % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_institution_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_institution_guard BEFORE INSERT OR UPDATE ON loans_institution
    FOR EACH ROW EXECUTE FUNCTION loans_institution_guard();
CREATE TRIGGER loans_institution_stays BEFORE DELETE OR TRUNCATE ON loans_institution
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_institution FROM together_app;
"""
LOAN = """
CREATE FUNCTION loans_loan_paid_to_its_own() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
            SELECT FROM treasury_instruction i
              JOIN treasury_batch b ON b.id = i.batch_id
              LEFT JOIN treasury_destination t ON t.id = i.destination_id
             WHERE b.disbursement_id = NEW.disbursement_id
               AND (t.owner_kind, t.owner) IS DISTINCT FROM
                   ('institution', (SELECT lei FROM loans_institution
                                     WHERE id = NEW.institution_id))) THEN
        RAISE EXCEPTION 'loan %: its order pays somebody else than its institution', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paid_to_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_loan_screened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    hit text := (SELECT min(h.number) FROM controls_hit h
                   JOIN loans_institution i ON i.number = h.subject
                  WHERE h.area = 'loans' AND h.state IN ('open', 'confirmed')
                    AND i.id = NEW.institution_id);
BEGIN
    IF hit IS NOT NULL AND (TG_OP = 'INSERT'
                            OR (NEW.state = 'drawing' AND OLD.state <> 'drawing')) THEN
        RAISE EXCEPTION 'loan %: hit % of its institution is not cleared', NEW.number, hit
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_screened';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_paid_to_its_own BEFORE INSERT OR UPDATE OF disbursement_id ON loans_loan
    FOR EACH ROW WHEN ((new.disbursement_id IS NOT NULL)) EXECUTE FUNCTION loans_loan_paid_to_its_own();
CREATE TRIGGER loans_loan_screened BEFORE INSERT OR UPDATE OF state ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_screened();
"""
PROFILECHANGE = """
CREATE FUNCTION loans_profilechange_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made boolean := EXISTS (SELECT FROM loans_institution
                             WHERE id = NEW.institution_id AND change_id = NEW.id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'change % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_profilechange_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state, made) NOT IN (
           ('proposed', 'applied', true), ('proposed', 'withdrawn', false)) THEN
        RAISE EXCEPTION 'change % is % and does not become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_profilechange_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_profilechange_guard BEFORE INSERT OR UPDATE ON loans_profilechange
    FOR EACH ROW EXECUTE FUNCTION loans_profilechange_guard();
CREATE TRIGGER loans_profilechange_stays BEFORE DELETE OR TRUNCATE ON loans_profilechange
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_profilechange FROM together_app;
"""
VERIFICATION = """
CREATE FUNCTION loans_verification_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'verification % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_verification';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'revoked'))
       OR (NEW.state = 'in_force' AND NOT controls_is_approved_as(
               'institution.kyb', NEW.number, NEW.effect_digest, jsonb_build_object(
                   'institution',
                   (SELECT number FROM loans_institution WHERE id = NEW.institution_id),
                   'documents', to_jsonb(NEW.documents), 'verified_on', NEW.verified_on,
                   'expires_on', NEW.expires_on, 'finding', NEW.finding))) THEN
        RAISE EXCEPTION 'verification % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_verification';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_verification_guard BEFORE INSERT OR UPDATE ON loans_verification
    FOR EACH ROW EXECUTE FUNCTION loans_verification_guard();
CREATE TRIGGER loans_verification_stays BEFORE DELETE OR TRUNCATE ON loans_verification
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_verification FROM together_app;
"""
GROUP = """
CREATE TRIGGER loans_group_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_group
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_group FROM together_app;
"""
UNDO = """
DROP TRIGGER loans_contact_guard ON loans_contact;
DROP TRIGGER loans_contact_stays ON loans_contact;
GRANT DELETE ON loans_contact TO together_app;
DROP TRIGGER loans_institution_guard ON loans_institution;
DROP TRIGGER loans_institution_stays ON loans_institution;
GRANT DELETE ON loans_institution TO together_app;
DROP TRIGGER loans_loan_paid_to_its_own ON loans_loan;
DROP TRIGGER loans_loan_screened ON loans_loan;
DROP TRIGGER loans_profilechange_guard ON loans_profilechange;
DROP TRIGGER loans_profilechange_stays ON loans_profilechange;
GRANT DELETE ON loans_profilechange TO together_app;
DROP TRIGGER loans_verification_guard ON loans_verification;
DROP TRIGGER loans_verification_stays ON loans_verification;
GRANT DELETE ON loans_verification TO together_app;
DROP TRIGGER loans_group_append_only ON loans_group;
GRANT UPDATE, DELETE ON loans_group TO together_app;
DROP FUNCTION loans_verification_guard();
DROP FUNCTION loans_profilechange_guard();
DROP FUNCTION loans_profile(loans_institution);
DROP FUNCTION loans_loan_screened();
DROP FUNCTION loans_loan_paid_to_its_own();
DROP FUNCTION loans_institution_guard();
DROP FUNCTION loans_contact_guard();
"""


class Migration(migrations.Migration):

    replaces = [('loans', '0023_underwriting')]

    dependencies = [
        ('loans', '0003_guards_of_loans'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                CONTACT,
                INSTITUTION,
                LOAN,
                PROFILECHANGE,
                VERIFICATION,
                GROUP,
            )),
            UNDO,
        ),
    ]
