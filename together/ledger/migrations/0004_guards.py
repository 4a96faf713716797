"""
Guards of the books that hold against everybody but the owner of the tables.

* an entry has two lines or more and sums to zero per asset when its transaction commits;
* no line joins an entry after the transaction that wrote the entry (the transaction's id is
  stored and compared; ``xmin`` would not do, a row's own update changes it);
* entries and lines are never changed, deleted or truncated; an account changes its balance
  only, is born empty and never goes;
* a line speaks of the same asset as its account.

Deferred triggers run with the rights of the session, hence SECURITY DEFINER.
"""

from django.db import migrations

COLUMNS = """
ALTER TABLE ledger_entry ADD COLUMN transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id();
ALTER TABLE ledger_line ADD CONSTRAINT ledger_line_asset_of_account
    FOREIGN KEY (account_id, asset) REFERENCES ledger_account (id, asset);
"""

BALANCED = """
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
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balanced();
CREATE CONSTRAINT TRIGGER ledger_line_balanced AFTER INSERT ON ledger_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balanced();
"""

IN_TIME = """
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
CREATE TRIGGER ledger_line_in_time BEFORE INSERT ON ledger_line
    FOR EACH ROW EXECUTE FUNCTION ledger_line_in_time();
CREATE FUNCTION ledger_entry_of_this_transaction() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_of_this_transaction BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_entry_of_this_transaction();
"""

APPEND_ONLY = """
CREATE FUNCTION together_append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
          USING ERRCODE = 'check_violation', CONSTRAINT = 'append_only';
END $$;
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER ledger_line_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_line
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER ledger_account_stays BEFORE DELETE OR TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
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
CREATE TRIGGER ledger_account_born_empty BEFORE INSERT OR UPDATE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_born_empty();
"""

UNDO = """
DROP TRIGGER ledger_account_born_empty ON ledger_account;
DROP TRIGGER ledger_account_stays ON ledger_account;
DROP TRIGGER ledger_line_append_only ON ledger_line;
DROP TRIGGER ledger_entry_append_only ON ledger_entry;
DROP TRIGGER ledger_entry_of_this_transaction ON ledger_entry;
DROP TRIGGER ledger_line_in_time ON ledger_line;
DROP TRIGGER ledger_line_balanced ON ledger_line;
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP FUNCTION ledger_account_born_empty();
DROP FUNCTION together_append_only();
DROP FUNCTION ledger_entry_of_this_transaction();
DROP FUNCTION ledger_line_in_time();
DROP FUNCTION ledger_entry_balanced();
ALTER TABLE ledger_line DROP CONSTRAINT ledger_line_asset_of_account;
ALTER TABLE ledger_entry DROP COLUMN transaction_id;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_posting")]
    operations = [
        migrations.RunSQL(COLUMNS + BALANCED + IN_TIME + APPEND_ONLY, UNDO),
    ]
