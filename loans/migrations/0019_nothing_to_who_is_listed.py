"""
Nothing is lent to who is like an entry of a list of sanctions.

* no loan is committed and none is drawn while a hit of its institution is open or confirmed.
"""

from django.db import migrations

GUARD = """
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
CREATE TRIGGER loans_loan_screened BEFORE INSERT OR UPDATE OF state ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_screened();
"""
NO_GUARD = """
DROP TRIGGER loans_loan_screened ON loans_loan;
DROP FUNCTION loans_loan_screened();
"""


class Migration(migrations.Migration):
    dependencies = [("loans", "0018_contacts"), ("controls", "0012_stages_of_screening")]
    operations = [migrations.RunSQL(GUARD, NO_GUARD)]
