"""
The one way into the books.

``ledger_post_batch`` posts many entries, ``ledger_post`` one. Both are SECURITY DEFINER: the
application role may call them and may write to no table of the books. The promise:

* a key is posted once; the same key with the same content changes nothing and says so; with
  other content it is refused;
* every entry has two lines or more and sums to zero per asset;
* balances move under row locks taken in the order of the accounts, so posters never deadlock
  among themselves, and a balance that may not be overdrawn never is.

Arrays are used throughout, never temporary tables: a temporary table would belong to the
session's role, which could put one of its own in the way.
"""

from django.db import migrations

CHECK = """
CREATE FUNCTION ledger_check_batch(
    p_keys text[], l_entry int[], l_code text[], l_asset text[], l_amount bigint[]
) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    IF (SELECT count(DISTINCT k) <> cardinality(p_keys) FROM unnest(p_keys) AS k) THEN
        RAISE EXCEPTION 'a key is missing or stands twice in the batch'
              USING ERRCODE = 'unique_violation';
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
    IF problem IS NULL THEN
        SELECT format('entry %s: account %s is not in the chart', p_keys[n], code) INTO problem
          FROM unnest(l_entry, l_code) AS l(n, code)
         WHERE NOT EXISTS (SELECT FROM ledger_chartline c WHERE c.code = l.code) LIMIT 1;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
    END IF;
END $$;
"""

MOVE = """
CREATE FUNCTION ledger_move(l_code text[], l_subject text[], l_asset text[], l_amount bigint[])
RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    INSERT INTO ledger_account (code, subject, asset, side, may_overdraw, balance)
    SELECT DISTINCT l.code, l.subject, l.asset, c.side, c.may_overdraw, 0
      FROM unnest(l_code, l_subject, l_asset) AS l(code, subject, asset)
      JOIN ledger_chartline c USING (code)
     WHERE NOT EXISTS (SELECT FROM ledger_account a
                        WHERE (a.code, a.subject, a.asset) = (l.code, l.subject, l.asset))
     ORDER BY 1, 2, 3
        ON CONFLICT (code, subject, asset) DO NOTHING;
    -- Locks first, in one order; the next statement then sees the newest balances.
    PERFORM FROM ledger_account a
      WHERE (a.code, a.subject, a.asset) IN (SELECT * FROM unnest(l_code, l_subject, l_asset))
      ORDER BY a.id FOR UPDATE;
    SELECT format('account %s %s %s holds %s, the entry moves it by %s',
                  a.code, a.subject, a.asset, a.balance, m.delta) INTO problem
      FROM (SELECT code, subject, asset, sum(amount) AS delta
              FROM unnest(l_code, l_subject, l_asset, l_amount)
                   AS l(code, subject, asset, amount) GROUP BY 1, 2, 3) AS m
      JOIN ledger_account a USING (code, subject, asset)
     WHERE NOT a.may_overdraw AND (a.balance + m.delta) * a.side < 0
     ORDER BY a.id LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_not_overdrawn';
    END IF;
    UPDATE ledger_account a SET balance = a.balance + m.delta
      FROM (SELECT code, subject, asset, sum(amount) AS delta
              FROM unnest(l_code, l_subject, l_asset, l_amount)
                   AS l(code, subject, asset, amount) GROUP BY 1, 2, 3) AS m
     WHERE (a.code, a.subject, a.asset) = (m.code, m.subject, m.asset);
END $$;
"""

POST_BATCH = """
CREATE FUNCTION ledger_post_batch(
    p_keys text[], p_kinds text[], p_days date[], p_narratives text[], p_reverses text[],
    l_entry int[], l_code text[], l_subject text[], l_asset text[], l_amount bigint[]
) RETURNS TABLE (entry_key text, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    digests bytea[];
    new_n int[];
    new_id bigint[];
    problem text;
    n_code text[]; n_subject text[]; n_asset text[]; n_amount bigint[];
BEGIN
    PERFORM ledger_check_batch(p_keys, l_entry, l_code, l_asset, l_amount);
    SELECT array_agg(d.digest ORDER BY d.n) INTO digests FROM (
        SELECT l.n, sha256(convert_to(concat_ws('|', p_kinds[l.n], p_days[l.n], p_reverses[l.n],
                   string_agg(concat_ws(':', l.code, l.subject, l.asset, l.amount), ';'
                              ORDER BY l.code, l.subject, l.asset, l.amount)), 'UTF8')) AS digest
          FROM unnest(l_entry, l_code, l_subject, l_asset, l_amount)
               AS l(n, code, subject, asset, amount) GROUP BY l.n) AS d;

    SELECT format('entry %s reverses %s, which is not in the books', p_keys[r.n], r.key)
      INTO problem FROM unnest(p_reverses) WITH ORDINALITY AS r(key, n)
     WHERE r.key <> '' AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.key = r.key) LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'foreign_key_violation';
    END IF;

    WITH written AS (
        INSERT INTO ledger_entry (key, kind, happened_on, written_at, narrative, reverses_id, digest)
        SELECT k.key, p_kinds[k.n], p_days[k.n], now(), p_narratives[k.n],
               (SELECT e.id FROM ledger_entry e WHERE e.key = p_reverses[k.n]), digests[k.n]
          FROM unnest(p_keys) WITH ORDINALITY AS k(key, n) ORDER BY k.key
            ON CONFLICT (key) DO NOTHING RETURNING id, key)
    SELECT array_agg(k.n), array_agg(w.id) INTO new_n, new_id
      FROM written w JOIN unnest(p_keys) WITH ORDINALITY AS k(key, n) USING (key);

    SELECT format('key %s is in the books with another content', k.key) INTO problem
      FROM unnest(p_keys) WITH ORDINALITY AS k(key, n) JOIN ledger_entry e ON e.key = k.key
     WHERE e.digest <> digests[k.n] LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem
              USING ERRCODE = 'unique_violation', CONSTRAINT = 'ledger_entry_key';
    END IF;

    IF new_n IS NOT NULL THEN
        SELECT array_agg(l.code), array_agg(l.subject), array_agg(l.asset), array_agg(l.amount)
          INTO n_code, n_subject, n_asset, n_amount
          FROM unnest(l_entry, l_code, l_subject, l_asset, l_amount)
               AS l(n, code, subject, asset, amount) WHERE l.n = ANY (new_n);
        PERFORM ledger_move(n_code, n_subject, n_asset, n_amount);
        INSERT INTO ledger_line (entry_id, account_id, asset, amount)
        SELECT w.id, a.id, l.asset, l.amount
          FROM unnest(new_n, new_id) AS w(n, id)
          JOIN unnest(l_entry, l_code, l_subject, l_asset, l_amount)
               AS l(n, code, subject, asset, amount) USING (n)
          JOIN ledger_account a
            ON (a.code, a.subject, a.asset) = (l.code, l.subject, l.asset);
    END IF;
    RETURN QUERY SELECT k.key, coalesce(k.n = ANY (new_n), false)
                   FROM unnest(p_keys) WITH ORDINALITY AS k(key, n) ORDER BY k.n;
END $$;
"""

POST = """
CREATE FUNCTION ledger_post(
    p_key text, p_kind text, p_day date, p_narrative text, p_reverses text,
    l_code text[], l_subject text[], l_asset text[], l_amount bigint[]
) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT is_new FROM ledger_post_batch(
        ARRAY[p_key], ARRAY[p_kind], ARRAY[p_day], ARRAY[p_narrative], ARRAY[p_reverses],
        array_fill(1, ARRAY[cardinality(l_code)]), l_code, l_subject, l_asset, l_amount)
$$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION ledger_move(text[], text[], text[], bigint[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_post(text, text, date, text, text, text[], text[], text[], bigint[])
    FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_post_batch(text[], text[], date[], text[], text[],
    int[], text[], text[], text[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    ledger_post(text, text, date, text, text, text[], text[], text[], bigint[]),
    ledger_post_batch(text[], text[], date[], text[], text[],
        int[], text[], text[], text[], bigint[]) TO together_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON
    ledger_chartline, ledger_account, ledger_entry, ledger_line FROM together_app;
REVOKE ALL ON SEQUENCE ledger_account_id_seq, ledger_entry_id_seq, ledger_line_id_seq
    FROM together_app;
"""

UNDO = """
DROP FUNCTION ledger_post(text, text, date, text, text, text[], text[], text[], bigint[]);
DROP FUNCTION ledger_post_batch(text[], text[], date[], text[], text[],
    int[], text[], text[], text[], bigint[]);
DROP FUNCTION ledger_move(text[], text[], text[], bigint[]);
DROP FUNCTION ledger_check_batch(text[], int[], text[], text[], bigint[]);
GRANT INSERT, UPDATE, DELETE ON
    ledger_chartline, ledger_account, ledger_entry, ledger_line TO together_app;
GRANT USAGE, SELECT ON SEQUENCE ledger_account_id_seq, ledger_entry_id_seq, ledger_line_id_seq
    TO together_app;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_chart")]
    operations = [migrations.RunSQL(CHECK + MOVE + POST_BATCH + POST + RIGHTS, UNDO)]
