"""
Pools say which programme they are given for; orders say that their programme tests them again.

* a pool is opened for a programme and stays what it is; one that is older says it once, approved;
* the entry of a funding is only what was approved: pool, account, reference, amount and day.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

POOL = """
CREATE FUNCTION treasury_pool_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.given_for = '' THEN
            RAISE EXCEPTION 'pool % is opened for no programme', NEW.code
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_pool_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'given_for' IS DISTINCT FROM to_jsonb(OLD) - 'given_for'
       OR (NEW.given_for <> OLD.given_for AND (OLD.given_for <> '' OR NOT EXISTS (
               SELECT FROM controls_approval a
                WHERE a.kind = 'pool.programme' AND a.subject = NEW.code
                  AND controls_is_approved_as(a.kind, a.subject, a.effect_digest,
                      jsonb_build_object('pool', NEW.code, 'given_for', NEW.given_for))))) THEN
        RAISE EXCEPTION 'pool % stays as it was opened; its programme is said once, as approved',
              OLD.code USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_pool_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_pool_guard BEFORE INSERT OR UPDATE ON treasury_pool
    FOR EACH ROW EXECUTE FUNCTION treasury_pool_guard();
"""
NO_POOL = """
DROP TRIGGER treasury_pool_guard ON treasury_pool;
DROP FUNCTION treasury_pool_guard();
"""
# The lines are there already: an entry comes with them in one statement.
FUNDING = """
CREATE FUNCTION treasury_funded_as_approved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM treasury_funding f
          JOIN treasury_cashaccount c ON c.code = f.account_id
          JOIN controls_approval a ON a.kind = 'pool.funding' AND a.subject = f.reference
         WHERE NEW.key = 'funding:' || f.reference AND NEW.kind = 'POOL_FUNDED'
           AND NEW.happened_on = f."on"
           AND controls_is_approved_as(a.kind, a.subject, a.effect_digest, jsonb_build_object(
                   'pool', f.pool_id, 'account', f.account_id, 'reference', f.reference,
                   'amount', f.amount, 'on', f."on"::text))
           AND (SELECT array_agg((n.code || ':' || n.subject || ':' || n.asset || ':' || l.amount)
                                 ORDER BY n.code)
                  FROM ledger_line l JOIN ledger_account n ON n.id = l.account_id
                 WHERE l.entry_id = NEW.id) = ARRAY[
                   'cash:' || f.account_id || ':' || c.asset || ':' || f.amount,
                   'fund.available:' || f.pool_id || ':' || c.asset || ':' || -f.amount])
    THEN
        RAISE EXCEPTION 'entry % is not the funding that was approved', NEW.key
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_funded_as_approved';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_funded_as_approved AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.kind = 'POOL_FUNDED' OR NEW.key LIKE 'funding:%')
    EXECUTE FUNCTION treasury_funded_as_approved();
"""
NO_FUNDING = """
DROP TRIGGER treasury_funded_as_approved ON ledger_entry;
DROP FUNCTION treasury_funded_as_approved();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('treasury', '0005_lines_and_matches_as_sets'),
        ('controls', '0006_stages_of_paper_acceptances'),
        ('ledger', '0005_entries_are_guarded_as_a_set'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='disbursement',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='disbursement',
            name='update_update',
        ),
        migrations.AddField(
            model_name='disbursement',
            name='is_tested',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='disbursementevent',
            name='is_tested',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='pool',
            name='given_for',
            field=models.CharField(blank=True, choices=[('loans', 'Loans to institutions'), ('retail', 'Awards to retail users'), ('costs', 'Costs of the programmes')], max_length=12),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='disbursement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treasury_disbursementevent" ("account_id", "approval_kind", "count", "effect_digest", "id", "is_tested", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "prepared_at", "prepared_by_id", "released_at", "source_code", "source_subject", "state", "subject", "total") VALUES (NEW."account_id", NEW."approval_kind", NEW."count", NEW."effect_digest", NEW."id", NEW."is_tested", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."prepared_at", NEW."prepared_by_id", NEW."released_at", NEW."source_code", NEW."source_subject", NEW."state", NEW."subject", NEW."total"); RETURN NULL;', hash='16224dc38e1eb302d150250a79698cee8aa66cf6', operation='INSERT', pgid='pgtrigger_insert_insert_bee8b', table='treasury_disbursement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='disbursement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treasury_disbursementevent" ("account_id", "approval_kind", "count", "effect_digest", "id", "is_tested", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "prepared_at", "prepared_by_id", "released_at", "source_code", "source_subject", "state", "subject", "total") VALUES (NEW."account_id", NEW."approval_kind", NEW."count", NEW."effect_digest", NEW."id", NEW."is_tested", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pool_id", NEW."prepared_at", NEW."prepared_by_id", NEW."released_at", NEW."source_code", NEW."source_subject", NEW."state", NEW."subject", NEW."total"); RETURN NULL;', hash='854d60184283973bd34dbdff38f72c930a8fb61c', operation='UPDATE', pgid='pgtrigger_update_update_1ee55', table='treasury_disbursement', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='pool',
            constraint=models.CheckConstraint(condition=models.Q(('given_for__in', ['', 'loans', 'retail', 'costs'])), name='treasury_given_for_known'),
        ),
        migrations.RunSQL(POOL, NO_POOL),
        migrations.RunSQL(FUNDING, NO_FUNDING),
    ]
