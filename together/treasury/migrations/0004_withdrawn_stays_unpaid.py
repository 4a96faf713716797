"""
A batch is released with its disbursement, never by itself.

An approval outlives a disbursement that was given up: what was withdrawn stays unpaid, although
its effect once passed four eyes.
"""

from django.db import migrations

GUARD = """
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
"""

UNDO = """
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


class Migration(migrations.Migration):
    dependencies = [("treasury", "0003_words")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
