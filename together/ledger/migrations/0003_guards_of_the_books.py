"""What the database itself holds of the books: entries balance, nothing changes, closed days stay closed."""

from django.db import migrations

# The transaction that wrote an entry: its lines come in the same one.
TRANSACTION = """
ALTER TABLE ledger_entry ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id();
"""
# What several guards ask.
SHARED = """
CREATE FUNCTION ledger_check_batch(p_keys text[], l_entry integer[], l_code text[], l_asset text[], l_amount bigint[]) RETURNS void
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
CREATE FUNCTION ledger_closed_through() RETURNS date
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT through FROM ledger_closing ORDER BY id DESC LIMIT 1
$$;
CREATE FUNCTION ledger_entry_balanced() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    entry bigint := CASE TG_TABLE_NAME WHEN 'ledger_entry' THEN (to_jsonb(NEW)->>'id')::bigint
                    ELSE (to_jsonb(NEW)->>'entry_id')::bigint END;
    lines bigint;
    off text;
BEGIN
    SELECT sum(n), string_agg(format('%s %s', total, asset), ', ') FILTER (WHERE total <> 0)
      INTO lines, off
      FROM (SELECT asset, sum(amount) AS total, count(*) AS n
              FROM ledger_line WHERE entry_id = entry GROUP BY asset) AS sums;
    IF off IS NOT NULL OR coalesce(lines, 0) < 2 THEN
        RAISE EXCEPTION 'entry % does not balance: % lines, off by %', entry, coalesce(lines, 0),
              coalesce(off, '0')
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entry_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION ledger_move(l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS void
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
REVOKE ALL ON FUNCTION ledger_move(text[],text[],text[],bigint[]) FROM PUBLIC;
CREATE FUNCTION ledger_post_batch(p_keys text[], p_kinds text[], p_days date[], p_narratives text[], p_reverses text[], l_entry integer[], l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS TABLE(entry_key text, is_new boolean)
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
REVOKE ALL ON FUNCTION ledger_post_batch(text[],text[],date[],text[],text[],integer[],text[],text[],text[],bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post_batch(text[],text[],date[],text[],text[],integer[],text[],text[],text[],bigint[]) TO together_app;
CREATE FUNCTION ledger_post(p_key text, p_kind text, p_day date, p_narrative text, p_reverses text, l_code text[], l_subject text[], l_asset text[], l_amount bigint[]) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT is_new FROM ledger_post_batch(
        ARRAY[p_key], ARRAY[p_kind], ARRAY[p_day], ARRAY[p_narrative], ARRAY[p_reverses],
        array_fill(1, ARRAY[cardinality(l_code)]), l_code, l_subject, l_asset, l_amount)
$$;
REVOKE ALL ON FUNCTION ledger_post(text,text,date,text,text,text[],text[],text[],bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_post(text,text,date,text,text,text[],text[],text[],bigint[]) TO together_app;
CREATE FUNCTION together_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$;
"""
ACCOUNT = """
CREATE FUNCTION ledger_account_born_empty() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.balance <> 0 THEN
        RAISE EXCEPTION 'account % is opened with a balance', NEW.code
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_born_empty';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.code, NEW.subject, NEW.asset, NEW.side, NEW.may_overdraw)
       IS DISTINCT FROM (OLD.id, OLD.code, OLD.subject, OLD.asset, OLD.side, OLD.may_overdraw) THEN
        RAISE EXCEPTION 'account % changes its balance only', OLD.id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_born_empty';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER ledger_account_born_empty BEFORE INSERT OR UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_born_empty();
REVOKE INSERT, UPDATE, DELETE ON ledger_account FROM together_app;
REVOKE SELECT, USAGE ON SEQUENCE ledger_account_id_seq FROM together_app;
"""
CLOSING = """
CREATE FUNCTION ledger_closing_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last ledger_closing;
    is_reopening boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_closing'));
    SELECT * INTO last FROM ledger_closing ORDER BY id DESC LIMIT 1;
    IF NEW.was IS DISTINCT FROM last.through THEN
        RAISE EXCEPTION 'the books are closed through %, not %',
              coalesce(last.through::text, 'no day'), coalesce(NEW.was::text, 'no day')
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_follows';
    END IF;
    is_reopening := NEW.was IS NOT NULL AND (NEW.through IS NULL OR NEW.through < NEW.was);
    IF NOT is_reopening AND NEW.through >= (NEW.written_at AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION '% is not over yet', NEW.through
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_follows';
    END IF;
    IF NOT EXISTS (
            SELECT FROM controls_approval a
             WHERE a.kind = CASE WHEN is_reopening THEN 'period.reopening'
                                 ELSE 'period.closing' END
               AND a.subject = coalesce(NEW.through::text, 'all')
               AND a.effect_text::jsonb @> jsonb_build_object(
                   'after', coalesce(last.id, 0), 'through', NEW.through, 'was', NEW.was,
                   'reason', NEW.reason)
               AND controls_is_approved(a.kind, a.subject, a.effect_digest)) THEN
        RAISE EXCEPTION 'closing the books through % is not approved',
              coalesce(NEW.through::text, 'no day')
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_closing_approved';
    END IF;
    -- From here on by the clock that dates the entries: the proof compares the two.
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_closing_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_closing
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER ledger_closing_guard BEFORE INSERT ON ledger_closing
    FOR EACH ROW EXECUTE FUNCTION ledger_closing_guard();
REVOKE UPDATE, DELETE ON ledger_closing FROM together_app;
"""
ENTRY = """
CREATE FUNCTION ledger_entry_in_open_period() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('ledger_closing'));
    NEW.booked_on := greatest(NEW.happened_on, ledger_closed_through() + 1);
    RETURN NEW;
END $$;
CREATE FUNCTION ledger_entry_of_this_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balanced();
CREATE TRIGGER ledger_entry_of_this_transaction BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_of_this_transaction();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER ledger_entry_in_open_period BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_in_open_period();
REVOKE SELECT, USAGE ON SEQUENCE ledger_entry_id_seq FROM together_app;
REVOKE INSERT, UPDATE, DELETE ON ledger_entry FROM together_app;
"""
LINE = """
ALTER TABLE ledger_line ADD CONSTRAINT ledger_line_asset_of_account
    FOREIGN KEY (account_id, asset) REFERENCES ledger_account(id, asset);
CREATE FUNCTION ledger_line_in_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT transaction_id FROM ledger_entry WHERE id = NEW.entry_id)
       IS DISTINCT FROM pg_current_xact_id() THEN
        RAISE EXCEPTION 'entry % is closed: no line joins it after its transaction', NEW.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_line_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balanced();
CREATE TRIGGER ledger_line_in_time BEFORE INSERT ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION ledger_line_in_time();
CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE INSERT, UPDATE, DELETE ON ledger_line FROM together_app;
REVOKE SELECT, USAGE ON SEQUENCE ledger_line_id_seq FROM together_app;
"""
CHARTLINE = """
REVOKE INSERT, UPDATE, DELETE ON ledger_chartline FROM together_app;
"""
UNDO = """
DROP TRIGGER ledger_account_stays ON ledger_account;
DROP TRIGGER ledger_account_born_empty ON ledger_account;
GRANT INSERT, UPDATE, DELETE ON ledger_account TO together_app;
GRANT SELECT, USAGE ON SEQUENCE ledger_account_id_seq TO together_app;
DROP TRIGGER ledger_closing_append_only ON ledger_closing;
DROP TRIGGER ledger_closing_guard ON ledger_closing;
GRANT UPDATE, DELETE ON ledger_closing TO together_app;
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP TRIGGER ledger_entry_of_this_transaction ON ledger_entry;
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP TRIGGER ledger_entry_in_open_period ON ledger_entry;
GRANT SELECT, USAGE ON SEQUENCE ledger_entry_id_seq TO together_app;
GRANT INSERT, UPDATE, DELETE ON ledger_entry TO together_app;
DROP TRIGGER ledger_line_balanced ON ledger_line;
DROP TRIGGER ledger_line_in_time ON ledger_line;
DROP TRIGGER ledger_line_append_only ON ledger_line;
ALTER TABLE ledger_line DROP CONSTRAINT ledger_line_asset_of_account;
GRANT INSERT, UPDATE, DELETE ON ledger_line TO together_app;
GRANT SELECT, USAGE ON SEQUENCE ledger_line_id_seq TO together_app;
GRANT INSERT, UPDATE, DELETE ON ledger_chartline TO together_app;
DROP FUNCTION together_append_only();
DROP FUNCTION ledger_post_batch(text[],text[],date[],text[],text[],integer[],text[],text[],text[],bigint[]);
DROP FUNCTION ledger_post(text,text,date,text,text,text[],text[],text[],bigint[]);
DROP FUNCTION ledger_move(text[],text[],text[],bigint[]);
DROP FUNCTION ledger_line_in_time();
DROP FUNCTION ledger_entry_of_this_transaction();
DROP FUNCTION ledger_entry_in_open_period();
DROP FUNCTION ledger_entry_balanced();
DROP FUNCTION ledger_closing_guard();
DROP FUNCTION ledger_closed_through();
DROP FUNCTION ledger_check_batch(text[],integer[],text[],text[],bigint[]);
DROP FUNCTION ledger_account_born_empty();
ALTER TABLE ledger_entry DROP COLUMN transaction_id;
"""


class Migration(migrations.Migration):

    replaces = [('ledger', '0009_losses')]

    dependencies = [
        ('ledger', '0002_first_rows'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                TRANSACTION,
                SHARED,
                ACCOUNT,
                CLOSING,
                ENTRY,
                LINE,
                CHARTLINE,
            )),
            UNDO,
        ),
    ]
