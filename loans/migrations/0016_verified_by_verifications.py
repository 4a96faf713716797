"""
The day that an institution was verified on stands on its verifications, not on its own row as well.

Backwards each has the day of its last one again.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

AGAIN = """
UPDATE loans_institution i SET kyb_verified_on = (
    SELECT max(v.verified_on) FROM loans_verification v
     WHERE v.institution_id = i.id AND v.state = 'in_force');
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):

    dependencies = [('loans', '0015_verifications')]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='update_update',
        ),
        migrations.RunSQL(migrations.RunSQL.noop, AGAIN),
        migrations.RemoveField(
            model_name='institution',
            name='kyb_verified_on',
        ),
        migrations.RemoveField(
            model_name='institutionevent',
            name='kyb_verified_on',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_institutionevent" ("entered_at", "entered_by_id", "exchange_affiliation", "id", "jurisdiction", "legal_name", "lei", "limit", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."exchange_affiliation", NEW."id", NEW."jurisdiction", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='451f95939e5df96a01aa307539d22628d2c3457a', operation='INSERT', pgid='pgtrigger_insert_insert_789f6', table='loans_institution', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_institutionevent" ("entered_at", "entered_by_id", "exchange_affiliation", "id", "jurisdiction", "legal_name", "lei", "limit", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."exchange_affiliation", NEW."id", NEW."jurisdiction", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='bf1d03c75044d6c1169c489bdc8a6401d0f41174', operation='UPDATE', pgid='pgtrigger_update_update_d27be', table='loans_institution', when='AFTER')),
        ),
    ]
