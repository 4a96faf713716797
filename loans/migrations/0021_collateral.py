"""
Collateral: the policy of haircuts and bands, and pledges.

* a policy follows the last one and is what was approved; never edited or deleted;
* a pledge is born proposed; in force only with the facts that were approved, on evidence of its
  application; released only as approved; substituted only by one that is in force, and both
  together; the same reference at a custodian secures one loan at a time;
* a loan whose terms say that it is secured is not drawn without a pledge in force, nor made above
  its initial loan to value, after haircuts, at fresh prices of that moment.
"""

import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION loans_collateralpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM loans_collateralpolicy)
       OR NOT controls_is_approved_as(
           'collateral.policy', 'collateral', NEW.effect_digest, jsonb_build_object(
               'version', NEW.version, 'initial', NEW.initial, 'margin_call', NEW.margin_call,
               'liquidation', NEW.liquidation, 'cure_hours', NEW.cure_hours,
               'haircuts', NEW.haircuts)) THEN
        RAISE EXCEPTION 'collateral policy % is not what was approved', NEW.version
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_collateral_policy_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_collateralpolicy_guard BEFORE INSERT ON loans_collateralpolicy
    FOR EACH ROW EXECUTE FUNCTION loans_collateralpolicy_guard();
CREATE TRIGGER loans_collateralpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_collateralpolicy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_collateralpolicy FROM together_app;

CREATE FUNCTION loans_pledge_problem(new loans_pledge) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asked loans_application;
    paper controls_document;
BEGIN
    SELECT * INTO asked FROM loans_application WHERE id = new.application_id;
    IF new.state = 'in_force' THEN
        SELECT * INTO paper FROM controls_document WHERE id = new.evidence_id;
        IF paper.subject <> asked.number OR paper.withdrawn_at IS NOT NULL THEN
            RETURN 'has no evidence';
        END IF;
        -- One after the other, so that the same is not pledged twice at once.
        PERFORM pg_advisory_xact_lock(hashtext('pledged:' || new.custodian || ':' || new.reference));
        IF EXISTS (SELECT FROM loans_pledge p WHERE p.state = 'in_force' AND p.id <> new.id
                      AND (p.instrument_id, p.custodian, p.reference)
                          = (new.instrument_id, new.custodian, new.reference)
                      AND p.id IS DISTINCT FROM new.replaces_id) THEN
            RETURN 'is pledged already';
        END IF;
        IF new.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM loans_pledge p WHERE p.id = new.replaces_id AND p.state = 'in_force'
               AND p.application_id = new.application_id) THEN
            RETURN 'replaces nothing that is in force';
        END IF;
        IF NOT controls_is_approved_as('collateral.pledge', new.number, new.effect_digest,
            jsonb_build_object('application', asked.number, 'instrument', new.instrument_id,
                'units', new.quantity, 'custodian', new.custodian, 'reference', new.reference,
                'evidence', paper.number,
                'replaces', (SELECT number FROM loans_pledge WHERE id = new.replaces_id))) THEN
            RETURN 'is not what was approved';
        END IF;
    ELSIF new.state = 'released' THEN
        IF NOT controls_is_approved_as('collateral.release', new.number, new.release_digest,
            jsonb_build_object('application', asked.number, 'units', new.quantity)) THEN
            RETURN 'is not approved to be released';
        END IF;
    ELSIF new.state = 'substituted' AND NOT EXISTS (
        SELECT FROM loans_pledge WHERE replaces_id = new.id AND state = 'in_force') THEN
        RETURN 'has no substitute';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION loans_pledge_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'release_digest'];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.release_digest <> '' THEN
            problem := 'is born ' || NEW.state;
        END IF;
    ELSIF (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said)
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'released'),
           ('in_force', 'substituted'))
       OR (NEW.release_digest <> '') <> (NEW.state = 'released') THEN
        problem := 'may not change so';
    ELSE
        problem := loans_pledge_problem(NEW);
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'pledge % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_pledge';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_pledge_guard BEFORE INSERT OR UPDATE ON loans_pledge
    FOR EACH ROW EXECUTE FUNCTION loans_pledge_guard();
CREATE FUNCTION loans_pledge_substitutes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'in_force' AND EXISTS (
        SELECT FROM loans_pledge WHERE id = NEW.replaces_id AND state = 'in_force') THEN
        RAISE EXCEPTION 'pledge % is in force and so is what it replaces', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_pledge';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER loans_pledge_substitutes AFTER UPDATE ON loans_pledge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loans_pledge_substitutes();
CREATE TRIGGER loans_pledge_stays BEFORE DELETE OR TRUNCATE
    ON loans_pledge FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_pledge FROM together_app;

-- Whole numbers throughout: quantity x price at 24 decimals, what is owed at as many.
CREATE FUNCTION loans_is_covered(
    p_application bigint, p_owed numeric, p_at timestamptz, p_with_haircuts boolean)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH rule AS (SELECT * FROM loans_collateralpolicy ORDER BY version DESC LIMIT 1),
    asked AS (
        SELECT p_owed * 10::numeric ^ (24 - CASE p.asset WHEN 'USD' THEN 2 ELSE 6 END) AS owed,
               (a.terms #>> '{secured,most_ltv}')::numeric AS most_ltv
          FROM loans_application a JOIN treasury_pool p ON p.code = a.pool_id
         WHERE a.id = p_application),
    pledged AS (
        SELECT g.quantity::numeric * o.value
               * 10::numeric ^ (24 - i.quantity_scale - i.scale) AS value,
               10000 - (SELECT haircuts ->> g.instrument_id FROM rule)::numeric AS counts,
               p_at - o.observed_at <= l.most_age * interval '1 hour' AS is_fresh
          FROM loans_pledge g
          JOIN loans_instrument i ON i.code = g.instrument_id
          LEFT JOIN LATERAL (
               SELECT most_age FROM loans_instrumentpolicy n WHERE n.instrument_id = i.code
                ORDER BY n.version DESC LIMIT 1) l ON true
          LEFT JOIN LATERAL (
               SELECT value, observed_at FROM loans_observation n
                WHERE n.instrument_id = i.code AND n.observed_at <= p_at AND n.recorded_at <= p_at
                  AND NOT EXISTS (SELECT FROM loans_observation c
                                   WHERE c.supersedes_id = n.id AND c.recorded_at <= p_at)
                ORDER BY n.observed_at DESC, n.id DESC LIMIT 1) o ON true
         WHERE g.application_id = p_application AND g.state = 'in_force')
    SELECT p_owed = 0 OR coalesce((
        SELECT bool_and(coalesce(g.is_fresh AND g.counts IS NOT NULL, false))
               AND bool_and(asked.owed * 10000 <= rule.initial * total.market)
               AND bool_and(asked.owed <= asked.most_ltv * total.market)
               AND (NOT p_with_haircuts
                    OR bool_and(asked.owed * 10000 <= total.lendable))
          FROM pledged g, asked, rule,
               (SELECT sum(value) AS market, sum(value * counts) AS lendable FROM pledged) total
        ), false)
$$;
CREATE FUNCTION loans_loan_is_secured() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF jsonb_typeof(NEW.terms -> 'secured') = 'object'
       AND (TG_OP = 'INSERT' OR (NEW.state = 'drawing' AND OLD.state <> 'drawing'))
       AND NOT EXISTS (SELECT FROM loans_pledge WHERE application_id = NEW.application_id
                          AND state = 'in_force') THEN
        RAISE EXCEPTION 'loan % is secured and nothing is pledged', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_is_secured';
    END IF;
    IF TG_OP = 'INSERT' AND jsonb_typeof(NEW.terms -> 'secured') = 'object'
       AND NOT loans_is_covered(NEW.application_id, NEW.amount, NEW.approved_at, true) THEN
        RAISE EXCEPTION 'loan % is secured and not covered', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_is_secured';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_is_secured BEFORE INSERT OR UPDATE OF state ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_is_secured();
"""
NO_GUARDS = """
DROP TRIGGER loans_loan_is_secured ON loans_loan;
DROP FUNCTION loans_loan_is_secured();
DROP FUNCTION loans_is_covered(bigint, numeric, timestamptz, boolean);
DROP TRIGGER loans_pledge_stays ON loans_pledge;
DROP TRIGGER loans_pledge_substitutes ON loans_pledge;
DROP FUNCTION loans_pledge_substitutes();
DROP TRIGGER loans_pledge_guard ON loans_pledge;
DROP FUNCTION loans_pledge_guard();
DROP FUNCTION loans_pledge_problem(loans_pledge);
DROP TRIGGER loans_collateralpolicy_append_only ON loans_collateralpolicy;
DROP TRIGGER loans_collateralpolicy_guard ON loans_collateralpolicy;
DROP FUNCTION loans_collateralpolicy_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0013_market_data_stages'),
        ('loans', '0020_market_data'),
        ('controls', '0014_collateral_stages'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pledge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('quantity', models.BigIntegerField()),
                ('custodian', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=80)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('substituted', 'substituted'), ('released', 'released'), ('withdrawn', 'withdrawn')], default=loans.rules.states.PledgeState['PROPOSED'], max_length=12)),
                ('effect_digest', models.CharField(max_length=64)),
                ('release_digest', models.CharField(blank=True, max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pledges', to='loans.application')),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.document')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pledges', to='loans.instrument')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacements', to='loans.pledge')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='PledgeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('quantity', models.BigIntegerField()),
                ('custodian', models.CharField(max_length=60)),
                ('reference', models.CharField(max_length=80)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('substituted', 'substituted'), ('released', 'released'), ('withdrawn', 'withdrawn')], default=loans.rules.states.PledgeState['PROPOSED'], max_length=12)),
                ('effect_digest', models.CharField(max_length=64)),
                ('release_digest', models.CharField(blank=True, max_length=64)),
                ('proposed_at', models.DateTimeField()),
                ('application', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.application')),
                ('evidence', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.document')),
                ('instrument', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.instrument')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.pledge')),
                ('proposed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaces', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.pledge')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CollateralPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField(unique=True)),
                ('initial', models.IntegerField()),
                ('margin_call', models.IntegerField()),
                ('liquidation', models.IntegerField()),
                ('cure_hours', models.IntegerField()),
                ('haircuts', models.JSONField()),
                ('effect_digest', models.CharField(max_length=64)),
                ('set_at', models.DateTimeField()),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'collateral policies',
                'ordering': ['-version'],
                'constraints': [models.CheckConstraint(condition=models.Q(('cure_hours__gt', 0), ('initial__gt', 0), ('liquidation__gt', models.F('margin_call')), ('liquidation__lte', 10000), ('margin_call__gt', models.F('initial'))), name='loans_collateral_bands')],
            },
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='loans_pledged_some'),
        ),
        migrations.AddConstraint(
            model_name='pledge',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['proposed', 'in_force'])), fields=('replaces',), name='loans_one_substitute_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pledge',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_pledgeevent" ("application_id", "custodian", "effect_digest", "evidence_id", "id", "instrument_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "quantity", "reference", "release_digest", "replaces_id", "state") VALUES (NEW."application_id", NEW."custodian", NEW."effect_digest", NEW."evidence_id", NEW."id", NEW."instrument_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."quantity", NEW."reference", NEW."release_digest", NEW."replaces_id", NEW."state"); RETURN NULL;', hash='08c18b411a30377c82a9dfcf267574afbb3fccf6', operation='INSERT', pgid='pgtrigger_insert_insert_86748', table='loans_pledge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pledge',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_pledgeevent" ("application_id", "custodian", "effect_digest", "evidence_id", "id", "instrument_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "quantity", "reference", "release_digest", "replaces_id", "state") VALUES (NEW."application_id", NEW."custodian", NEW."effect_digest", NEW."evidence_id", NEW."id", NEW."instrument_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."quantity", NEW."reference", NEW."release_digest", NEW."replaces_id", NEW."state"); RETURN NULL;', hash='88a4459761b54c7f5275661332b89e91b6805123', operation='UPDATE', pgid='pgtrigger_update_update_60ba4', table='loans_pledge', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='pledgeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='87a3f487a4336d37de172f1a1113975d9d080e28', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c8c07', table='loans_pledgeevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
