"""
Decisions are never changed, added to or removed through the table that holds them all.

The partition of each run has such a guard; a statement on the whole table passes it by, so the
whole table has its own.
"""

from django.db import migrations

GUARD = """
CREATE TRIGGER claims_decision_append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON retail_claims_decision FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
"""
UNDO = "DROP TRIGGER claims_decision_append_only ON retail_claims_decision;"


class Migration(migrations.Migration):
    dependencies = [("retail_claims", "0005_adds_up"), ("ledger", "0004_guards")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
