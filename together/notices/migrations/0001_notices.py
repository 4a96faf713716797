"""
Notices: what was said to whom, as bytes that never change, and what became of its mail.

* born ready or kept, of bytes that are a PDF, of the size and under the digest that it says;
* nothing of it changes but the outcome of its mail, along the moves of its life; it stays;
* what was sent, or withdrawn, never changes at all;
* Note [whose notices]: where a transaction says whose people look (``together.owners``, owners
  divided by commas), the policy shows their notices only, whatever is asked for.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import together.notices.rules.states
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION notices_notice_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    outcome text[] := ARRAY['state', 'tries', 'worker', 'lease_until', 'due_at', 'reason',
                            'sent_at'];
    content bytea;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT data INTO content FROM controls_documentcontent WHERE sha256 = NEW.content_id;
        IF NEW.state <> (CASE WHEN cardinality(NEW.addresses) = 0 THEN 'kept' ELSE 'ready' END)
           OR NEW.tries <> 0 OR content IS NULL OR NEW.size <> length(content)
           OR substring(content FROM 1 FOR 5) <> '%PDF-'::bytea THEN
            RAISE EXCEPTION 'notice % is not born of a PDF that waits to be mailed', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'notices_notice';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - outcome IS DISTINCT FROM to_jsonb(OLD) - outcome THEN
        RAISE EXCEPTION 'notice % stays as it was said', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'notices_notice';
    END IF;
    IF NOT coalesce(CASE OLD.state
        WHEN 'ready' THEN NEW.state IN ('sending', 'withdrawn')
        WHEN 'sending' THEN NEW.state IN ('ready', 'sent', 'failed')
            OR (NEW.state = 'sending' AND OLD.lease_until < clock_timestamp())
        WHEN 'failed' THEN NEW.state IN ('ready', 'withdrawn')
        WHEN 'kept' THEN NEW.state = 'withdrawn'
        ELSE false END, false) THEN
        RAISE EXCEPTION 'notice % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'notices_notice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER notices_notice_guard BEFORE INSERT OR UPDATE ON notices_notice
    FOR EACH ROW EXECUTE FUNCTION notices_notice_guard();
CREATE TRIGGER notices_notice_stays BEFORE DELETE OR TRUNCATE
    ON notices_notice FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON notices_notice FROM together_app;
ALTER TABLE notices_notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY notices_own ON notices_notice FOR ALL TO together_app USING (
    coalesce(current_setting('together.owners', true), '') = ''
    OR owner = ANY (string_to_array(current_setting('together.owners', true), ',')));
"""
NO_GUARDS = """
DROP POLICY notices_own ON notices_notice;
ALTER TABLE notices_notice DISABLE ROW LEVEL SECURITY;
DROP TRIGGER notices_notice_stays ON notices_notice;
DROP TRIGGER notices_notice_guard ON notices_notice;
DROP FUNCTION notices_notice_guard();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('controls', '0005_stages_of_covenant_waivers'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('key', models.CharField(max_length=120, unique=True)),
                ('owner', models.CharField(max_length=20)),
                ('area', models.CharField(choices=[('loans', 'loans'), ('claims', 'claims')], max_length=10)),
                ('about', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('invoice', 'invoice'), ('invoice_corrected', 'corrected invoice'), ('invoice_cancelled', 'cancelled invoice'), ('reminder', 'reminder'), ('default', 'notice of default'), ('receipt', 'receipt advice'), ('receipt_reversed', 'receipt taken off'), ('statement', 'account statement')], max_length=30)),
                ('title', models.CharField(max_length=150)),
                ('body', models.TextField()),
                ('addresses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                ('on', models.DateField()),
                ('digest', models.CharField(max_length=64)),
                ('name', models.CharField(max_length=100)),
                ('size', models.IntegerField()),
                ('message_id', models.CharField(max_length=120, unique=True)),
                ('state', models.CharField(choices=[('ready', 'ready'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed'), ('kept', 'kept'), ('withdrawn', 'withdrawn')], default=together.notices.rules.states.NoticeState['READY'], max_length=12)),
                ('tries', models.IntegerField(default=0)),
                ('worker', models.CharField(blank=True, max_length=40)),
                ('lease_until', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('made_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='controls.documentcontent')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='NoticeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('state', models.CharField(choices=[('ready', 'ready'), ('sending', 'sending'), ('sent', 'sent'), ('failed', 'failed'), ('kept', 'kept'), ('withdrawn', 'withdrawn')], default=together.notices.rules.states.NoticeState['READY'], max_length=12)),
                ('tries', models.IntegerField(default=0)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('sent_at', models.DateTimeField(null=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='notices.notice')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['owner', '-id'], name='notices_notice_of_owner'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['about', '-id'], name='notices_notice_about'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('state__in', ['ready', 'sending'])), fields=['id'], name='notices_notice_open'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at', None)), _connector='OR'), name='notices_sent_with_its_moment'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lease_until__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('lease_until', None), ('worker', '')), _connector='OR'), name='notices_leased_while_sending'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['failed', 'kept', 'withdrawn']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='notices_not_sent_for_a_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notice',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "notices_noticeevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "sent_at", "state", "tries") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."sent_at", NEW."state", NEW."tries"); RETURN NULL;', hash='968a846c49037269bdc24c29f5a42576c3936ca1', operation='INSERT', pgid='pgtrigger_insert_insert_44969', table='notices_notice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notice',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."sent_at" IS DISTINCT FROM (NEW."sent_at") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."tries" IS DISTINCT FROM (NEW."tries"))', func='INSERT INTO "notices_noticeevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "sent_at", "state", "tries") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."sent_at", NEW."state", NEW."tries"); RETURN NULL;', hash='a9633dc8f35ce08fa57a53ac7a1bff77fb4ad4ca', operation='UPDATE', pgid='pgtrigger_update_update_0f9bc', table='notices_notice', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='noticeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='979ca3a272aaa31bef5ec9b48e68ef6b64492f19', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_0c05e', table='notices_noticeevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
