"""
Verifications of who an institution is (KYB), under four eyes, on documents, until a day.

* born proposed; in force only with the facts that compliance approved; never edited or deleted;
* a day that was entered without evidence holds for a year from then.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


COPY = """
INSERT INTO loans_verification (number, institution_id, verified_on, expires_on, documents, finding,
                                effect_digest, state, proposed_by_id, proposed_at)
SELECT 'V-' || lpad((row_number() OVER (ORDER BY id))::text, 4, '0'), id, kyb_verified_on,
       kyb_verified_on + 365, '{}', 'Entered before verifications were kept.', '', 'in_force',
       entered_by_id, entered_at
  FROM loans_institution WHERE kyb_verified_on IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
GUARD = """
CREATE FUNCTION loans_verification_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'verification % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_verification';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'revoked'))
       OR (NEW.state = 'in_force' AND NOT controls_is_approved_as(
               'institution.kyb', NEW.number, NEW.effect_digest, jsonb_build_object(
                   'institution',
                   (SELECT number FROM loans_institution WHERE id = NEW.institution_id),
                   'documents', to_jsonb(NEW.documents), 'verified_on', NEW.verified_on,
                   'expires_on', NEW.expires_on, 'finding', NEW.finding))) THEN
        RAISE EXCEPTION 'verification % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_verification';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_verification_guard BEFORE INSERT OR UPDATE ON loans_verification
    FOR EACH ROW EXECUTE FUNCTION loans_verification_guard();
CREATE TRIGGER loans_verification_stays BEFORE DELETE OR TRUNCATE
    ON loans_verification FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_verification FROM together_app;
"""
NO_GUARD = """
DROP TRIGGER loans_verification_stays ON loans_verification;
DROP TRIGGER loans_verification_guard ON loans_verification;
DROP FUNCTION loans_verification_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0014_receipts_of_the_loans_asset'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('controls', '0009_stage_of_verifications'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('verified_on', models.DateField()),
                ('expires_on', models.DateField()),
                ('documents', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('finding', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('withdrawn', 'withdrawn'), ('revoked', 'revoked')], default=loans.rules.states.VerificationState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='VerificationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('verified_on', models.DateField()),
                ('expires_on', models.DateField()),
                ('documents', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                ('finding', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('in_force', 'in_force'), ('withdrawn', 'withdrawn'), ('revoked', 'revoked')], default=loans.rules.states.VerificationState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='verification',
            name='institution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verifications', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='verification',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='verificationevent',
            name='institution',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='verificationevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='verificationevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.verification'),
        ),
        migrations.AddField(
            model_name='verificationevent',
            name='proposed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='verification',
            index=models.Index(condition=models.Q(('state', 'in_force')), fields=['expires_on'], name='loans_verified_until'),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.CheckConstraint(condition=models.Q(('expires_on__gt', models.F('verified_on'))), name='loans_verification_days'),
        ),
        migrations.AddConstraint(
            model_name='verification',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('institution',), name='loans_one_verification_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='verification',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_verificationevent" ("documents", "effect_digest", "expires_on", "finding", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "state", "verified_on") VALUES (NEW."documents", NEW."effect_digest", NEW."expires_on", NEW."finding", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."state", NEW."verified_on"); RETURN NULL;', hash='098aa1376b90629650e14149e2196ee3e2b0f081', operation='INSERT', pgid='pgtrigger_insert_insert_5deef', table='loans_verification', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='verification',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_verificationevent" ("documents", "effect_digest", "expires_on", "finding", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "state", "verified_on") VALUES (NEW."documents", NEW."effect_digest", NEW."expires_on", NEW."finding", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."state", NEW."verified_on"); RETURN NULL;', hash='74c07601113731255fab9fe0cc73be59f3f5af35', operation='UPDATE', pgid='pgtrigger_update_update_5842c', table='loans_verification', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='verificationevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f8774db4a3a23483d33df29f3713a1fcab983d49', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5148a', table='loans_verificationevent', when='BEFORE')),
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
