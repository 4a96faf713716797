"""
Who speaks for an institution.

* a contact never changes but by being ended, once, with a reason; it is never deleted.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION loans_contact_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ending text[] := ARRAY['ended_on', 'ended_by_id', 'ended_at', 'ended_for'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_on IS NOT NULL THEN
            RAISE EXCEPTION 'contact % is entered as ended', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_contact_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending)
       OR OLD.ended_on IS NOT NULL THEN
        RAISE EXCEPTION 'contact % stays as it was entered; it is ended once', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_contact_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_contact_guard BEFORE INSERT OR UPDATE ON loans_contact
    FOR EACH ROW EXECUTE FUNCTION loans_contact_guard();
CREATE TRIGGER loans_contact_stays BEFORE DELETE OR TRUNCATE
    ON loans_contact FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_contact FROM together_app;
"""
NO_GUARD = """
DROP TRIGGER loans_contact_stays ON loans_contact;
DROP TRIGGER loans_contact_guard ON loans_contact;
DROP FUNCTION loans_contact_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0017_profiles'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('capacity', models.CharField(choices=[('authorised_signatory', 'authorised signatory'), ('finance', 'finance'), ('operations', 'operations'), ('legal', 'legal')], max_length=20)),
                ('email', models.CharField(max_length=120, verbose_name='e-mail')),
                ('phone', models.CharField(max_length=16)),
                ('starts_on', models.DateField()),
                ('entered_at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_for', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='loans.institution')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ContactEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=120)),
                ('capacity', models.CharField(choices=[('authorised_signatory', 'authorised signatory'), ('finance', 'finance'), ('operations', 'operations'), ('legal', 'legal')], max_length=20)),
                ('email', models.CharField(max_length=120, verbose_name='e-mail')),
                ('phone', models.CharField(max_length=16)),
                ('starts_on', models.DateField()),
                ('entered_at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_for', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('institution', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.institution')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.contact')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('starts_on')), _connector='OR'), name='loans_contact_days'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('ended_for', ''), ('ended_on', None)), models.Q(('ended_by__isnull', False), ('ended_on__isnull', False), ('ended_at__isnull', False), models.Q(('ended_for', ''), _negated=True)), _connector='OR'), name='loans_contact_ended_together'),
        ),
        migrations.AddConstraint(
            model_name='contact',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('institution', 'capacity', 'email'), name='loans_contact_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_contactevent" ("capacity", "email", "ended_at", "ended_by_id", "ended_for", "ended_on", "entered_at", "entered_by_id", "id", "institution_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "starts_on") VALUES (NEW."capacity", NEW."email", NEW."ended_at", NEW."ended_by_id", NEW."ended_for", NEW."ended_on", NEW."entered_at", NEW."entered_by_id", NEW."id", NEW."institution_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."phone", NEW."starts_on"); RETURN NULL;', hash='d57f8146aa94a35daaddf0924e83c5c23f58c50d', operation='INSERT', pgid='pgtrigger_insert_insert_6964b', table='loans_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contact',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_contactevent" ("capacity", "email", "ended_at", "ended_by_id", "ended_for", "ended_on", "entered_at", "entered_by_id", "id", "institution_id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "starts_on") VALUES (NEW."capacity", NEW."email", NEW."ended_at", NEW."ended_by_id", NEW."ended_for", NEW."ended_on", NEW."entered_at", NEW."entered_by_id", NEW."id", NEW."institution_id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."phone", NEW."starts_on"); RETURN NULL;', hash='425761b4078f59a9bae1d46c05df77c16104704d', operation='UPDATE', pgid='pgtrigger_update_update_feb01', table='loans_contact', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contactevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='83ca91574f8e2b391499100e35b34fff14614309', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_67c1e', table='loans_contactevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
