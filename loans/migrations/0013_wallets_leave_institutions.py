"""
The wallet of an institution stands among its destinations only (0012), not on its own row as well.

Forwards it is refused if a wallet is among the destinations of nobody; backwards each institution
gets the first wallet that was registered for it again.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

KEPT = """
SET CONSTRAINTS ALL IMMEDIATE;
DO $$
DECLARE
    lost text;
BEGIN
    SELECT string_agg(DISTINCT i.lei || ' ' || i.wallet, ', ') INTO lost
      FROM (SELECT lei, wallet FROM loans_institution
             UNION SELECT lei, wallet FROM loans_institutionevent) i
     WHERE NOT EXISTS (SELECT FROM treasury_destination d
                        WHERE (d.owner_kind, d.owner, d.kind, d.identifier)
                              = ('institution', i.lei, 'exchange', i.wallet));
    IF lost IS NOT NULL THEN
        RAISE EXCEPTION 'wallets that are no destination, register them first: %', lost;
    END IF;
END $$;
"""
FIRST = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE {table} DISABLE TRIGGER USER;
UPDATE {table} i SET wallet = (SELECT d.identifier FROM treasury_destination d
                                WHERE (d.owner_kind, d.owner, d.kind)
                                      = ('institution', i.lei, 'exchange')
                                ORDER BY d.id LIMIT 1);
ALTER TABLE {table} ENABLE TRIGGER USER;
"""
AGAIN = "".join(
    FIRST.format(table=table) for table in ("loans_institution", "loans_institutionevent")
)


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0012_wallets_are_destinations'),
        ('treasury', '0008_destinations_and_files_guarded'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='update_update',
        ),
        # Without a wallet for a moment on the way back, until it has the first one again.
        *(
            migrations.AlterField(model, "wallet", models.CharField(max_length=80, null=True))
            for model in ("institution", "institutionevent")
        ),
        migrations.RunSQL(KEPT, AGAIN),
        migrations.RemoveField(
            model_name='institution',
            name='wallet',
        ),
        migrations.RemoveField(
            model_name='institutionevent',
            name='wallet',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_institutionevent" ("entered_at", "entered_by_id", "exchange_affiliation", "id", "jurisdiction", "kyb_verified_on", "legal_name", "lei", "limit", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."exchange_affiliation", NEW."id", NEW."jurisdiction", NEW."kyb_verified_on", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='c25a3dd4a87f78a5821f733727d3ac6dc76ecf00', operation='INSERT', pgid='pgtrigger_insert_insert_789f6', table='loans_institution', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_institutionevent" ("entered_at", "entered_by_id", "exchange_affiliation", "id", "jurisdiction", "kyb_verified_on", "legal_name", "lei", "limit", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."exchange_affiliation", NEW."id", NEW."jurisdiction", NEW."kyb_verified_on", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='45b81050db5a7166c7d231f829bccad6ea6e8f5f', operation='UPDATE', pgid='pgtrigger_update_update_d27be', table='loans_institution', when='AFTER')),
        ),
    ]
