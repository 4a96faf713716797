"""
Periods of the books can be closed.

* every entry counts in a period: ``booked_on`` is the day it happened on, or the first open day
  if the books are closed through that day. A closed period therefore never changes, nothing is
  refused because it comes late, and a correction says by its two days which period it concerns;
* posters hold a shared lock and whoever closes an exclusive one, both until the end of their
  transactions: no entry slips into a period while it is being closed;
* closings are append-only, and each names the one before it.

Entries from before are booked on the day they happened on: nothing was closed.
"""

from django.db import migrations, models

ENTRIES = """
ALTER TABLE ledger_entry ALTER COLUMN booked_on TYPE date USING happened_on;
ALTER TABLE ledger_entry ALTER COLUMN booked_on SET NOT NULL;
CREATE FUNCTION ledger_closed_through() RETURNS date
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT through FROM ledger_closing ORDER BY id DESC LIMIT 1
$$;
CREATE FUNCTION ledger_entry_in_open_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_closing'));
    NEW.booked_on := greatest(NEW.happened_on, ledger_closed_through() + 1);
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_in_open_period BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_in_open_period();
"""
NO_ENTRIES = """
DROP TRIGGER ledger_entry_in_open_period ON ledger_entry;
DROP FUNCTION ledger_entry_in_open_period();
DROP FUNCTION ledger_closed_through();
ALTER TABLE ledger_entry ALTER COLUMN booked_on DROP NOT NULL;
"""

CLOSINGS = """
CREATE TRIGGER ledger_closing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_closing
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_closing FROM together_app;
"""
NO_CLOSINGS = """
DROP TRIGGER ledger_closing_append_only ON ledger_closing;
GRANT UPDATE, DELETE ON ledger_closing TO together_app;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_guards")]
    operations = [
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("through", models.DateField(null=True)),
                ("was", models.DateField(null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~models.Q(through=models.F("was")), name="ledger_closing_moves"
                    )
                ],
            },
        ),
        # Nullable for a moment: existing entries get their day without being updated.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE ledger_entry ADD COLUMN booked_on date",
                    "ALTER TABLE ledger_entry DROP COLUMN booked_on",
                )
            ],
            state_operations=[migrations.AddField("entry", "booked_on", models.DateField())],
        ),
        migrations.RunSQL(ENTRIES, NO_ENTRIES),
        migrations.RunSQL(CLOSINGS, NO_CLOSINGS),
        migrations.RemoveIndex("entry", "ledger_entry_by_day"),
        migrations.AddIndex(
            "entry", models.Index(fields=["booked_on", "id"], name="ledger_entry_by_day")
        ),
    ]
