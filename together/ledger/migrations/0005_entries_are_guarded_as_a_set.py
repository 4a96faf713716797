"""
Entries are written and guarded as a set: the same promises, asked once for all that a statement wrote.

* An entry comes with its lines in one statement, and they sum to zero in each asset when it ends.
* No line joins an entry of another transaction, or is of an entry or an account that is not there,
  or of another asset than its account's. So the keys of these columns are gone: nobody deletes an
  account or an entry, and neither gets another id.
* An entry says of itself in which transaction it was written and which day it is booked on; what
  it says is compared, where before it was overwritten.
* The posting function finds accounts once and by index, whatever the statistics say.

See decision 0051 for what each costs.
"""

import re
from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

BEFORE = import_module("together.ledger.migrations.0003_guards_of_the_books")

ACCOUNT = """
-- Balances change in their page, and no index learns of it.
ALTER TABLE ledger_account SET (fillfactor = 50);
DROP TRIGGER ledger_account_born_empty ON ledger_account;
DROP FUNCTION ledger_account_born_empty();
CREATE FUNCTION ledger_account_born_empty() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'account % is opened with a balance', NEW.code
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_born_empty';
END $$;
CREATE FUNCTION ledger_account_keeps_itself() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'account % changes its balance only', OLD.id
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_keeps_itself';
END $$;
CREATE TRIGGER ledger_account_born_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION ledger_account_born_empty();
CREATE TRIGGER ledger_account_keeps_itself BEFORE UPDATE ON ledger_account
    FOR EACH ROW WHEN (
        (OLD.id, OLD.code, OLD.subject, OLD.asset, OLD.side, OLD.may_overdraw) IS DISTINCT FROM
        (NEW.id, NEW.code, NEW.subject, NEW.asset, NEW.side, NEW.may_overdraw))
    EXECUTE FUNCTION ledger_account_keeps_itself();
"""
ENTRY = """
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP TRIGGER ledger_entry_of_this_transaction ON ledger_entry;
DROP TRIGGER ledger_entry_in_open_period ON ledger_entry;
DROP TRIGGER ledger_line_balanced ON ledger_line;
DROP TRIGGER ledger_line_in_time ON ledger_line;
DROP FUNCTION ledger_entry_balanced();
DROP FUNCTION ledger_entry_of_this_transaction();
DROP FUNCTION ledger_entry_in_open_period();
DROP FUNCTION ledger_line_in_time();

CREATE FUNCTION ledger_entry_of_this_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'entry % says that another transaction wrote it', NEW.key
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_of_this_transaction';
END $$;
CREATE TRIGGER ledger_entry_of_this_transaction BEFORE INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.transaction_id IS DISTINCT FROM pg_current_xact_id())
    EXECUTE FUNCTION ledger_entry_of_this_transaction();

CREATE FUNCTION ledger_entry_in_open_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_open date;
    problem text;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_closing'));
    first_open := ledger_closed_through() + 1;
    SELECT format('entry %s is booked on %s, its day is %s', key, booked_on,
                  greatest(happened_on, first_open)) INTO problem
      FROM written WHERE booked_on <> greatest(happened_on, first_open) LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_in_open_period';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_in_open_period AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_in_open_period();

-- In these the inner question is asked row by row, by index: a plan that is kept for a large set
-- must not read a whole table for a small one.
CREATE FUNCTION ledger_entry_balanced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bare text;
BEGIN
    SELECT w.key INTO bare FROM written w
     WHERE NOT EXISTS (SELECT FROM ledger_line l WHERE l.entry_id = w.id OFFSET 0) LIMIT 1;
    IF bare IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not balance: it came without lines', bare
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_balanced();
"""
LINE = """
-- No line is zero (ledger_line_not_zero), so what sums to zero has two lines or more.
CREATE FUNCTION ledger_line_balanced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    SELECT format('entry %s does not balance: off by %s %s', entry_id, sum(amount), asset)
      INTO problem FROM written GROUP BY entry_id, asset HAVING sum(amount) <> 0 LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_line_balanced();

CREATE FUNCTION ledger_line_in_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    late bigint;
BEGIN
    SELECT w.entry_id INTO late FROM (SELECT DISTINCT entry_id FROM written) AS w
     WHERE (SELECT e.transaction_id FROM ledger_entry e WHERE e.id = w.entry_id)
           IS DISTINCT FROM pg_current_xact_id() LIMIT 1;
    IF late IS NOT NULL THEN
        RAISE EXCEPTION 'entry % is closed: no line joins it after its transaction', late
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_line_in_time';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_line_in_time AFTER INSERT ON ledger_line
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_line_in_time();

CREATE FUNCTION ledger_line_of_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    SELECT format('there is no account %s in %s', w.account_id, w.asset) INTO problem
      FROM (SELECT DISTINCT account_id, asset FROM written) AS w
     WHERE (SELECT a.asset FROM ledger_account a WHERE a.id = w.account_id)
           IS DISTINCT FROM w.asset LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'ledger_line_of_account';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_line_of_account AFTER INSERT ON ledger_line
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_line_of_account();
ALTER TABLE ledger_line DROP CONSTRAINT ledger_line_asset_of_account;
"""
PARTS = """
DROP FUNCTION ledger_move(text[],text[],text[],bigint[]);
-- One look that says yes; only if something is wrong, the looks that say what.
CREATE OR REPLACE FUNCTION ledger_check_batch(p_keys text[], l_entry integer[], l_code text[], l_asset text[], l_amount bigint[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    IF (SELECT count(DISTINCT k) <> cardinality(p_keys) FROM unnest(p_keys) AS k) THEN
        RAISE EXCEPTION 'a key is missing or stands twice in the batch'
              USING ERRCODE = 'unique_violation';
    END IF;
    IF (SELECT count(*) = cardinality(p_keys)
               AND coalesce(bool_and(n BETWEEN 1 AND cardinality(p_keys) AND lines >= 2 AND balances), true)
          FROM (SELECT coalesce(n, 0) AS n, sum(lines) AS lines, bool_and(balances) AS balances
                  FROM (SELECT n, count(*) AS lines, coalesce(sum(amount) = 0, false) AS balances
                          FROM unnest(l_entry, l_asset, l_amount) AS l(n, asset, amount)
                         GROUP BY n, asset) AS sums GROUP BY 1) AS entries) THEN
        RETURN;
    END IF;
    SELECT format('entry %s needs two lines or more', p_keys[e.n]) INTO problem
      FROM generate_subscripts(p_keys, 1) AS e(n)
      LEFT JOIN unnest(l_entry) AS l(n) ON l.n = e.n
     GROUP BY e.n HAVING count(l.n) < 2 LIMIT 1;
    IF problem IS NULL THEN
        SELECT format('line %s belongs to no entry of the batch', l.position) INTO problem
          FROM unnest(l_entry) WITH ORDINALITY AS l(n, position)
         WHERE n IS NULL OR n NOT BETWEEN 1 AND cardinality(p_keys) LIMIT 1;
    END IF;
    IF problem IS NULL THEN
        SELECT format('entry %s is off by %s %s', p_keys[n], sum(amount), asset) INTO problem
          FROM unnest(l_entry, l_asset, l_amount) AS l(n, asset, amount)
         GROUP BY n, asset HAVING sum(amount) IS DISTINCT FROM 0 LIMIT 1;
    END IF;
    RAISE EXCEPTION '%', coalesce(problem, 'an entry of the batch does not balance')
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
END $$;

CREATE FUNCTION ledger_digests(p_kinds text[], p_days date[], p_reverses text[], l_entry integer[], l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS bytea[]
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    lines text[] := ARRAY(
        SELECT string_agg(concat_ws(':', l.code, l.subject, l.asset, l.amount), ';'
                          ORDER BY l.code, l.subject, l.asset, l.amount)
          FROM unnest(l_entry, l_code, l_subject, l_asset, l_amount)
               AS l(n, code, subject, asset, amount) GROUP BY l.n ORDER BY l.n);
BEGIN
    RETURN ARRAY(
        SELECT sha256(convert_to(concat_ws('|', p.kind, p.day, p.reverses, p.lines), 'UTF8'))
          FROM unnest(p_kinds, p_days, p_reverses, lines) WITH ORDINALITY
               AS p(kind, day, reverses, lines, n) ORDER BY p.n);
END $$;

-- The account of each line; those that are not there yet are opened.
CREATE FUNCTION ledger_accounts(l_code text[], l_subject text[], l_asset text[]) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    found bigint[];
BEGIN
    FOR attempt IN 1..2 LOOP
        found := ARRAY(
            SELECT (SELECT a.id FROM ledger_account a
                     WHERE (a.code, a.subject, a.asset) = (l.code, l.subject, l.asset))
              FROM unnest(l_code, l_subject, l_asset) WITH ORDINALITY
                   AS l(code, subject, asset, n) ORDER BY l.n);
        IF array_position(found, NULL) IS NULL THEN
            RETURN found;
        END IF;
        INSERT INTO ledger_account (code, subject, asset, side, may_overdraw, balance)
        SELECT DISTINCT l.code, l.subject, l.asset, c.side, c.may_overdraw, 0
          FROM unnest(l_code, l_subject, l_asset, found) AS l(code, subject, asset, id)
          JOIN ledger_chartline c USING (code) WHERE l.id IS NULL
         ORDER BY 1, 2, 3
            ON CONFLICT (code, subject, asset) DO NOTHING;
    END LOOP;
    RAISE EXCEPTION 'account % is not in the chart', l_code[array_position(found, NULL)]
          USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
END $$;

CREATE FUNCTION ledger_move(l_account bigint[], l_amount bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
    accounts bigint[];
    deltas bigint[];
    problem text;
BEGIN
    SELECT array_agg(account ORDER BY account), array_agg(delta ORDER BY account)
      INTO accounts, deltas
      FROM (SELECT account, sum(amount)::bigint AS delta
              FROM unnest(l_account, l_amount) AS l(account, amount) GROUP BY account) AS sums;
    -- Locks first, in one order; each gives the newest balance.
    SELECT min(format('account %s %s %s holds %s, the entry moves it by %s', code, subject, asset,
                      balance, delta))
           FILTER (WHERE NOT may_overdraw AND (balance + delta) * side < 0) INTO problem
      FROM (SELECT a.*, m.delta FROM unnest(accounts, deltas) AS m(account, delta)
              JOIN ledger_account a ON a.id = m.account
             ORDER BY a.id FOR NO KEY UPDATE OF a) AS locked;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_not_overdrawn';
    END IF;
    UPDATE ledger_account a SET balance = a.balance + m.delta
      FROM unnest(accounts, deltas) AS m(account, delta) WHERE a.id = m.account;
END $$;

-- Writes those entries of a batch that are new, with their lines, and moves the balances.
CREATE FUNCTION ledger_write(p_is_new boolean[], p_keys text[], p_kinds text[], p_days date[], p_narratives text[], p_reverses text[], p_digests bytea[], l_entry integer[], l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    first_open date;
    ids bigint[];
    accounts bigint[];
BEGIN
    IF false = ANY (p_is_new) THEN
        SELECT array_agg(l.n), array_agg(l.code), array_agg(l.subject), array_agg(l.asset),
               array_agg(l.amount)
          INTO l_entry, l_code, l_subject, l_asset, l_amount
          FROM unnest(l_entry, l_code, l_subject, l_asset, l_amount)
               AS l(n, code, subject, asset, amount) WHERE p_is_new[l.n];
    END IF;
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_closing'));
    first_open := ledger_closed_through() + 1;
    accounts := ledger_accounts(l_code, l_subject, l_asset);
    ids := ARRAY(SELECT nextval('ledger_entry_id_seq') FROM generate_subscripts(p_keys, 1));
    -- In one statement, so that entries and lines are guarded together.
    WITH entry AS (
        INSERT INTO ledger_entry (id, key, kind, happened_on, booked_on, written_at, narrative,
                                  reverses_id, digest)
        SELECT p.id, p.key, p.kind, p.day, greatest(p.day, first_open), now(), p.narrative,
               CASE WHEN p.reverses <> '' THEN
                    (SELECT e.id FROM ledger_entry e WHERE e.key = p.reverses) END, p.digest
          FROM unnest(ids, p_is_new, p_keys, p_kinds, p_days, p_narratives, p_reverses, p_digests)
               AS p(id, is_new, key, kind, day, narrative, reverses, digest)
         WHERE p.is_new ORDER BY p.key)
    INSERT INTO ledger_line (entry_id, account_id, asset, amount)
    SELECT ids[l.n], l.account, l.asset, l.amount
      FROM unnest(l_entry, accounts, l_asset, l_amount) AS l(n, account, asset, amount);
    PERFORM ledger_move(accounts, l_amount);
END $$;
REVOKE ALL ON FUNCTION ledger_accounts(text[],text[],text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_move(bigint[],bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_write(boolean[],text[],text[],date[],text[],text[],bytea[],integer[],text[],text[],text[],bigint[]) FROM PUBLIC;
"""
BATCH = """
-- Its statements are planned once a session: planned for each call they took three quarters of
-- the time of a single posting. None of them depends on how many rows are expected.
CREATE OR REPLACE FUNCTION ledger_post_batch(p_keys text[], p_kinds text[], p_days date[], p_narratives text[], p_reverses text[], l_entry integer[], l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS TABLE(entry_key text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    digests bytea[];
    news boolean[] := array_fill(true, ARRAY[cardinality(p_keys)]);
    problem text;
    taken text;
BEGIN
    PERFORM ledger_check_batch(p_keys, l_entry, l_code, l_asset, l_amount);
    digests := ledger_digests(p_kinds, p_days, p_reverses, l_entry, l_code, l_subject, l_asset, l_amount);
    SELECT format('entry %s reverses %s, which is not in the books', r.key, r.reverses)
      INTO problem FROM unnest(p_keys, p_reverses) AS r(key, reverses)
     WHERE r.reverses <> ''
       AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.key = r.reverses OFFSET 0) LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'foreign_key_violation';
    END IF;
    -- As if all were new. If one is not, or another transaction was faster, look which, and again:
    -- each round ends with a key that is in the books now.
    FOR round IN 0..cardinality(p_keys) LOOP
        BEGIN
            IF true = ANY (news) THEN
                PERFORM ledger_write(news, p_keys, p_kinds, p_days, p_narratives, p_reverses,
                                     digests, l_entry, l_code, l_subject, l_asset, l_amount);
            END IF;
            RETURN QUERY SELECT * FROM unnest(p_keys, news);
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            GET STACKED DIAGNOSTICS taken = CONSTRAINT_NAME;
            IF taken <> 'ledger_entry_key_key' THEN
                RAISE;
            END IF;
        END;
        SELECT array_agg(k.digest IS NULL ORDER BY k.n),
               min(k.key) FILTER (WHERE k.digest <> digests[k.n]) INTO news, problem
          FROM (SELECT g.key, g.n, (SELECT e.digest FROM ledger_entry e WHERE e.key = g.key) AS digest
                  FROM unnest(p_keys) WITH ORDINALITY AS g(key, n)) AS k;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION 'key % is in the books with another content', problem
                  USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entry_key';
        END IF;
    END LOOP;
    RAISE EXCEPTION 'keys of the batch are in the books, and this transaction does not see them'
          USING ERRCODE = 'serialization_failure';
END $$;
"""


def before(kind: str, name: str) -> str:
    """Give a function or trigger as migration 0003 makes it."""
    text = "".join((BEFORE.SHARED, BEFORE.ACCOUNT, BEFORE.ENTRY, BEFORE.LINE))
    end = r"\$\$.*?\$\$;" if kind == "FUNCTION" else r";"
    (found,) = re.findall(rf"CREATE (?:CONSTRAINT )?{kind} {name}\b.*?{end}", text, re.DOTALL)
    return found + "\n"


NEW_FUNCTIONS = """
DROP TRIGGER ledger_account_born_empty ON ledger_account;
DROP TRIGGER ledger_account_keeps_itself ON ledger_account;
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP TRIGGER ledger_entry_of_this_transaction ON ledger_entry;
DROP TRIGGER ledger_entry_in_open_period ON ledger_entry;
DROP TRIGGER ledger_line_balanced ON ledger_line;
DROP TRIGGER ledger_line_in_time ON ledger_line;
DROP TRIGGER ledger_line_of_account ON ledger_line;
DROP FUNCTION ledger_account_born_empty();
DROP FUNCTION ledger_account_keeps_itself();
DROP FUNCTION ledger_entry_balanced();
DROP FUNCTION ledger_entry_of_this_transaction();
DROP FUNCTION ledger_entry_in_open_period();
DROP FUNCTION ledger_line_balanced();
DROP FUNCTION ledger_line_in_time();
DROP FUNCTION ledger_line_of_account();
DROP FUNCTION ledger_write(boolean[],text[],text[],date[],text[],text[],bytea[],integer[],text[],text[],text[],bigint[]);
DROP FUNCTION ledger_move(bigint[],bigint[]);
DROP FUNCTION ledger_accounts(text[],text[],text[]);
DROP FUNCTION ledger_digests(text[],date[],text[],integer[],text[],text[],text[],bigint[]);
ALTER TABLE ledger_account RESET (fillfactor);
"""
UNDO = "".join(
    (
        NEW_FUNCTIONS,
        before("FUNCTION", "ledger_check_batch").replace("CREATE", "CREATE OR REPLACE", 1),
        before("FUNCTION", "ledger_move"),
        "REVOKE ALL ON FUNCTION ledger_move(text[],text[],text[],bigint[]) FROM PUBLIC;\n",
        before("FUNCTION", "ledger_post_batch").replace("CREATE", "CREATE OR REPLACE", 1),
        *(
            before("FUNCTION", name)
            for name in (
                "ledger_account_born_empty",
                "ledger_entry_balanced",
                "ledger_entry_in_open_period",
                "ledger_entry_of_this_transaction",
                "ledger_line_in_time",
            )
        ),
        *(
            before("TRIGGER", name)
            for name in (
                "ledger_account_born_empty",
                "ledger_entry_balanced",
                "ledger_entry_of_this_transaction",
                "ledger_entry_in_open_period",
                "ledger_line_balanced",
                "ledger_line_in_time",
            )
        ),
        "ALTER TABLE ledger_line ADD CONSTRAINT ledger_line_asset_of_account"
        " FOREIGN KEY (account_id, asset) REFERENCES ledger_account(id, asset);\n",
    )
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_loss_allowance")]

    operations = [
        migrations.RunSQL("".join((ACCOUNT, ENTRY, LINE, PARTS, BATCH)), UNDO),
        migrations.AlterField(
            model_name="line",
            name="entry",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="ledger.entry",
            ),
        ),
        migrations.AlterField(
            model_name="line",
            name="account",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lines",
                to="ledger.account",
            ),
        ),
    ]
