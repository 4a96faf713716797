"""
Documents, their bytes, and the log of who looked.

* bytes are kept under their own digest and never change;
* a document never changes: it is withdrawn, once, and stays;
* the access log is append-only.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


GUARDS = """
ALTER TABLE controls_documentcontent ADD CONSTRAINT controls_content_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
CREATE TRIGGER controls_documentcontent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_documentcontent FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON controls_documentcontent FROM together_app;
CREATE FUNCTION controls_document_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'document % is filed as withdrawn', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_document_stays';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['withdrawn_by_id', 'withdrawn_at', 'withdrawn_for'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['withdrawn_by_id', 'withdrawn_at', 'withdrawn_for'])
       OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'document % stays as it was filed; it is withdrawn once', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_document_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_document_guard BEFORE INSERT OR UPDATE ON controls_document
    FOR EACH ROW EXECUTE FUNCTION controls_document_guard();
CREATE TRIGGER controls_document_stays BEFORE DELETE OR TRUNCATE
    ON controls_document FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON controls_document FROM together_app;
CREATE TRIGGER controls_accessrecord_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_accessrecord FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON controls_accessrecord FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER controls_accessrecord_append_only ON controls_accessrecord;
DROP TRIGGER controls_document_stays ON controls_document;
DROP TRIGGER controls_document_guard ON controls_document;
DROP FUNCTION controls_document_guard();
DROP TRIGGER controls_documentcontent_append_only ON controls_documentcontent;
ALTER TABLE controls_documentcontent DROP CONSTRAINT controls_content_is_its_digest;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0007_approved_as_said'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='DocumentContent',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('data', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('subject', models.CharField(max_length=40)),
                ('area', models.CharField(choices=[('loans', 'loans'), ('claims', 'claims')], max_length=10)),
                ('kind', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('name', models.CharField(max_length=100)),
                ('media_type', models.CharField(max_length=80)),
                ('size', models.IntegerField()),
                ('issued_on', models.DateField(null=True)),
                ('expires_on', models.DateField(null=True)),
                ('filed_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_for', models.CharField(blank=True, max_length=200)),
                ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='controls.documentcontent')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='DocumentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('subject', models.CharField(max_length=40)),
                ('area', models.CharField(choices=[('loans', 'loans'), ('claims', 'claims')], max_length=10)),
                ('kind', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('name', models.CharField(max_length=100)),
                ('media_type', models.CharField(max_length=80)),
                ('size', models.IntegerField()),
                ('issued_on', models.DateField(null=True)),
                ('expires_on', models.DateField(null=True)),
                ('filed_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_for', models.CharField(blank=True, max_length=200)),
                ('content', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.documentcontent')),
                ('filed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.document')),
                ('withdrawn_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=40)),
                ('what', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='controls_access_to')],
            },
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['subject', 'kind'], name='controls_document_of'),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(condition=models.Q(('expires_on__isnull', False), ('withdrawn_at', None)), fields=['expires_on'], name='controls_document_expires'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(('issued_on', None), ('expires_on', None), ('expires_on__gt', models.F('issued_on')), _connector='OR'), name='controls_document_days'),
        ),
        migrations.AddConstraint(
            model_name='document',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', None), ('withdrawn_for', '')), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_for', ''), _negated=True)), _connector='OR'), name='controls_document_withdrawn_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_documentevent" ("area", "content_id", "expires_on", "filed_at", "filed_by_id", "id", "issued_on", "kind", "media_type", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "subject", "title", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."area", NEW."content_id", NEW."expires_on", NEW."filed_at", NEW."filed_by_id", NEW."id", NEW."issued_on", NEW."kind", NEW."media_type", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."size", NEW."subject", NEW."title", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='75c0f4e137be283daf67d8154cc27e7312cb8e15', operation='INSERT', pgid='pgtrigger_insert_insert_63d0f', table='controls_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='document',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_documentevent" ("area", "content_id", "expires_on", "filed_at", "filed_by_id", "id", "issued_on", "kind", "media_type", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "subject", "title", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."area", NEW."content_id", NEW."expires_on", NEW."filed_at", NEW."filed_by_id", NEW."id", NEW."issued_on", NEW."kind", NEW."media_type", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."size", NEW."subject", NEW."title", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='8c9fbacac2f262e3e257da186e5966796c6891ea', operation='UPDATE', pgid='pgtrigger_update_update_cdaa5', table='controls_document', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='documentevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d67f1345baee6c621a8d509577bc8f9be37b7400', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5c714', table='controls_documentevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
