"""
Matching a large statement: the same promises, at less cost a line.

* a line still stays as the rail reported it and as it was matched: the guard compares the two rows
  as they are, and no more as two documents made of them, which took half of the time of matching;
* an index that nothing is found by is a cost of every line that is matched: lines are found by
  their account and entry, by statement, by reference, while they are open, and by who looks into
  them; matches by line and instruction, and by funding or conversion where they have one;
* the sums of matches are held as before; a statement of ten lines no more reads every line and
  every match that an account ever had to see that its own are right.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE OR REPLACE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
%(declare)sBEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'break' THEN
            RAISE EXCEPTION 'statement line %% is born %%', NEW.entry_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
        END IF;
        RETURN NEW;
    END IF;
%(is_off)s THEN
        RAISE EXCEPTION 'statement line %% stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
"""
AS_ROWS = {
    "declare": "DECLARE\n    may treasury_statementline;\n    is_off boolean;\n",
    "is_off": """    -- All that may change is what is done with a line; whatever column comes later may not.
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
    IF is_off""",
}
AS_DOCUMENTS = {
    "declare": "",
    "is_off": """    IF (to_jsonb(NEW) - ARRAY['state', 'reason', 'owner_id', 'is_receipt'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state', 'reason', 'owner_id', 'is_receipt'])
       OR (OLD.state = 'matched' AND NOT (NEW.state = 'break' AND (
               SELECT sum(amount) FROM treasury_match WHERE line_id = OLD.id) = 0))""",
}
# Joins are by hash, whatever their size; what is joined is found by index where it is little.
BY_ARRAY = """
CREATE OR REPLACE FUNCTION treasury_lines_add_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    off text;
    lines bigint[] := ARRAY(SELECT id FROM changed WHERE state = 'matched');
BEGIN
    IF cardinality(lines) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT min(c.entry_id) INTO off
      FROM changed c LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM treasury_match
                                 WHERE line_id = ANY (lines)
                                 GROUP BY line_id) AS m ON m.line_id = c.id
     WHERE c.state = 'matched' AND c.amount IS DISTINCT FROM m.amount;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'statement line % is not matched: its parts do not add up to it', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION treasury_match_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    off text;
    lines bigint[] := ARRAY(SELECT DISTINCT line_id FROM added);
    instructions bigint[] := ARRAY(SELECT DISTINCT instruction_id FROM added
                                    WHERE instruction_id IS NOT NULL);
BEGIN
    IF cardinality(lines) = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM FROM treasury_cashaccount WHERE code IN (
        SELECT DISTINCT account_id FROM treasury_statementline WHERE id = ANY (lines))
      ORDER BY code FOR UPDATE;
    -- What is matched stays as it is; what is undone is undone whole, and was approved.
    SELECT min(l.entry_id) INTO off FROM added m JOIN treasury_statementline l ON l.id = m.line_id
     WHERE m.undoes_id IS NULL AND l.state <> 'break' AND l.id = ANY (lines);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('statement line %s is matched already', off));
    END IF;
    SELECT min(m.id)::text INTO off
      FROM added m LEFT JOIN treasury_match u ON u.id = m.undoes_id
     WHERE m.undoes_id IS NOT NULL
       AND ((m.line_id, m.kind, -m.amount, m.instruction_id, m.funding_id, NULL::bigint)
            IS DISTINCT FROM
            (u.line_id, u.kind, u.amount, u.instruction_id, u.funding_id, u.undoes_id)
            OR NOT controls_is_approved('match.undo', u.line_id::text, m.effect_digest));
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('match %s undoes what was not approved', off));
    END IF;
    SELECT min(m.id)::text INTO off FROM added m
     WHERE m.kind = 'resolution' AND m.undoes_id IS NULL
       AND NOT controls_is_approved('break.resolution', m.line_id::text, m.effect_digest);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('resolution %s was not approved', off));
    END IF;
    -- Lines: their parts go their way and no further.
    SELECT min(l.entry_id) INTO off
      FROM (SELECT m.line_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.line_id = ANY (lines) GROUP BY m.line_id) AS s
      JOIN treasury_statementline l ON l.id = s.line_id
     WHERE l.id = ANY (lines) AND s.amount * sign(l.amount) NOT BETWEEN 0 AND abs(l.amount);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('the parts of line %s exceed it', off));
    END IF;
    -- Payments, and what came back of them: never more than was instructed, on its own account.
    SELECT min(i.reference) INTO off
      FROM (SELECT m.instruction_id,
                   -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payment'), 0) AS paid,
                   coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0) AS back
              FROM treasury_match m WHERE m.instruction_id = ANY (instructions)
             GROUP BY m.instruction_id) AS s
      JOIN treasury_instruction i ON i.id = s.instruction_id
     WHERE i.id = ANY (instructions)
       AND (NOT (0 <= s.back AND s.back <= s.paid AND s.paid <= i.amount)
            OR i.state NOT IN ('settled', 'returned'));
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(
            format('what is matched to instruction %s is not what was paid', off));
    END IF;
    SELECT min(i.reference) INTO off
      FROM added m JOIN treasury_statementline l ON l.id = m.line_id
      JOIN treasury_instruction i ON i.id = m.instruction_id
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
     WHERE d.account_id <> l.account_id
       AND l.id = ANY (lines) AND i.id = ANY (instructions);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('instruction %s is of another account', off));
    END IF;
    SELECT min(f.reference) INTO off
      FROM (SELECT m.funding_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.funding_id IN (SELECT funding_id FROM added) GROUP BY m.funding_id) AS s
      JOIN treasury_funding f ON f.id = s.funding_id
     WHERE s.amount NOT BETWEEN 0 AND f.amount
        OR EXISTS (SELECT FROM added m JOIN treasury_statementline l ON l.id = m.line_id
                    WHERE m.funding_id = f.id AND l.account_id <> f.account_id
                      AND l.id = ANY (lines));
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('what is matched to funding %s is not it', off));
    END IF;
    RETURN NULL;
END $$;
"""
BY_HASH_ALONE = """
CREATE OR REPLACE FUNCTION treasury_lines_add_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    off text;
BEGIN
    SELECT min(c.entry_id) INTO off
      FROM changed c LEFT JOIN (SELECT line_id, sum(amount) AS amount FROM treasury_match
                                 WHERE line_id IN (SELECT id FROM changed WHERE state = 'matched')
                                 GROUP BY line_id) AS m ON m.line_id = c.id
     WHERE c.state = 'matched' AND c.amount IS DISTINCT FROM m.amount;
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'statement line % is not matched: its parts do not add up to it', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION treasury_match_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off AS $$
DECLARE
    off text;
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code IN (
        SELECT DISTINCT l.account_id FROM added m JOIN treasury_statementline l ON l.id = m.line_id)
      ORDER BY code FOR UPDATE;
    -- What is matched stays as it is; what is undone is undone whole, and was approved.
    SELECT min(l.entry_id) INTO off FROM added m JOIN treasury_statementline l ON l.id = m.line_id
     WHERE m.undoes_id IS NULL AND l.state <> 'break';
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('statement line %s is matched already', off));
    END IF;
    SELECT min(m.id)::text INTO off
      FROM added m LEFT JOIN treasury_match u ON u.id = m.undoes_id
     WHERE m.undoes_id IS NOT NULL
       AND ((m.line_id, m.kind, -m.amount, m.instruction_id, m.funding_id, NULL::bigint)
            IS DISTINCT FROM
            (u.line_id, u.kind, u.amount, u.instruction_id, u.funding_id, u.undoes_id)
            OR NOT controls_is_approved('match.undo', u.line_id::text, m.effect_digest));
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('match %s undoes what was not approved', off));
    END IF;
    SELECT min(m.id)::text INTO off FROM added m
     WHERE m.kind = 'resolution' AND m.undoes_id IS NULL
       AND NOT controls_is_approved('break.resolution', m.line_id::text, m.effect_digest);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('resolution %s was not approved', off));
    END IF;
    -- Lines: their parts go their way and no further.
    SELECT min(l.entry_id) INTO off
      FROM (SELECT m.line_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.line_id IN (SELECT line_id FROM added) GROUP BY m.line_id) AS s
      JOIN treasury_statementline l ON l.id = s.line_id
     WHERE s.amount * sign(l.amount) NOT BETWEEN 0 AND abs(l.amount);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('the parts of line %s exceed it', off));
    END IF;
    -- Payments, and what came back of them: never more than was instructed, on its own account.
    SELECT min(i.reference) INTO off
      FROM (SELECT m.instruction_id,
                   -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payment'), 0) AS paid,
                   coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0) AS back
              FROM treasury_match m WHERE m.instruction_id IN (
                   SELECT instruction_id FROM added) GROUP BY m.instruction_id) AS s
      JOIN treasury_instruction i ON i.id = s.instruction_id
     WHERE NOT (0 <= s.back AND s.back <= s.paid AND s.paid <= i.amount)
        OR i.state NOT IN ('settled', 'returned');
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(
            format('what is matched to instruction %s is not what was paid', off));
    END IF;
    SELECT min(i.reference) INTO off
      FROM added m JOIN treasury_statementline l ON l.id = m.line_id
      JOIN treasury_instruction i ON i.id = m.instruction_id
      JOIN treasury_batch b ON b.id = i.batch_id
      JOIN treasury_disbursement d ON d.id = b.disbursement_id
     WHERE d.account_id <> l.account_id;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('instruction %s is of another account', off));
    END IF;
    SELECT min(f.reference) INTO off
      FROM (SELECT m.funding_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.funding_id IN (SELECT funding_id FROM added) GROUP BY m.funding_id) AS s
      JOIN treasury_funding f ON f.id = s.funding_id
     WHERE s.amount NOT BETWEEN 0 AND f.amount
        OR EXISTS (SELECT FROM added m JOIN treasury_statementline l ON l.id = m.line_id
                    WHERE m.funding_id = f.id AND l.account_id <> f.account_id);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('what is matched to funding %s is not it', off));
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0014_matched_as_approved"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(GUARD % AS_ROWS, GUARD % AS_DOCUMENTS),
        migrations.RunSQL(BY_ARRAY, BY_HASH_ALONE),
        migrations.RemoveIndex(
            model_name="statementline",
            name="treasury_line_state",
        ),
        *(
            migrations.AlterField(
                model_name="match",
                name=name,
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="matches",
                    to=f"treasury.{name}",
                ),
            )
            for name in ("conversion", "funding")
        ),
        *(
            migrations.AlterField(
                model_name="statementline",
                name=name,
                field=models.ForeignKey(
                    db_index=False,
                    null=name == "owner",
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=to,
                ),
            )
            for name, to in (
                ("account", "treasury.cashaccount"),
                ("owner", settings.AUTH_USER_MODEL),
                ("pool", "treasury.pool"),
            )
        ),
        *(
            migrations.AddIndex(
                model_name="match",
                index=models.Index(
                    fields=[name],
                    condition=models.Q((f"{name}__isnull", False)),
                    name=f"treasury_match_{name}",
                ),
            )
            for name in ("funding", "conversion")
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                fields=["account", "id"],
                condition=models.Q(state="break"),
                name="treasury_line_open",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                fields=["owner"],
                condition=models.Q(owner__isnull=False),
                name="treasury_line_owned",
            ),
        ),
    ]
