"""
A day that is closed changes one date of a loan: in its page, and looked at as such.

The guard of loans compares the whole row byte by byte, with the new date in the place of the old
one: if nothing else changed and the date goes forward, nothing else is to be asked. Pages of loans
are filled to half, so that no index learns of a day.
"""

import re
from importlib import import_module

from django.db import migrations

BEFORE = import_module("loans.migrations.0003_guards_of_loans")
(GUARD,) = re.findall(r"CREATE FUNCTION loans_loan_guard\(\).*?\$\$;", BEFORE.LOAN, re.DOTALL)
GUARD = GUARD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
DECLARED = re.search(r"    was_given_up boolean :=(.*?);\nBEGIN\n", GUARD, re.DOTALL)
assert DECLARED
NOW = GUARD.replace(
    DECLARED[0],
    f"""    was loans_loan;
    was_given_up boolean;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.business_date >= OLD.business_date THEN
        was := OLD;
        was.business_date := NEW.business_date;
        IF was *= NEW THEN
            RETURN NEW;
        END IF;
    END IF;
    was_given_up :={DECLARED[1]};
""",
)


class Migration(migrations.Migration):
    dependencies = [("loans", "0012_amendments_and_commitments")]

    operations = [
        migrations.RunSQL(NOW, GUARD),
        migrations.RunSQL(
            "ALTER TABLE loans_loan SET (fillfactor = 50)",
            "ALTER TABLE loans_loan RESET (fillfactor)",
        ),
    ]
