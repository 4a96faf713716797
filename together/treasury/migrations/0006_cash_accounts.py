"""
Cash by account: each pool has one or more accounts, with statements and disbursements of their own.

The wallet that a pool had becomes its main account, under the pool's own code: the books keep
its cash where it was. Statements and disbursements name pool and account; the database holds them
to an account of that pool.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

NAMES = {
    "disbursement": "disbursements",
    "funding": "fundings",
    "statement": "statements",
    "statementline": "+",
}
# Rows that never change are given the account they were of all along.
OPEN = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO treasury_cashaccount (code, pool_id, kind, asset, identifier, servicer, holder)
SELECT code, code, 'exchange', asset, wallet, '', '' FROM treasury_pool;
""" + "".join(
    f"""
ALTER TABLE treasury_{table} DISABLE TRIGGER USER;
UPDATE treasury_{table} SET account_id = pool_id;
ALTER TABLE treasury_{table} ENABLE TRIGGER USER;
"""
    for table in (*NAMES, "disbursementevent")
)
CLOSE = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE treasury_pool p
   SET wallet = (SELECT identifier FROM treasury_cashaccount WHERE code = p.code);
"""
OF_THE_POOL = "".join(
    f"""
ALTER TABLE treasury_{table} ADD CONSTRAINT treasury_{table}_account_of_pool
    FOREIGN KEY (account_id, pool_id) REFERENCES treasury_cashaccount (code, pool_id);
"""
    for table in NAMES
)
OF_ANY_POOL = "".join(
    f"ALTER TABLE treasury_{table} DROP CONSTRAINT treasury_{table}_account_of_pool;\n"
    for table in NAMES
)
STAYS = """
CREATE TRIGGER treasury_cashaccount_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_cashaccount FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON treasury_cashaccount FROM together_app;
"""
GOES = "DROP TRIGGER treasury_cashaccount_append_only ON treasury_cashaccount;\n"

CONTINUES = """
CREATE OR REPLACE FUNCTION treasury_statement_continues() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    last treasury_statement;
BEGIN
    PERFORM FROM treasury_{keeper} WHERE code = NEW.{by} FOR UPDATE;
    SELECT * INTO last FROM treasury_statement WHERE {by} = NEW.{by}
     ORDER BY number DESC LIMIT 1;
    IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.opening <> coalesce(last.closing, 0) THEN
        RAISE EXCEPTION 'statement % of % opens with %, the last one (%) closed with %',
              NEW.number, NEW.{by}, NEW.opening, coalesce(last.number, 0),
              coalesce(last.closing, 0)
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_continues';
    END IF;
    RETURN NEW;
END $$;
"""
BY_ACCOUNT = CONTINUES.format(keeper="cashaccount", by="account_id")
BY_POOL = CONTINUES.format(keeper="pool", by="pool_id")


def account(related_name, **options):
    """Give the field that names the account."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="treasury.cashaccount",
        **options,
    )


def of_event(**options):
    """Give the field of the history of disbursements."""
    return models.ForeignKey(
        db_constraint=False,
        on_delete=django.db.models.deletion.DO_NOTHING,
        related_name="+",
        related_query_name="+",
        to="treasury.cashaccount",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [("treasury", "0005_closing_under_four_eyes")]

    operations = [
        migrations.CreateModel(
            name='CashAccount',
            fields=[
                ('code', models.SlugField(max_length=20, primary_key=True, serialize=False)),
                ('pool', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='treasury.pool')),
                ('kind', models.CharField(choices=[('exchange', 'wallet at the exchange'), ('bank', 'bank account'), ('chain', 'address on a chain')], max_length=10)),
                ('asset', models.CharField(max_length=8)),
                ('identifier', models.CharField(max_length=80, unique=True)),
                ('servicer', models.CharField(blank=True, max_length=40)),
                ('holder', models.CharField(blank=True, max_length=120)),
            ],
            options={
                'ordering': ['pool', 'code'],
            },
        ),
        migrations.AlterField(
            "pool", "wallet", models.CharField(max_length=80, null=True, unique=True)
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='disbursement',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='disbursement',
            name='update_update',
        ),
        *(
            migrations.AddField(model, "account", account(name, null=True))
            for model, name in NAMES.items()
        ),
        migrations.AddField("disbursementevent", "account", of_event(null=True)),
        migrations.RunSQL(OPEN, CLOSE),
        *(migrations.AlterField(model, "account", account(name)) for model, name in NAMES.items()),
        migrations.AlterField("disbursementevent", "account", of_event()),
        migrations.RemoveField("pool", "wallet"),
        pgtrigger.migrations.AddTrigger(
            model_name='disbursement',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treasury_disbursementevent" ("account_id", "approval_kind", "count", "effect_digest", "id", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "prepared_at", "prepared_by_id", "released_at", "source_code", "source_subject", "state", "subject", "total") VALUES (NEW."account_id", NEW."approval_kind", NEW."count", NEW."effect_digest", NEW."id", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."prepared_at", NEW."prepared_by_id", NEW."released_at", NEW."source_code", NEW."source_subject", NEW."state", NEW."subject", NEW."total"); RETURN NULL;', hash='3bc3878be6c9fe5036dae3008da94115099b21ad', operation='INSERT', pgid='pgtrigger_insert_insert_bee8b', table='treasury_disbursement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='disbursement',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treasury_disbursementevent" ("account_id", "approval_kind", "count", "effect_digest", "id", "kind", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "prepared_at", "prepared_by_id", "released_at", "source_code", "source_subject", "state", "subject", "total") VALUES (NEW."account_id", NEW."approval_kind", NEW."count", NEW."effect_digest", NEW."id", NEW."kind", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pool_id", NEW."prepared_at", NEW."prepared_by_id", NEW."released_at", NEW."source_code", NEW."source_subject", NEW."state", NEW."subject", NEW."total"); RETURN NULL;', hash='0de07de711a8cf4950e1777452cb40a80e1f06b2', operation='UPDATE', pgid='pgtrigger_update_update_1ee55', table='treasury_disbursement', when='AFTER')),
        ),
        migrations.RemoveConstraint(
            model_name='statement',
            name='treasury_statement_number',
        ),
        migrations.RemoveConstraint(
            model_name='statement',
            name='treasury_statement_once',
        ),
        migrations.RemoveConstraint(
            model_name='statementline',
            name='treasury_line_once',
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('account', 'number'), name='treasury_statement_number'),
        ),
        migrations.AddConstraint(
            model_name='statement',
            constraint=models.UniqueConstraint(fields=('account', 'digest'), name='treasury_statement_once'),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.UniqueConstraint(fields=('account', 'entry_id'), name='treasury_line_once'),
        ),
        migrations.AddConstraint(
            model_name='cashaccount',
            constraint=models.UniqueConstraint(fields=('code', 'pool'), name='treasury_account_of_pool'),
        ),
        migrations.AddConstraint(
            model_name='cashaccount',
            constraint=models.CheckConstraint(condition=models.Q(('identifier', ''), _negated=True), name='treasury_account_identified'),
        ),
        migrations.RunSQL(OF_THE_POOL + BY_ACCOUNT + STAYS, GOES + BY_POOL + OF_ANY_POOL),
    ]
