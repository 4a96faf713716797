"""
Projections of loans, and the arithmetic that reads them.

* a projection is of all events that its loan has when it is stored, and of one loan for ever;
* its arrays are of one length, its days rise, and nothing in it divides by zero;
* ``loans_rounded`` rounds a fraction to a whole number exactly as ``rules/rounding.py`` does.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

ROUNDED = """
CREATE FUNCTION loans_rounded(numerator bigint, denominator bigint, mode text) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sign(numerator)::bigint * (abs(numerator) / denominator + CASE mode
        WHEN 'half_even' THEN CASE
            WHEN 2 * (abs(numerator) % denominator) > denominator THEN 1
            WHEN 2 * (abs(numerator) % denominator) = denominator
                THEN (abs(numerator) / denominator) % 2
            ELSE 0 END
        WHEN 'half_up' THEN (2 * (abs(numerator) % denominator) >= denominator)::int
        WHEN 'up' THEN (abs(numerator) % denominator > 0)::int
        WHEN 'down' THEN 0 END)
$$;
"""

GUARD = """
CREATE FUNCTION loans_projection_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    events int := (SELECT max(sequence) FROM loans_event WHERE loan_id = NEW.loan_id);
    n int := cardinality(NEW.days);
BEGIN
    IF NEW.events IS DISTINCT FROM events
       OR (TG_OP = 'UPDATE' AND NEW.loan_id <> OLD.loan_id) THEN
        RAISE EXCEPTION 'projection of loan %: of % events, there are %',
                        NEW.loan_id, NEW.events, events
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_projection_guard';
    END IF;
    IF n = 0 OR NOT n = ALL (ARRAY[cardinality(NEW.bases), cardinality(NEW.numerators),
                                   cardinality(NEW.slopes), cardinality(NEW.denominators)])
       OR NEW.unit <= 0 OR NOT 0 < ALL (NEW.denominators) OR NEW.until <= NEW.days[n]
       OR NEW.rounding NOT IN ('half_even', 'half_up', 'up', 'down')
       OR EXISTS (SELECT FROM generate_series(2, n) AS k WHERE NEW.days[k] <= NEW.days[k - 1]) THEN
        RAISE EXCEPTION 'projection of loan %: its segments are not in order', NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_projection_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_projection_guard BEFORE INSERT OR UPDATE ON loans_projection
    FOR EACH ROW EXECUTE FUNCTION loans_projection_guard();
"""

UNDO = """
DROP TRIGGER loans_projection_guard ON loans_projection;
DROP FUNCTION loans_projection_guard();
DROP FUNCTION loans_rounded(bigint, bigint, text);
"""


def whole_numbers() -> django.contrib.postgres.fields.ArrayField:
    """Make a column of whole numbers, one a segment."""
    return django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), size=None)


class Migration(migrations.Migration):
    dependencies = [("loans", "0008_authority")]
    operations = [
        migrations.CreateModel(
            name="Projection",
            fields=[
                (
                    "loan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="projection",
                        serialize=False,
                        to="loans.loan",
                    ),
                ),
                ("events", models.IntegerField()),
                ("until", models.DateField()),
                ("unit", models.BigIntegerField()),
                ("rounding", models.CharField(max_length=10)),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(models.DateField(), size=None),
                ),
                ("bases", whole_numbers()),
                ("numerators", whole_numbers()),
                ("slopes", whole_numbers()),
                ("denominators", whole_numbers()),
            ],
        ),
        migrations.RunSQL(ROUNDED + GUARD, UNDO),
    ]
