"""Tables of controls, and the triggers that keep their history."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import together.controls.rules.screening
from django.conf import settings
from django.db import migrations, models

# What writes each change of a record into the table of its events.
TRIGGERS = {
    'person': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_personevent" ("date_joined", "email", "first_name", "full_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."full_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."username"); RETURN NULL;', hash='463c969570a4062a40cd5b9999dc5bd447df29ec', operation='INSERT', pgid='pgtrigger_insert_insert_621f3', table='controls_person', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."full_name" IS DISTINCT FROM (NEW."full_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."username" IS DISTINCT FROM (NEW."username"))', func='INSERT INTO "controls_personevent" ("date_joined", "email", "first_name", "full_name", "id", "is_active", "is_staff", "is_superuser", "last_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "username") VALUES (NEW."date_joined", NEW."email", NEW."first_name", NEW."full_name", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."last_name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."username"); RETURN NULL;', hash='5e41cb775762f9057e319eacb2e89f127e7cf5bb', operation='UPDATE', pgid='pgtrigger_update_update_fa24c', table='controls_person', when='AFTER')),
    ],
    'personevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='52f10777413f5384f72ab47169875b3073611709', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_eee44', table='controls_personevent', when='BEFORE')),
    ],
    'rolegrant': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_rolegrantevent" ("granted_at", "granted_by_id", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by_id", "role", "scope") VALUES (NEW."granted_at", NEW."granted_by_id", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."revoked_at", NEW."revoked_by_id", NEW."role", NEW."scope"); RETURN NULL;', hash='218e44da3dc26b1ea91b95999a56c182dc01c74a', operation='INSERT', pgid='pgtrigger_insert_insert_d9826', table='controls_rolegrant', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_rolegrantevent" ("granted_at", "granted_by_id", "id", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "revoked_at", "revoked_by_id", "role", "scope") VALUES (NEW."granted_at", NEW."granted_by_id", NEW."id", NEW."person_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."revoked_at", NEW."revoked_by_id", NEW."role", NEW."scope"); RETURN NULL;', hash='adfd6f58db2050f02341a6873e2e7281e7037334', operation='UPDATE', pgid='pgtrigger_update_update_896b3', table='controls_rolegrant', when='AFTER')),
    ],
    'rolegrantevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2e7ec805c95a4c272b89cb3a8c119a5fb4e7dcb3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3cc7a', table='controls_rolegrantevent', when='BEFORE')),
    ],
    'document': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_documentevent" ("area", "content_id", "expires_on", "filed_at", "filed_by_id", "id", "issued_on", "kind", "media_type", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "subject", "title", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."area", NEW."content_id", NEW."expires_on", NEW."filed_at", NEW."filed_by_id", NEW."id", NEW."issued_on", NEW."kind", NEW."media_type", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."size", NEW."subject", NEW."title", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='75c0f4e137be283daf67d8154cc27e7312cb8e15', operation='INSERT', pgid='pgtrigger_insert_insert_63d0f', table='controls_document', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_documentevent" ("area", "content_id", "expires_on", "filed_at", "filed_by_id", "id", "issued_on", "kind", "media_type", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "size", "subject", "title", "withdrawn_at", "withdrawn_by_id", "withdrawn_for") VALUES (NEW."area", NEW."content_id", NEW."expires_on", NEW."filed_at", NEW."filed_by_id", NEW."id", NEW."issued_on", NEW."kind", NEW."media_type", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."size", NEW."subject", NEW."title", NEW."withdrawn_at", NEW."withdrawn_by_id", NEW."withdrawn_for"); RETURN NULL;', hash='8c9fbacac2f262e3e257da186e5966796c6891ea', operation='UPDATE', pgid='pgtrigger_update_update_cdaa5', table='controls_document', when='AFTER')),
    ],
    'documentevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='d67f1345baee6c621a8d509577bc8f9be37b7400', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5c714', table='controls_documentevent', when='BEFORE')),
    ],
    'hit': [
        pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_hitevent" ("area", "decided_at", "decided_by_id", "effect_digest", "entry_id", "facts_digest", "id", "listed", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "reference", "role", "said", "score", "source", "state", "subject", "times_opened", "title", "why") VALUES (NEW."area", NEW."decided_at", NEW."decided_by_id", NEW."effect_digest", NEW."entry_id", NEW."facts_digest", NEW."id", NEW."listed", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."reference", NEW."role", NEW."said", NEW."score", NEW."source", NEW."state", NEW."subject", NEW."times_opened", NEW."title", NEW."why"); RETURN NULL;', hash='4aa53c0b19539b8da38119b8e7f0cdd15843cf8d', operation='INSERT', pgid='pgtrigger_insert_insert_744fc', table='controls_hit', when='AFTER')),
        pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_hitevent" ("area", "decided_at", "decided_by_id", "effect_digest", "entry_id", "facts_digest", "id", "listed", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "reference", "role", "said", "score", "source", "state", "subject", "times_opened", "title", "why") VALUES (NEW."area", NEW."decided_at", NEW."decided_by_id", NEW."effect_digest", NEW."entry_id", NEW."facts_digest", NEW."id", NEW."listed", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."reference", NEW."role", NEW."said", NEW."score", NEW."source", NEW."state", NEW."subject", NEW."times_opened", NEW."title", NEW."why"); RETURN NULL;', hash='b62c36a0c78ddb21b5dc3de388cabe9053c1ebe9', operation='UPDATE', pgid='pgtrigger_update_update_bc3e4', table='controls_hit', when='AFTER')),
    ],
    'hitevent': [
        pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fab3b809aa5f80d66bba9dbbf1d93325c1358997', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d9d80', table='controls_hitevent', when='BEFORE')),
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
        ('controls', '0001_initial'),
        ('controls', '0002_four_eyes'),
        ('controls', '0003_closing_stages'),
        ('controls', '0004_stages_of_files'),
        ('controls', '0005_matching_stages'),
        ('controls', '0006_stages_of_pools'),
        ('controls', '0007_approved_as_said'),
        ('controls', '0008_documents'),
        ('controls', '0009_stage_of_verifications'),
        ('controls', '0010_stages_of_profiles'),
        ('controls', '0011_screening'),
        ('controls', '0012_stages_of_screening'),
        ('controls', '0013_market_data_stages'),
        ('controls', '0014_collateral_stages'),
        ('controls', '0015_margin_stages'),
    ]

    dependencies = [
        ('ledger', '0003_guards_of_the_books'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('full_name', models.CharField(max_length=120)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'triggers': TRIGGERS['person'],
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='PersonEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('full_name', models.CharField(max_length=120)),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['personevent'],
            },
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('loan_officer', 'Loan officer'), ('credit_checker', 'Credit checker'), ('committee', 'Credit committee'), ('claims_officer', 'Claims officer'), ('claims_approver', 'Claims approver'), ('treasury_officer', 'Treasury officer'), ('treasury_approver', 'Treasury approver'), ('compliance', 'Compliance'), ('security_administrator', 'Security administrator'), ('auditor', 'Auditor'), ('market_feed', 'Market data feed'), ('institution_admin', 'Institution: Admin'), ('institution_manager', 'Institution: Manager'), ('institution_viewer', 'Institution: Viewer')], max_length=30)),
                ('scope', models.CharField(blank=True, max_length=40)),
                ('granted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_at', models.DateTimeField()),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('person', 'role', 'scope'), name='controls_role_once'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', None)), models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False)), _connector='OR'), name='controls_revoked_together'), models.CheckConstraint(condition=models.Q(('granted_by', models.F('person')), _negated=True), name='controls_nobody_grants_themselves')],
                'triggers': TRIGGERS['rolegrant'],
            },
        ),
        migrations.CreateModel(
            name='RoleGrantEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.rolegrant')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('person', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('role', models.CharField(choices=[('loan_officer', 'Loan officer'), ('credit_checker', 'Credit checker'), ('committee', 'Credit committee'), ('claims_officer', 'Claims officer'), ('claims_approver', 'Claims approver'), ('treasury_officer', 'Treasury officer'), ('treasury_approver', 'Treasury approver'), ('compliance', 'Compliance'), ('security_administrator', 'Security administrator'), ('auditor', 'Auditor'), ('market_feed', 'Market data feed'), ('institution_admin', 'Institution: Admin'), ('institution_manager', 'Institution: Manager'), ('institution_viewer', 'Institution: Viewer')], max_length=30)),
                ('scope', models.CharField(blank=True, max_length=40)),
                ('granted_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_at', models.DateTimeField()),
                ('revoked_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['rolegrantevent'],
            },
        ),
        migrations.CreateModel(
            name='AuthorityStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('number', models.SmallIntegerField()),
                ('role', models.CharField(max_length=30)),
                ('above', models.BigIntegerField()),
            ],
            options={
                'ordering': ['kind', 'number'],
                'constraints': [models.UniqueConstraint(fields=('kind', 'number'), name='controls_stage_once')],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30)),
                ('subject', models.CharField(max_length=80)),
                ('effect_digest', models.CharField(max_length=64)),
                ('effect_text', models.TextField()),
                ('amount_cents', models.BigIntegerField()),
                ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), default=list, size=None)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'subject'], name='controls_approval_of')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject', 'effect_digest'), name='controls_approval_once'), models.CheckConstraint(condition=models.Q(('amount_cents__gte', 0)), name='controls_amount_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approval', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='controls.approval')),
                ('stage', models.SmallIntegerField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verdict', models.CharField(choices=[('approved', 'Approved'), ('declined', 'Declined')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('approval', 'stage'), name='controls_stage_decided_once'), models.UniqueConstraint(fields=('approval', 'person'), name='controls_person_one_stage'), models.CheckConstraint(condition=models.Q(('reason', ''), ('verdict', 'declined'), _negated=True), name='controls_decline_has_a_reason')],
            },
        ),
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
                ('content', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='controls.documentcontent')),
                ('name', models.CharField(max_length=100)),
                ('media_type', models.CharField(max_length=80)),
                ('size', models.IntegerField()),
                ('issued_on', models.DateField(null=True)),
                ('expires_on', models.DateField(null=True)),
                ('filed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('filed_at', models.DateTimeField()),
                ('withdrawn_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_for', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['subject', 'kind'], name='controls_document_of'), models.Index(condition=models.Q(('expires_on__isnull', False), ('withdrawn_at', None)), fields=['expires_on'], name='controls_document_expires')],
                'constraints': [models.CheckConstraint(condition=models.Q(('issued_on', None), ('expires_on', None), ('expires_on__gt', models.F('issued_on')), _connector='OR'), name='controls_document_days'), models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at', None), ('withdrawn_by', None), ('withdrawn_for', '')), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawn_for', ''), _negated=True)), _connector='OR'), name='controls_document_withdrawn_together')],
                'triggers': TRIGGERS['document'],
            },
        ),
        migrations.CreateModel(
            name='DocumentEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.document')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('subject', models.CharField(max_length=40)),
                ('area', models.CharField(choices=[('loans', 'loans'), ('claims', 'claims')], max_length=10)),
                ('kind', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('content', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.documentcontent')),
                ('name', models.CharField(max_length=100)),
                ('media_type', models.CharField(max_length=80)),
                ('size', models.IntegerField()),
                ('issued_on', models.DateField(null=True)),
                ('expires_on', models.DateField(null=True)),
                ('filed_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('filed_at', models.DateTimeField()),
                ('withdrawn_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_for', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['documentevent'],
            },
        ),
        migrations.CreateModel(
            name='AccessRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=40)),
                ('what', models.CharField(max_length=40)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='controls_access_to')],
            },
        ),
        migrations.CreateModel(
            name='AuditRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(max_length=60)),
                ('subject', models.CharField(max_length=80)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField()),
                ('details', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'id'], name='controls_record_of')],
            },
        ),
        migrations.CreateModel(
            name='ScreeningList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('source', models.CharField(choices=[('ofac_sdn', 'OFAC: specially designated nationals'), ('un_consolidated', 'UN: consolidated list'), ('own', 'own list')], max_length=20)),
                ('version', models.IntegerField()),
                ('issued_on', models.DateField()),
                ('name', models.CharField(max_length=100)),
                ('sha256', models.CharField(max_length=64)),
                ('entry_count', models.IntegerField()),
                ('name_count', models.IntegerField()),
                ('added', models.IntegerField()),
                ('dropped', models.IntegerField()),
                ('loaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('loaded_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('source', 'version'), name='controls_list_version'), models.UniqueConstraint(fields=('source', 'sha256'), name='controls_list_once')],
            },
        ),
        migrations.CreateModel(
            name='ListEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('ofac_sdn', 'OFAC: specially designated nationals'), ('un_consolidated', 'UN: consolidated list'), ('own', 'own list')], max_length=20)),
                ('reference', models.CharField(max_length=60)),
                ('kind', models.CharField(blank=True, max_length=40)),
                ('names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), size=None)),
                ('addresses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=400), default=list, size=None)),
                ('programme', models.CharField(blank=True, max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('since', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='controls.screeninglist')),
                ('dropped', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dropped_entries', to='controls.screeninglist')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('dropped', None)), fields=('source', 'reference'), name='controls_listed_once')],
            },
        ),
        migrations.CreateModel(
            name='ScreeningPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField(unique=True)),
                ('threshold', models.SmallIntegerField(help_text='0 to 100')),
                ('most_days', models.SmallIntegerField(help_text='Days that a screening holds')),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'screening policies',
                'ordering': ['-version'],
            },
        ),
        migrations.CreateModel(
            name='Screening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('area', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=40)),
                ('facts', models.JSONField()),
                ('facts_digest', models.CharField(max_length=64)),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='controls.screeningpolicy')),
                ('newest_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='controls.screeninglist')),
                ('matches', models.IntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['area', 'subject', '-id'], name='controls_screened')],
            },
        ),
        migrations.CreateModel(
            name='Hit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('area', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('source', models.CharField(choices=[('ofac_sdn', 'OFAC: specially designated nationals'), ('un_consolidated', 'UN: consolidated list'), ('own', 'own list')], max_length=20)),
                ('reference', models.CharField(max_length=60)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hits', to='controls.listentry')),
                ('role', models.CharField(max_length=40)),
                ('said', models.CharField(max_length=400)),
                ('listed', models.CharField(max_length=400)),
                ('score', models.SmallIntegerField()),
                ('facts_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('open', 'open'), ('cleared', 'cleared'), ('confirmed', 'confirmed')], default=together.controls.rules.screening.HitState['OPEN'], max_length=12)),
                ('why', models.CharField(max_length=200)),
                ('opened_at', models.DateTimeField()),
                ('times_opened', models.IntegerField(default=1)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('area', 'subject', 'source', 'reference'), name='controls_hit_once'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='controls_hit_decided_together')],
                'triggers': TRIGGERS['hit'],
            },
        ),
        migrations.CreateModel(
            name='HitEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.hit')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('area', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('source', models.CharField(choices=[('ofac_sdn', 'OFAC: specially designated nationals'), ('un_consolidated', 'UN: consolidated list'), ('own', 'own list')], max_length=20)),
                ('reference', models.CharField(max_length=60)),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.listentry')),
                ('role', models.CharField(max_length=40)),
                ('said', models.CharField(max_length=400)),
                ('listed', models.CharField(max_length=400)),
                ('score', models.SmallIntegerField()),
                ('facts_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('open', 'open'), ('cleared', 'cleared'), ('confirmed', 'confirmed')], default=together.controls.rules.screening.HitState['OPEN'], max_length=12)),
                ('why', models.CharField(max_length=200)),
                ('opened_at', models.DateTimeField()),
                ('times_opened', models.IntegerField(default=1)),
                ('reason', models.CharField(blank=True, max_length=400)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('proposed_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
            ],
            options={
                'abstract': False,
                'triggers': TRIGGERS['hitevent'],
            },
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
