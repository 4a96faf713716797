"""
The books are closed and reopened under four eyes.

A closing passes only if exactly it was approved: through which day, what counted before, and
after which closing. It closes days that are over, and it follows the closing that counts now.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION ledger_closing_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last ledger_closing;
    is_reopening boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_closing'));
    SELECT * INTO last FROM ledger_closing ORDER BY id DESC LIMIT 1;
    IF NEW.was IS DISTINCT FROM last.through THEN
        RAISE EXCEPTION 'the books are closed through %, not %',
              coalesce(last.through::text, 'no day'), coalesce(NEW.was::text, 'no day')
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_follows';
    END IF;
    is_reopening := NEW.was IS NOT NULL AND (NEW.through IS NULL OR NEW.through < NEW.was);
    IF NOT is_reopening AND NEW.through >= (NEW.written_at AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION '% is not over yet', NEW.through
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_follows';
    END IF;
    IF NOT EXISTS (
            SELECT FROM controls_approval a
             WHERE a.kind = CASE WHEN is_reopening THEN 'period.reopening'
                                 ELSE 'period.closing' END
               AND a.subject = coalesce(NEW.through::text, 'all')
               AND a.effect_text::jsonb @> jsonb_build_object(
                   'after', coalesce(last.id, 0), 'through', NEW.through, 'was', NEW.was,
                   'reason', NEW.reason)
               AND controls_is_approved(a.kind, a.subject, a.effect_digest)) THEN
        RAISE EXCEPTION 'closing the books through % is not approved',
              coalesce(NEW.through::text, 'no day')
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_approved';
    END IF;
    -- From here on by the clock that dates the entries: the proof compares the two.
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_closing_guard BEFORE INSERT ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION ledger_closing_guard();
"""
UNDO = """
DROP TRIGGER ledger_closing_guard ON ledger_closing;
DROP FUNCTION ledger_closing_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0004_withdrawn_stays_unpaid"),
        ("ledger", "0005_closings"),
        ("controls", "0003_closing_stages"),
    ]
    operations = [migrations.RunSQL(GUARD, UNDO)]
