"""Lines that change, and what matches point at, are held for all of a statement at once."""

import django.db.models.deletion
from django.db import migrations, models

# A line keeps all but what is done with it; matched, it opens again when its parts add up to
# nothing. Whatever column comes later is kept too: the columns are asked of the catalogue.
LINE = """
DROP TRIGGER treasury_line_guard ON treasury_statementline;
DROP FUNCTION treasury_line_guard();
CREATE FUNCTION treasury_line_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off treasury_statementline;
BEGIN
    SELECT * INTO off FROM added WHERE state <> 'break' ORDER BY entry_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'statement line % is born %', off.entry_id, off.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_nestloop TO 'off' AS $$
DECLARE
    kept record;
    off text;
BEGIN
    SELECT string_agg(format('w.%I', attname), ',' ORDER BY attnum) AS was,
           string_agg(format('c.%I', attname), ',' ORDER BY attnum) AS is_now
      INTO kept FROM pg_attribute
     WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped
       AND attname NOT IN ('state', 'reason', 'owner_id', 'is_receipt');
    EXECUTE format('
        SELECT min(w.entry_id) FROM was w LEFT JOIN changed c ON c.id = w.id
         WHERE ROW(%s) IS DISTINCT FROM ROW(%s) OR w.state = ''matched'' AND c.state <> ''break''',
        kept.was, kept.is_now) INTO off;
    IF off IS NULL AND EXISTS (SELECT FROM was WHERE state = 'matched') THEN
        SELECT min(w.entry_id) INTO off FROM was w
         WHERE w.state = 'matched' AND (SELECT sum(amount) FROM treasury_match
                                         WHERE line_id = w.id) IS DISTINCT FROM 0;
    END IF;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_line_born AFTER INSERT ON treasury_statementline
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION treasury_line_born();
CREATE TRIGGER treasury_line_guard AFTER UPDATE ON treasury_statementline
    REFERENCING OLD TABLE AS was NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_line_guard();
"""
ROW_BY_ROW = """
DROP TRIGGER treasury_line_guard ON treasury_statementline;
DROP TRIGGER treasury_line_born ON treasury_statementline;
DROP FUNCTION treasury_line_guard();
DROP FUNCTION treasury_line_born();
CREATE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    may treasury_statementline;
    is_off boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'break' THEN
            RAISE EXCEPTION 'statement line % is born %', NEW.entry_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
        END IF;
        RETURN NEW;
    END IF;
    -- All that may change is what is done with a line; whatever column comes later may not.
    may := OLD;
    may.state := NEW.state;
    may.reason := NEW.reason;
    may.owner_id := NEW.owner_id;
    may.is_receipt := NEW.is_receipt;
    is_off := NEW *<> may OR (OLD.state = 'matched' AND NEW.state <> 'break');
    -- Apart, as an expression with a query in it is planned and run as one for every line.
    IF OLD.state = 'matched' AND NOT is_off THEN
        SELECT sum(amount) IS DISTINCT FROM 0 INTO is_off
          FROM treasury_match WHERE line_id = OLD.id;
    END IF;
    IF is_off THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_line_guard BEFORE INSERT OR UPDATE ON treasury_statementline
    FOR EACH ROW EXECUTE FUNCTION treasury_line_guard();
"""
# What a match points at is there, and none of it is ever deleted or numbered anew.
POINTS = """
CREATE FUNCTION treasury_match_points() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off text;
BEGIN
    SELECT min(CASE WHEN m.funding_id IS NOT NULL THEN 'funding ' || m.funding_id
                    WHEN m.conversion_id IS NOT NULL THEN 'conversion ' || m.conversion_id
                    ELSE 'match ' || m.undoes_id END) INTO off
      FROM added m
     WHERE m.funding_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM treasury_funding f WHERE f.id = m.funding_id)
        OR m.conversion_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM treasury_conversion c WHERE c.id = m.conversion_id)
        OR m.undoes_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM treasury_match u WHERE u.id = m.undoes_id);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('there is no %s', off));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_match_points AFTER INSERT ON treasury_match
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_points();
"""
NO_POINTS = """
DROP TRIGGER treasury_match_points ON treasury_match;
DROP FUNCTION treasury_match_points();
"""


def without_a_key(to: str, related_name: str) -> models.ForeignKey:
    """Give a reference that the guard above holds for all matches at once."""
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to=to,
    )


class Migration(migrations.Migration):
    dependencies = [("treasury", "0004_guards_of_statements")]

    operations = [
        migrations.RunSQL(LINE, ROW_BY_ROW),
        migrations.RunSQL(POINTS, NO_POINTS),
        migrations.AlterField("match", "funding", without_a_key("treasury.funding", "matches")),
        migrations.AlterField(
            "match", "conversion", without_a_key("treasury.conversion", "matches")
        ),
        migrations.AlterField("match", "undoes", without_a_key("treasury.match", "undone_by")),
    ]
