"""
Breaks are found by a table of their own, and a line that is matched stays where it is.

* the database keeps an open line for each line that is a break, with the line's state and in the
  same statement, and takes it away when the line is matched; nobody else writes there;
* the index that did this before asked for the state of a line, so each line that was matched got a
  new entry in every index of lines: two thirds of what its update took. Now a page of lines has
  room for each once more (half of a page stays free), and no index learns of it.
"""

import django.db.models.deletion
from django.db import migrations, models

ROOM = "ALTER TABLE treasury_statementline SET (fillfactor = 45);"
AS_BEFORE = "ALTER TABLE treasury_statementline RESET (fillfactor);"
KEPT = """
INSERT INTO treasury_openline (line_id, account_id)
SELECT id, account_id FROM treasury_statementline WHERE state = 'break' ORDER BY id;
CREATE FUNCTION treasury_lines_wait() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM treasury_openline
         WHERE line_id = ANY (ARRAY(SELECT id FROM changed WHERE state <> 'break'));
    END IF;
    INSERT INTO treasury_openline (line_id, account_id)
    SELECT id, account_id FROM changed WHERE state = 'break'
        ON CONFLICT (line_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_lines_come AFTER INSERT ON treasury_statementline
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_wait();
CREATE TRIGGER treasury_lines_move AFTER UPDATE ON treasury_statementline
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_wait();
CREATE TRIGGER treasury_openline_kept BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON treasury_openline FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION together_append_only();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON treasury_openline FROM together_app;
"""
NOT_KEPT = """
DROP TRIGGER treasury_openline_kept ON treasury_openline;
DROP TRIGGER treasury_lines_move ON treasury_statementline;
DROP TRIGGER treasury_lines_come ON treasury_statementline;
DROP FUNCTION treasury_lines_wait();
"""


class Migration(migrations.Migration):
    dependencies = [("treasury", "0018_matches_guarded_in_one_look")]

    operations = [
        migrations.CreateModel(
            name="OpenLine",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="treasury.statementline",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="treasury.cashaccount",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="openline",
            index=models.Index(fields=["account", "line"], name="treasury_open_of"),
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
        migrations.RunSQL(ROOM, AS_BEFORE),
        migrations.RemoveIndex(model_name="statementline", name="treasury_line_open"),
    ]
