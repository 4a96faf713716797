"""The history of a loan's row leaves the days out that are closed: the audit trail has them."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0010_projections'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='loan',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='loan',
            name='update_update',
        ),
        migrations.RemoveField(
            model_name='loanevent',
            name='business_date',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='loan',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_loanevent" ("amount", "application_id", "approved_at", "disbursement_id", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "state", "terms", "terms_digest") VALUES (NEW."amount", NEW."application_id", NEW."approved_at", NEW."disbursement_id", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."pool_id", NEW."state", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='a6efc152bec0ac794f9edcdab327d3ba9bcefaba', operation='INSERT', pgid='pgtrigger_insert_insert_893ce', table='loans_loan', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='loan',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."amount" IS DISTINCT FROM (NEW."amount") OR OLD."application_id" IS DISTINCT FROM (NEW."application_id") OR OLD."approved_at" IS DISTINCT FROM (NEW."approved_at") OR OLD."disbursement_id" IS DISTINCT FROM (NEW."disbursement_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."institution_id" IS DISTINCT FROM (NEW."institution_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."pool_id" IS DISTINCT FROM (NEW."pool_id") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."terms" IS DISTINCT FROM (NEW."terms") OR OLD."terms_digest" IS DISTINCT FROM (NEW."terms_digest"))', func='INSERT INTO "loans_loanevent" ("amount", "application_id", "approved_at", "disbursement_id", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id", "state", "terms", "terms_digest") VALUES (NEW."amount", NEW."application_id", NEW."approved_at", NEW."disbursement_id", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."pool_id", NEW."state", NEW."terms", NEW."terms_digest"); RETURN NULL;', hash='45866c93afaaeba4326c741c1ce236f4ad06017e', operation='UPDATE', pgid='pgtrigger_update_update_0c1fa', table='loans_loan', when='AFTER')),
        ),
    ]
