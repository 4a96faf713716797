"""
A three-way proof is of a moment that is not before the last one's of its account.

Without this a proof that was untrue for a while could be covered by one dated into that while.
"""

from django.db import migrations

FOLLOWS = """
CREATE FUNCTION treasury_proof_follows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last timestamptz;
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code = NEW.account_id FOR NO KEY UPDATE;
    SELECT at INTO last FROM treasury_threewayproof WHERE account_id = NEW.account_id
     ORDER BY id DESC LIMIT 1;
    IF NEW.at < last THEN
        RAISE EXCEPTION 'proof of % is of %, the last one of %', NEW.account_id, NEW.at, last
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_proof_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_proof_follows BEFORE INSERT ON treasury_threewayproof
    FOR EACH ROW EXECUTE FUNCTION treasury_proof_follows();
"""
AS_BEFORE = """
DROP TRIGGER treasury_proof_follows ON treasury_threewayproof;
DROP FUNCTION treasury_proof_follows();
"""


class Migration(migrations.Migration):
    dependencies = [("treasury", "0015_lines_by_the_hundred_thousand")]
    operations = [migrations.RunSQL(FOLLOWS, AS_BEFORE)]
