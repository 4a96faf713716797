"""
Matches as rows: a line may be several things, and one thing may take several lines.

What a line was matched to stood in two columns of it. The database holds matches to their sums:

* the parts of a matched line add up to it, and no part joins it afterwards; a line is a break
  again only when all its parts are undone;
* what is matched to a payment, a return or a funding never exceeds it, and its account is the
  line's;
* a payment that came back is settled again only when its return is undone;
* what a person resolves or undoes, and what an account allows, was approved by somebody else.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PLAIN = """
CREATE FUNCTION treasury_plain(text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(upper(regexp_replace($1, '[^A-Za-z0-9]+', '', 'g')), 'OIL', '011')
$$;
"""
COPY = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO treasury_match (line_id, kind, instruction_id, funding_id, amount, rule,
                            effect_digest, matched_at)
SELECT l.id, CASE WHEN l.instruction_id IS NULL THEN CASE WHEN l.funding_id IS NULL THEN 'receipt'
                                                          ELSE 'funding' END
                  WHEN l.amount < 0 THEN 'payment' ELSE 'return' END,
       l.instruction_id, l.funding_id, l.amount, 'reference', '', s.imported_at
  FROM treasury_statementline l JOIN treasury_statement s ON s.id = l.statement_id
 WHERE l.state = 'matched' ORDER BY l.id;
SET CONSTRAINTS ALL DEFERRED;
"""
COPY_BACK = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE treasury_statementline l SET instruction_id = m.instruction_id, funding_id = m.funding_id
  FROM (SELECT line_id, min(instruction_id) AS instruction_id, min(funding_id) AS funding_id
          FROM treasury_match GROUP BY line_id) AS m
 WHERE m.line_id = l.id;
"""
LINE = """
CREATE OR REPLACE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'break' THEN
            RAISE EXCEPTION 'statement line % is born %', NEW.entry_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'reason', 'owner_id', 'is_receipt'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['state', 'reason', 'owner_id', 'is_receipt'])
       OR (OLD.state = 'matched' AND NOT (NEW.state = 'break' AND (
               SELECT sum(amount) FROM treasury_match WHERE line_id = OLD.id) = 0)) THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER treasury_line_guard ON treasury_statementline;
CREATE TRIGGER treasury_line_guard BEFORE INSERT OR UPDATE ON treasury_statementline
    FOR EACH ROW EXECUTE FUNCTION treasury_line_guard();
CREATE FUNCTION treasury_lines_add_up() RETURNS trigger
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
CREATE TRIGGER treasury_lines_add_up AFTER UPDATE ON treasury_statementline
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_add_up();
"""
LINE_BEFORE = """
DROP TRIGGER treasury_lines_add_up ON treasury_statementline;
DROP FUNCTION treasury_lines_add_up();
CREATE OR REPLACE FUNCTION treasury_line_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['state', 'reason', 'instruction_id', 'funding_id', 'is_receipt'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'reason', 'instruction_id', 'funding_id', 'is_receipt'])
       OR OLD.state = 'matched' THEN
        RAISE EXCEPTION 'statement line % stays as the rail reported and as it was matched',
              OLD.entry_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_line_fixed';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER treasury_line_guard ON treasury_statementline;
ALTER TABLE treasury_statementline DISABLE TRIGGER USER;
"""
LINE_AGAIN = """
ALTER TABLE treasury_statementline ENABLE TRIGGER USER;
CREATE TRIGGER treasury_line_guard BEFORE UPDATE ON treasury_statementline
    FOR EACH ROW EXECUTE FUNCTION treasury_line_guard();
"""
MATCHES = """
CREATE FUNCTION treasury_match_fault(fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', fault
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_match_allowed';
END $$;
CREATE FUNCTION treasury_match_allowed() RETURNS trigger
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
CREATE TRIGGER treasury_match_allowed AFTER INSERT ON treasury_match
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_allowed();
CREATE TRIGGER treasury_match_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_match FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_match FROM together_app;
"""
NO_MATCHES = """
DROP TRIGGER treasury_match_append_only ON treasury_match;
DROP TRIGGER treasury_match_allowed ON treasury_match;
DROP FUNCTION treasury_match_allowed();
DROP FUNCTION treasury_match_fault(text);
"""
# A payment that came back is settled again only when what said so is undone.
BACK_AGAIN = """
ALTER FUNCTION treasury_demand_filed(treasury_instruction, text) RENAME TO treasury_demand_in_file;
CREATE FUNCTION treasury_demand_filed(i treasury_instruction, was text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF was = 'returned' AND i.state = 'settled' AND (
           SELECT coalesce(sum(amount), 0) FROM treasury_match
            WHERE instruction_id = i.id AND kind = 'return') = 0 THEN
        RETURN;
    END IF;
    PERFORM treasury_demand_in_file(i, was);
END $$;
"""
NOT_AGAIN = """
DROP FUNCTION treasury_demand_filed(treasury_instruction, text);
ALTER FUNCTION treasury_demand_in_file(treasury_instruction, text) RENAME TO treasury_demand_filed;
"""
POLICIES = """
CREATE FUNCTION treasury_matchingpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM treasury_matchingpolicy
                            WHERE account_id = NEW.account_id)
       OR NOT controls_is_approved('matching.policy', NEW.account_id, NEW.effect_digest) THEN
        RAISE EXCEPTION 'matching policy % of % was not approved', NEW.version, NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_matching_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_matchingpolicy_guard BEFORE INSERT ON treasury_matchingpolicy
    FOR EACH ROW EXECUTE FUNCTION treasury_matchingpolicy_guard();
CREATE TRIGGER treasury_matchingpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_matchingpolicy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_matchingpolicy FROM together_app;
"""
NO_POLICIES = """
DROP TRIGGER treasury_matchingpolicy_append_only ON treasury_matchingpolicy;
DROP TRIGGER treasury_matchingpolicy_guard ON treasury_matchingpolicy;
DROP FUNCTION treasury_matchingpolicy_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0008_destinations_and_files_guarded"),
        ("controls", "0005_matching_stages"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Match',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('payment', 'payment'), ('return', 'return of a payment'), ('funding', 'funding of the pool'), ('receipt', 'money received'), ('charge', 'charges of the servicer'), ('resolution', 'resolved by a person')], max_length=10)),
                ('amount', models.BigIntegerField()),
                ('rule', models.CharField(max_length=20)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('matched_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'matches',
            },
        ),
        migrations.CreateModel(
            name='MatchingPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('fees', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('charges_up_to', models.BigIntegerField(default=0)),
                ('days', models.SmallIntegerField(default=10)),
                ('effect_digest', models.CharField(max_length=64)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'matching policies',
                'ordering': ['account', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('payment', 'payment'), ('return', 'return of a payment'), ('funding', 'funding of the pool'), ('receipt', 'money received'), ('charge', 'charges of the servicer'), ('resolution', 'resolved by a person')], max_length=10)),
                ('amount', models.BigIntegerField(help_text='Of what it may be, signed as on the statement.')),
                ('rule', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=200)),
                ('proposed_at', models.DateTimeField()),
                ('declined_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name='statementline',
            name='counterparty_account',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='statementline',
            name='details',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='statementline',
            name='owner',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statementline',
            name='value_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='match',
            name='confirmed_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='match',
            name='funding',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='treasury.funding'),
        ),
        migrations.AddField(
            model_name='match',
            name='instruction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='treasury.instruction'),
        ),
        migrations.AddField(
            model_name='match',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='treasury.statementline'),
        ),
        migrations.AddField(
            model_name='match',
            name='undoes',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='undone_by', to='treasury.match'),
        ),
        migrations.AddField(
            model_name='matchingpolicy',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='matching_policies', to='treasury.cashaccount'),
        ),
        migrations.AddField(
            model_name='matchingpolicy',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='declined_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='proposal',
            name='funding',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.funding'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='instruction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.instruction'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='treasury.statementline'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('funding', None), ('instruction__isnull', False), ('kind__in', ['payment', 'return'])), models.Q(('funding__isnull', False), ('instruction', None), ('kind', 'funding')), models.Q(('funding', None), ('instruction', None), ('kind__in', ['receipt', 'charge', 'resolution'])), _connector='OR'), name='treasury_match_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='treasury_match_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='matchingpolicy',
            constraint=models.UniqueConstraint(fields=('account', 'version'), name='treasury_matching_version'),
        ),
        migrations.AddConstraint(
            model_name='matchingpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('charges_up_to__gte', 0), ('days__gte', 0), ('days__lte', 60)), name='treasury_matching_bounds'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(fields=('line', 'instruction', 'funding'), name='treasury_proposed_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('declined_at', None), ('declined_by', None)), models.Q(('declined_at__isnull', False), ('declined_by__isnull', False)), _connector='OR'), name='treasury_declined_together'),
        ),
        migrations.RunSQL(
            PLAIN + COPY, COPY_BACK + LINE_AGAIN + "DROP FUNCTION treasury_plain(text);"
        ),
        migrations.RemoveConstraint(
            model_name='statementline',
            name='treasury_payment_matched_once',
        ),
        migrations.RemoveConstraint(
            model_name='statementline',
            name='treasury_return_matched_once',
        ),
        migrations.RemoveConstraint(
            model_name='statementline',
            name='treasury_funding_matched_once',
        ),
        migrations.RemoveField(
            model_name='statementline',
            name='funding',
        ),
        migrations.RemoveField(
            model_name='statementline',
            name='instruction',
        ),
        migrations.RunSQL(migrations.RunSQL.noop, LINE_BEFORE),
        migrations.RunSQL(
            LINE + MATCHES + BACK_AGAIN + POLICIES, NO_POLICIES + NOT_AGAIN + NO_MATCHES
        ),
    ]
