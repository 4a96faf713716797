"""
A run that decided adds up: its totals are the sums of its decisions.

What is approved, published and booked are the totals of a run; what is paid are its rows. From
the moment a run is decided the two cannot differ, whoever wrote them.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION claims_run_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stored record;
BEGIN
    SELECT count(*) AS persons, count(*) FILTER (WHERE decision = 'award') AS awards,
           coalesce(sum(award), 0) AS award, coalesce(sum(escrow), 0) AS escrow,
           coalesce(sum(payable), 0) AS payable
      INTO stored FROM retail_claims_decision WHERE run_id = NEW.id;
    IF (stored.persons, stored.awards, stored.award, stored.escrow, stored.payable)
       IS DISTINCT FROM
       (NEW.persons, NEW.awards, NEW.award_total, NEW.escrow_total, NEW.payable_total) THEN
        RAISE EXCEPTION 'run % does not add up: its decisions are %', NEW.number, stored
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_adds_up';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_run_adds_up BEFORE UPDATE ON retail_claims_run FOR EACH ROW
    WHEN (OLD.state = 'computing' AND NEW.state = 'decided')
    EXECUTE FUNCTION claims_run_adds_up();
"""
UNDO = """
DROP TRIGGER claims_run_adds_up ON retail_claims_run;
DROP FUNCTION claims_run_adds_up();
"""


class Migration(migrations.Migration):
    dependencies = [("retail_claims", "0004_run_folder")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
