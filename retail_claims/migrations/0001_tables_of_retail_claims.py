"""Tables of retail claims, and the triggers that keep their history."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import retail_claims.rules.states
from django.conf import settings
from django.db import migrations, models

# What writes each change of a record into the table of its events.
TRIGGERS = {
    'programme': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "retail_claims_programmeevent" ("announced_at", "code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id") VALUES (NEW."announced_at", NEW."code", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."code", NEW."pool_id"); RETURN NULL;', hash='9c3ae2db21d742beb40d3562d39b19ddc14ccec3', operation='INSERT', pgid='pgtrigger_insert_insert_845e3', table='retail_claims_programme', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "retail_claims_programmeevent" ("announced_at", "code", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pool_id") VALUES (NEW."announced_at", NEW."code", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."code", NEW."pool_id"); RETURN NULL;', hash='c36954401c29365c7cfe380f8d6f7d396ea9d643', operation='UPDATE', pgid='pgtrigger_update_update_daed3', table='retail_claims_programme', when='AFTER')),
    ],
    'programmeevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='cb41f4ab402b5ce28fdc8b7ac34a9d167000fb3a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7aa12', table='retail_claims_programmeevent', when='BEFORE')),
    ],
    'run': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "retail_claims_runevent" ("approved_at", "award_total", "awards", "escrow_total", "evidence_id", "folder", "id", "made_at", "made_by_id", "merkle_root", "number", "payable_total", "persons", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "programme_id", "published_at", "run_digest", "state", "summary") VALUES (NEW."approved_at", NEW."award_total", NEW."awards", NEW."escrow_total", NEW."evidence_id", NEW."folder", NEW."id", NEW."made_at", NEW."made_by_id", NEW."merkle_root", NEW."number", NEW."payable_total", NEW."persons", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."programme_id", NEW."published_at", NEW."run_digest", NEW."state", NEW."summary"); RETURN NULL;', hash='9dfa8f02daba02ca77f28ef34722934f2dff4af2', operation='INSERT', pgid='pgtrigger_insert_insert_92f2a', table='retail_claims_run', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "retail_claims_runevent" ("approved_at", "award_total", "awards", "escrow_total", "evidence_id", "folder", "id", "made_at", "made_by_id", "merkle_root", "number", "payable_total", "persons", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "programme_id", "published_at", "run_digest", "state", "summary") VALUES (NEW."approved_at", NEW."award_total", NEW."awards", NEW."escrow_total", NEW."evidence_id", NEW."folder", NEW."id", NEW."made_at", NEW."made_by_id", NEW."merkle_root", NEW."number", NEW."payable_total", NEW."persons", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."programme_id", NEW."published_at", NEW."run_digest", NEW."state", NEW."summary"); RETURN NULL;', hash='26bd6ab1b37e09352e64e690465ad361b488a02a', operation='UPDATE', pgid='pgtrigger_update_update_32025', table='retail_claims_run', when='AFTER')),
    ],
    'runevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='83d6eae1f21f096eaf93568cdec3f8a07fd0891c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8cc17', table='retail_claims_runevent', when='BEFORE')),
    ],
}


def install(apps, schema_editor):
    """Make the triggers; they go with their tables."""
    for triggers in TRIGGERS.values():
        for trigger in triggers:
            schema_editor.execute(trigger.install_sql, params=None)


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('retail_claims', '0001_initial'),
        ('retail_claims', '0002_initial'),
        ('retail_claims', '0003_decisions'),
        ('retail_claims', '0004_run_folder'),
        ('retail_claims', '0005_adds_up'),
    ]

    dependencies = [
        ('controls', '0003_guards_of_controls'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0004_guards_of_statements'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('code', models.SlugField(max_length=20, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('pool', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to='treasury.pool')),
                ('announced_at', models.DateTimeField()),
            ],
            options={
                'triggers': TRIGGERS['programme'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='retail_claims.programme')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('code', models.SlugField(db_index=False, max_length=20, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('pool', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treasury.pool')),
                ('announced_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['programmeevent'],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='retail_claims.programme')),
                ('version', models.IntegerField()),
                ('name', models.CharField(max_length=100)),
                ('document', models.JSONField()),
                ('salt', models.CharField(max_length=128)),
                ('digest', models.CharField(max_length=64)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'policies',
                'constraints': [models.UniqueConstraint(fields=('programme', 'version'), name='claims_policy_version')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='retail_claims.programme')),
                ('files', models.JSONField()),
                ('digest', models.CharField(max_length=64)),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entered_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'constraints': [models.UniqueConstraint(fields=('programme', 'digest'), name='claims_evidence_once')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='retail_claims.programme')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='retail_claims.policy')),
                ('evidence', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='retail_claims.evidence')),
                ('state', models.CharField(choices=[('computing', 'computing'), ('infeasible', 'infeasible'), ('bad_data', 'bad data'), ('failed', 'failed'), ('decided', 'decided'), ('declined', 'declined'), ('approved', 'approved'), ('published', 'published'), ('superseded', 'superseded')], default=retail_claims.rules.states.RunState['COMPUTING'], max_length=12)),
                ('summary', models.JSONField(default=dict)),
                ('folder', models.CharField(blank=True, help_text='Where the files of the run are kept', max_length=400)),
                ('run_digest', models.CharField(blank=True, max_length=64)),
                ('merkle_root', models.CharField(blank=True, max_length=64)),
                ('persons', models.IntegerField(default=0)),
                ('awards', models.IntegerField(default=0)),
                ('award_total', models.BigIntegerField(default=0)),
                ('escrow_total', models.BigIntegerField(default=0)),
                ('payable_total', models.BigIntegerField(default=0)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('programme',), name='claims_one_published_run'), models.CheckConstraint(condition=models.Q(models.Q(('approved_at__isnull', False), ('state__in', ['approved', 'published'])), models.Q(('state__in', ['approved', 'published']), _negated=True), _connector='OR'), name='claims_approved_together')],
                'triggers': TRIGGERS['run'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, related_name='decisions', to='retail_claims.run')),
                ('leaf_index', models.BigIntegerField()),
                ('person_id', models.CharField(max_length=64)),
                ('person_ref', models.CharField(max_length=64)),
                ('payee', models.CharField(max_length=64)),
                ('decision', models.CharField(max_length=8)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None)),
                ('tests', models.JSONField()),
                ('class_losses', models.JSONField()),
                ('fills', models.BigIntegerField()),
                ('loss_e8', models.BigIntegerField()),
                ('net_e8', models.BigIntegerField(null=True)),
                ('ratio_num', models.TextField(null=True)),
                ('ratio_den', models.TextField(null=True)),
                ('demand', models.BigIntegerField()),
                ('award', models.BigIntegerField()),
                ('escrow', models.BigIntegerField()),
                ('paid', models.BigIntegerField()),
                ('payable', models.BigIntegerField()),
            ],
            options={
                'db_table': 'retail_claims_decision',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='RunEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='retail_claims.run')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('programme', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='retail_claims.programme')),
                ('policy', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='retail_claims.policy')),
                ('evidence', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='retail_claims.evidence')),
                ('state', models.CharField(choices=[('computing', 'computing'), ('infeasible', 'infeasible'), ('bad_data', 'bad data'), ('failed', 'failed'), ('decided', 'decided'), ('declined', 'declined'), ('approved', 'approved'), ('published', 'published'), ('superseded', 'superseded')], default=retail_claims.rules.states.RunState['COMPUTING'], max_length=12)),
                ('summary', models.JSONField(default=dict)),
                ('folder', models.CharField(blank=True, help_text='Where the files of the run are kept', max_length=400)),
                ('run_digest', models.CharField(blank=True, max_length=64)),
                ('merkle_root', models.CharField(blank=True, max_length=64)),
                ('persons', models.IntegerField(default=0)),
                ('awards', models.IntegerField(default=0)),
                ('award_total', models.BigIntegerField(default=0)),
                ('escrow_total', models.BigIntegerField(default=0)),
                ('payable_total', models.BigIntegerField(default=0)),
                ('made_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField()),
                ('approved_at', models.DateTimeField(null=True)),
                ('published_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['runevent'],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
