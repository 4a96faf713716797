"""
What is allowed, resolved, undone or converted is what was approved, fact by fact.

* a version of a matching policy is the one that was approved, and no older one again;
* a resolution and a conversion are booked only with the facts of their approval;
* a part of a line that a person resolved or undid is the one that was approved.
"""

from django.db import migrations

AS_APPROVED = """
CREATE OR REPLACE FUNCTION treasury_matchingpolicy_guard() RETURNS trigger
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
CREATE OR REPLACE FUNCTION treasury_resolution_guard() RETURNS trigger
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
CREATE OR REPLACE FUNCTION treasury_conversion_guard() RETURNS trigger
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
CREATE FUNCTION treasury_match_as_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off text;
BEGIN
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
CREATE TRIGGER treasury_match_as_approved AFTER INSERT ON treasury_match
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_as_approved();
"""
AS_BEFORE = """
DROP TRIGGER treasury_match_as_approved ON treasury_match;
DROP FUNCTION treasury_match_as_approved();
CREATE OR REPLACE FUNCTION treasury_conversion_guard() RETURNS trigger
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
       OR (NEW.state = 'booked' AND NOT controls_is_approved(
               'pool.conversion', NEW.number, NEW.effect_digest)) THEN
        RAISE EXCEPTION 'conversion % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_conversion';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION treasury_resolution_guard() RETURNS trigger
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
       OR (NEW.state = 'booked' AND NOT controls_is_approved(
               'break.resolution', NEW.line_id::text, NEW.effect_digest)) THEN
        RAISE EXCEPTION 'resolution % of line % is % and not approved to become %', OLD.id,
              OLD.line_id, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_resolution';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION treasury_matchingpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM treasury_matchingpolicy
                            WHERE account_id = NEW.account_id)
       OR NOT controls_is_approved('matching.policy', NEW.account_id, NEW.effect_digest) THEN
        RAISE EXCEPTION 'matching policy % of % was not approved', NEW.version, NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_matching_approved';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0013_statement_files"),
        ("controls", "0007_approved_as_said"),
    ]
    operations = [migrations.RunSQL(AS_APPROVED, AS_BEFORE)]
