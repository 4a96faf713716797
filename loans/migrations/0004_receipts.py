"""
A repayment is money that came in.

* an event of the type repayment names the statement line it came with: a receipt of the loan's
  pool, of the same amount and day; no other event names a line.
"""

from django.db import migrations

RECEIVED = """
CREATE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.type = 'repayment' OR NEW.line_id IS NOT NULL) AND NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
            WHERE s.id = NEW.line_id AND NEW.type = 'repayment' AND s.is_receipt
              AND s.pool_id = l.pool_id AND s.amount = NEW.amount
              AND (s.booked_at AT TIME ZONE 'UTC')::date = NEW."on") THEN
        RAISE EXCEPTION 'event % of loan %: no receipt of this amount and day came in',
                        NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_received';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_event_is_received BEFORE INSERT ON loans_event
    FOR EACH ROW EXECUTE FUNCTION loans_event_is_received();
"""

UNDO = """
DROP TRIGGER loans_event_is_received ON loans_event;
DROP FUNCTION loans_event_is_received();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0003_guards"), ("treasury", "0002_guards")]
    operations = [migrations.RunSQL(RECEIVED, UNDO)]
