"""
Matches are guarded in one look at their lines, and one at their payments.

The promises are those of before, held at a third of the cost of a line:

* a part is of a line and of a payment that are there. Both stay for ever, and keep their ids, by
  guards of their own; a key that asks for each of them again, and locks it, took a quarter of the
  time of matching a large statement (0039);
* a part joins a line that is a break, goes its way and no further; its payment is of the line's
  account, has left, and is matched no further than it was paid, nor is what came back of it;
* what undoes a part, or resolves a line, was approved, and a leg of a conversion is undone as the
  leg it was; this is looked for only where there is such a
  part, so that a small statement reads no match but those of its own lines and payments;
* amounts are compared as the whole numbers they are: the sign of a line made them floating ones.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

ALLOWED = """
CREATE OR REPLACE FUNCTION treasury_match_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_nestloop = off
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    lines bigint[];
    joined bigint[];
    instructions bigint[];
    accounts text[];
    has_undone boolean;
    has_resolved boolean;
    has_funding boolean;
    missing text;
    closed text;
    off text;
BEGIN
    SELECT array_agg(line_id), array_agg(line_id) FILTER (WHERE undoes_id IS NULL),
           array_agg(instruction_id) FILTER (WHERE instruction_id IS NOT NULL),
           bool_or(undoes_id IS NOT NULL), bool_or(kind = 'resolution' AND undoes_id IS NULL),
           bool_or(funding_id IS NOT NULL)
      INTO lines, joined, instructions, has_undone, has_resolved, has_funding FROM added;
    IF lines IS NULL THEN
        RETURN NULL;
    END IF;
    accounts := ARRAY(SELECT DISTINCT account_id FROM treasury_statementline
                       WHERE id = ANY (lines));
    PERFORM FROM treasury_cashaccount WHERE code = ANY (accounts) ORDER BY code FOR UPDATE;
    -- Lines: they are there; no part joins one that is matched; their parts go their way and no
    -- further.
    SELECT min(s.line_id) FILTER (WHERE l.id IS NULL)::text,
           min(l.entry_id) FILTER (WHERE l.state <> 'break' AND l.id = ANY (joined)),
           min(l.entry_id) FILTER (WHERE CASE WHEN l.amount > 0
               THEN s.amount NOT BETWEEN 0 AND l.amount
               ELSE s.amount NOT BETWEEN l.amount AND 0 END)
      INTO missing, closed, off
      FROM (SELECT m.line_id, sum(m.amount) AS amount FROM treasury_match m
             WHERE m.line_id = ANY (lines) GROUP BY m.line_id) AS s
      LEFT JOIN (SELECT id, entry_id, state, amount FROM treasury_statementline
                  WHERE id = ANY (lines)) AS l ON l.id = s.line_id;
    IF missing IS NOT NULL THEN
        PERFORM treasury_match_fault(format('there is no statement line %s', missing));
    END IF;
    IF closed IS NOT NULL THEN
        PERFORM treasury_match_fault(format('statement line %s is matched already', closed));
    END IF;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('the parts of line %s exceed it', off));
    END IF;
    -- What is undone is undone whole, and was approved.
    IF has_undone THEN
        SELECT min(m.id)::text INTO off
          FROM added m LEFT JOIN treasury_match u
            ON u.id = m.undoes_id AND u.id = ANY (ARRAY(SELECT undoes_id FROM added))
         WHERE m.undoes_id IS NOT NULL
           AND ((m.line_id, m.kind, -m.amount, m.instruction_id, m.funding_id, m.conversion_id,
                 NULL::bigint)
                IS DISTINCT FROM
                (u.line_id, u.kind, u.amount, u.instruction_id, u.funding_id, u.conversion_id,
                 u.undoes_id)
                OR NOT controls_is_approved('match.undo', u.line_id::text, m.effect_digest));
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(format('match %s undoes what was not approved', off));
        END IF;
    END IF;
    IF has_resolved THEN
        SELECT min(m.id)::text INTO off FROM added m
         WHERE m.kind = 'resolution' AND m.undoes_id IS NULL
           AND NOT controls_is_approved('break.resolution', m.line_id::text, m.effect_digest);
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(format('resolution %s was not approved', off));
        END IF;
    END IF;
    -- Payments, and what came back of them: never more than was instructed, on its own account.
    IF instructions IS NOT NULL THEN
        SELECT min(s.instruction_id) FILTER (WHERE i.id IS NULL)::text,
               min(i.reference) FILTER (WHERE i.account_id <> ALL (accounts)),
               min(i.reference) FILTER (WHERE i.state NOT IN ('settled', 'returned')
                   OR NOT (0 <= s.back AND s.back <= s.paid AND s.paid <= i.amount))
          INTO missing, closed, off
          FROM (SELECT m.instruction_id,
                       -coalesce(sum(m.amount) FILTER (WHERE m.kind = 'payment'), 0) AS paid,
                       coalesce(sum(m.amount) FILTER (WHERE m.kind = 'return'), 0) AS back
                  FROM treasury_match m WHERE m.instruction_id = ANY (instructions)
                 GROUP BY m.instruction_id) AS s
          LEFT JOIN (SELECT i.id, i.reference, i.state, i.amount, d.account_id
                       FROM treasury_instruction i JOIN treasury_batch b ON b.id = i.batch_id
                       JOIN treasury_disbursement d ON d.id = b.disbursement_id
                      WHERE i.id = ANY (instructions)) AS i ON i.id = s.instruction_id;
        IF missing IS NOT NULL THEN
            PERFORM treasury_match_fault(format('there is no instruction %s', missing));
        END IF;
        IF closed IS NOT NULL THEN
            PERFORM treasury_match_fault(format('instruction %s is of another account', closed));
        END IF;
        IF off IS NOT NULL THEN
            PERFORM treasury_match_fault(
                format('what is matched to instruction %s is not what was paid', off));
        END IF;
        IF cardinality(accounts) > 1 THEN
            SELECT min(i.reference) INTO off
              FROM added m JOIN treasury_statementline l ON l.id = m.line_id
              JOIN treasury_instruction i ON i.id = m.instruction_id
              JOIN treasury_batch b ON b.id = i.batch_id
              JOIN treasury_disbursement d ON d.id = b.disbursement_id
             WHERE d.account_id <> l.account_id
               AND l.id = ANY (lines) AND i.id = ANY (instructions);
            IF off IS NOT NULL THEN
                PERFORM treasury_match_fault(
                    format('instruction %s is of another account', off));
            END IF;
        END IF;
    END IF;
    IF has_funding THEN
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
    END IF;
    RETURN NULL;
END $$;
"""
# Only parts that somebody decided on are compared with what was approved.
AS_APPROVED = """
CREATE OR REPLACE FUNCTION treasury_match_as_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decided bigint[] := ARRAY(SELECT id FROM added
                               WHERE kind = 'resolution' OR undoes_id IS NOT NULL);
    off text;
BEGIN
    IF cardinality(decided) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT min(m.id)::text INTO off FROM added m
     WHERE m.kind = 'resolution' AND m.undoes_id IS NULL AND NOT controls_is_approved_as(
           'break.resolution', m.line_id::text, m.effect_digest,
           jsonb_build_object('line', m.line_id, 'rest', m.amount));
    IF off IS NULL THEN
        SELECT min(m.id)::text INTO off
          FROM added m JOIN treasury_match u ON u.id = m.undoes_id
         WHERE NOT EXISTS (
               SELECT FROM controls_approval a
                WHERE (a.kind, a.subject, a.effect_digest)
                      = ('match.undo', m.line_id::text, m.effect_digest)
                  AND a.effect_text::jsonb -> 'parts'
                      @> jsonb_build_array(jsonb_build_array(u.id, u.kind, u.amount)));
    END IF;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('match %s is not what was approved', off));
    END IF;
    RETURN NULL;
END $$;
"""
ALL_COMPARED = """
CREATE OR REPLACE FUNCTION treasury_match_as_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off text;
BEGIN
    SELECT min(m.id)::text INTO off FROM added m
     WHERE m.kind = 'resolution' AND m.undoes_id IS NULL AND NOT controls_is_approved_as(
           'break.resolution', m.line_id::text, m.effect_digest,
           jsonb_build_object('line', m.line_id, 'rest', m.amount));
    IF off IS NULL THEN
        SELECT min(m.id)::text INTO off
          FROM added m JOIN treasury_match u ON u.id = m.undoes_id
         WHERE NOT EXISTS (
               SELECT FROM controls_approval a
                WHERE (a.kind, a.subject, a.effect_digest)
                      = ('match.undo', m.line_id::text, m.effect_digest)
                  AND a.effect_text::jsonb -> 'parts'
                      @> jsonb_build_array(jsonb_build_array(u.id, u.kind, u.amount)));
    END IF;
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('match %s is not what was approved', off));
    END IF;
    RETURN NULL;
END $$;
"""
BY_ARRAY = import_module("together.treasury.migrations.0015_lines_by_the_hundred_thousand").BY_ARRAY


class Migration(migrations.Migration):
    dependencies = [("treasury", "0017_what_lines_may_be_by_index")]
    operations = [
        migrations.RunSQL(ALLOWED, BY_ARRAY),
        migrations.RunSQL(AS_APPROVED, ALL_COMPARED),
        migrations.AlterField(
            model_name="match",
            name="line",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches",
                to="treasury.statementline",
            ),
        ),
        migrations.AlterField(
            model_name="match",
            name="instruction",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="matches",
                to="treasury.instruction",
            ),
        ),
    ]
