"""Destinations, policies of rails and chains, payment files and their transfers."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import together.treasury.rules.states
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('pghistory', '0007_auto_20250421_0444'),
        ('treasury', '0006_cash_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RailPolicy',
            fields=[
                ('kind', models.CharField(choices=[('exchange', 'exchange'), ('bank', 'bank'), ('chain', 'chain')], max_length=10, primary_key=True, serialize=False)),
                ('cooling_off_hours', models.PositiveSmallIntegerField()),
                ('unregistered', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
            ],
            options={
                'verbose_name': 'rail policy',
                'verbose_name_plural': 'rail policies',
            },
        ),
        migrations.CreateModel(
            name='ChainPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain_id', models.CharField(help_text='EIP-155 number', max_length=20)),
                ('name', models.CharField(max_length=40)),
                ('asset', models.CharField(max_length=8)),
                ('contract', models.CharField(help_text="The token's contract", max_length=42)),
                ('confirmations', models.PositiveSmallIntegerField()),
            ],
            options={
                'verbose_name': 'chain policy',
                'verbose_name_plural': 'chain policies',
                'constraints': [models.UniqueConstraint(fields=('chain_id', 'asset'), name='treasury_chain_asset'), models.CheckConstraint(condition=models.Q(('confirmations__gt', 0)), name='treasury_chain_confirmations')],
            },
        ),
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('owner_kind', models.CharField(max_length=20)),
                ('owner', models.CharField(max_length=80)),
                ('label', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('exchange', 'exchange'), ('bank', 'bank'), ('chain', 'chain')], max_length=10)),
                ('asset', models.CharField(max_length=8)),
                ('identifier', models.CharField(max_length=80)),
                ('servicer', models.CharField(blank=True, max_length=40)),
                ('routing_number', models.CharField(blank=True, max_length=9)),
                ('holder', models.CharField(blank=True, max_length=70)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('payee', models.CharField(max_length=120)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('registered', 'registered'), ('confirmed', 'confirmed'), ('revoked', 'revoked')], default=together.treasury.rules.states.DestinationState['REGISTERED'], max_length=12)),
                ('registered_at', models.DateTimeField()),
                ('evidence', models.CharField(blank=True, max_length=400)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('usable_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('registered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AlterField(
            model_name='instruction',
            name='rail_reference',
            field=models.CharField(blank=True, max_length=66),
        ),
        migrations.AddField(
            model_name='instruction',
            name='destination',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='treasury.destination'),
        ),
        migrations.CreateModel(
            name='DestinationEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('owner_kind', models.CharField(max_length=20)),
                ('owner', models.CharField(max_length=80)),
                ('label', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('exchange', 'exchange'), ('bank', 'bank'), ('chain', 'chain')], max_length=10)),
                ('asset', models.CharField(max_length=8)),
                ('identifier', models.CharField(max_length=80)),
                ('servicer', models.CharField(blank=True, max_length=40)),
                ('routing_number', models.CharField(blank=True, max_length=9)),
                ('holder', models.CharField(blank=True, max_length=70)),
                ('country', models.CharField(blank=True, max_length=2)),
                ('payee', models.CharField(max_length=120)),
                ('digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('registered', 'registered'), ('confirmed', 'confirmed'), ('revoked', 'revoked')], default=together.treasury.rules.states.DestinationState['REGISTERED'], max_length=12)),
                ('registered_at', models.DateTimeField()),
                ('evidence', models.CharField(blank=True, max_length=400)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('usable_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='treasury.destination')),
                ('registered_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FiledPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.IntegerField()),
                ('state', models.CharField(choices=[('listed', 'listed'), ('rejected', 'rejected'), ('released', 'released')], default=together.treasury.rules.states.FiledState['LISTED'], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('instruction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filed', to='treasury.instruction')),
            ],
        ),
        migrations.CreateModel(
            name='ChainTransfer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tx_hash', models.CharField(max_length=66, unique=True)),
                ('block_number', models.BigIntegerField(null=True)),
                ('block_hash', models.CharField(blank=True, max_length=66)),
                ('confirmations', models.IntegerField(default=0)),
                ('undone', models.SmallIntegerField(default=0)),
                ('seen_at', models.DateTimeField(null=True)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('filed', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='treasury.filedpayment')),
            ],
        ),
        migrations.CreateModel(
            name='PaymentFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('format', models.CharField(choices=[('pain.001.001.09', 'pain.001.001.09'), ('pain.001.001.03', 'pain.001.001.03'), ('transfers.json', 'transfers.json'), ('transfers.csv', 'transfers.csv')], max_length=20)),
                ('message_id', models.CharField(max_length=35, unique=True)),
                ('execute_on', models.DateField()),
                ('data', models.BinaryField()),
                ('digest', models.CharField(max_length=64)),
                ('count', models.IntegerField()),
                ('total', models.BigIntegerField()),
                ('state', models.CharField(choices=[('prepared', 'prepared'), ('handed_over', 'handed_over'), ('accepted', 'accepted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default=together.treasury.rules.states.FileState['PREPARED'], max_length=12)),
                ('prepared_at', models.DateTimeField()),
                ('handed_over_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='treasury.batch')),
                ('handed_over_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('prepared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='filedpayment',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='treasury.paymentfile'),
        ),
        migrations.CreateModel(
            name='FileDownload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='treasury.paymentfile')),
            ],
        ),
        migrations.CreateModel(
            name='PaymentFileEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('format', models.CharField(choices=[('pain.001.001.09', 'pain.001.001.09'), ('pain.001.001.03', 'pain.001.001.03'), ('transfers.json', 'transfers.json'), ('transfers.csv', 'transfers.csv')], max_length=20)),
                ('message_id', models.CharField(max_length=35)),
                ('execute_on', models.DateField()),
                ('digest', models.CharField(max_length=64)),
                ('count', models.IntegerField()),
                ('total', models.BigIntegerField()),
                ('state', models.CharField(choices=[('prepared', 'prepared'), ('handed_over', 'handed_over'), ('accepted', 'accepted'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], default=together.treasury.rules.states.FileState['PREPARED'], max_length=12)),
                ('prepared_at', models.DateTimeField()),
                ('handed_over_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('batch', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='treasury.batch')),
                ('handed_over_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='treasury.paymentfile')),
                ('prepared_by', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='destination',
            index=models.Index(fields=['owner_kind', 'owner'], name='treasury_destination_of'),
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'revoked'), _negated=True), fields=('digest',), name='treasury_destination_once'),
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('state', 'registered'), ('usable_at', None)), models.Q(('confirmed_at__isnull', False), ('state', 'confirmed'), ('usable_at__isnull', False)), ('state', 'revoked'), _connector='OR'), name='treasury_destination_confirmed_together'),
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.CheckConstraint(condition=models.Q(('evidence', ''), ('state', 'confirmed'), _negated=True), name='treasury_destination_evidence'),
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('revoked_at__isnull', False), ('revoked_by__isnull', False), ('state', 'revoked'), models.Q(('reason', ''), _negated=True)), models.Q(models.Q(('state', 'revoked'), _negated=True), ('reason', ''), ('revoked_at', None), ('revoked_by', None)), _connector='OR'), name='treasury_destination_revoked_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destination',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treasury_destinationevent" ("asset", "confirmed_at", "country", "digest", "evidence", "holder", "id", "identifier", "kind", "label", "number", "owner", "owner_kind", "payee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "registered_at", "registered_by_id", "revoked_at", "revoked_by_id", "routing_number", "servicer", "state", "usable_at") VALUES (NEW."asset", NEW."confirmed_at", NEW."country", NEW."digest", NEW."evidence", NEW."holder", NEW."id", NEW."identifier", NEW."kind", NEW."label", NEW."number", NEW."owner", NEW."owner_kind", NEW."payee", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."reason", NEW."registered_at", NEW."registered_by_id", NEW."revoked_at", NEW."revoked_by_id", NEW."routing_number", NEW."servicer", NEW."state", NEW."usable_at"); RETURN NULL;', hash='2e6f7dc6c2e961074112892845d3d3b3922749a8', operation='INSERT', pgid='pgtrigger_insert_insert_158fe', table='treasury_destination', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destination',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "treasury_destinationevent" ("asset", "confirmed_at", "country", "digest", "evidence", "holder", "id", "identifier", "kind", "label", "number", "owner", "owner_kind", "payee", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "registered_at", "registered_by_id", "revoked_at", "revoked_by_id", "routing_number", "servicer", "state", "usable_at") VALUES (NEW."asset", NEW."confirmed_at", NEW."country", NEW."digest", NEW."evidence", NEW."holder", NEW."id", NEW."identifier", NEW."kind", NEW."label", NEW."number", NEW."owner", NEW."owner_kind", NEW."payee", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."reason", NEW."registered_at", NEW."registered_by_id", NEW."revoked_at", NEW."revoked_by_id", NEW."routing_number", NEW."servicer", NEW."state", NEW."usable_at"); RETURN NULL;', hash='62a9368a03269e45ba97e4f3d5a7bed57f7dfa14', operation='UPDATE', pgid='pgtrigger_update_update_5468d', table='treasury_destination', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='destinationevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='1d8e158b769073bc6ebb10fe82fb7f35dffdb229', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8a605', table='treasury_destinationevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='chaintransfer',
            constraint=models.CheckConstraint(condition=models.Q(('confirmations__gte', 0), ('undone__gte', 0)), name='treasury_transfer_counts'),
        ),
        migrations.AddConstraint(
            model_name='paymentfile',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('count__lte', 1000), ('total__gt', 0)), name='treasury_file_sizes'),
        ),
        migrations.AddConstraint(
            model_name='paymentfile',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('handed_over_at__isnull', False), ('handed_over_by__isnull', False), ('state__in', ['handed_over', 'accepted', 'rejected'])), models.Q(('handed_over_at', None), ('handed_over_by', None), ('state__in', ['prepared', 'withdrawn'])), _connector='OR'), name='treasury_file_handed_over_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentfile',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "treasury_paymentfileevent" ("answered_at", "batch_id", "count", "digest", "execute_on", "format", "handed_over_at", "handed_over_by_id", "id", "message_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by_id", "reason", "state", "total") VALUES (NEW."answered_at", NEW."batch_id", NEW."count", NEW."digest", NEW."execute_on", NEW."format", NEW."handed_over_at", NEW."handed_over_by_id", NEW."id", NEW."message_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."prepared_at", NEW."prepared_by_id", NEW."reason", NEW."state", NEW."total"); RETURN NULL;', hash='6719dca7f2bf61d3150e80223c06a0bbe2023220', operation='INSERT', pgid='pgtrigger_insert_insert_3bd01', table='treasury_paymentfile', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentfile',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."answered_at" IS DISTINCT FROM (NEW."answered_at") OR OLD."batch_id" IS DISTINCT FROM (NEW."batch_id") OR OLD."count" IS DISTINCT FROM (NEW."count") OR OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."execute_on" IS DISTINCT FROM (NEW."execute_on") OR OLD."format" IS DISTINCT FROM (NEW."format") OR OLD."handed_over_at" IS DISTINCT FROM (NEW."handed_over_at") OR OLD."handed_over_by_id" IS DISTINCT FROM (NEW."handed_over_by_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."message_id" IS DISTINCT FROM (NEW."message_id") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."prepared_at" IS DISTINCT FROM (NEW."prepared_at") OR OLD."prepared_by_id" IS DISTINCT FROM (NEW."prepared_by_id") OR OLD."reason" IS DISTINCT FROM (NEW."reason") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."total" IS DISTINCT FROM (NEW."total"))', func='INSERT INTO "treasury_paymentfileevent" ("answered_at", "batch_id", "count", "digest", "execute_on", "format", "handed_over_at", "handed_over_by_id", "id", "message_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "prepared_at", "prepared_by_id", "reason", "state", "total") VALUES (NEW."answered_at", NEW."batch_id", NEW."count", NEW."digest", NEW."execute_on", NEW."format", NEW."handed_over_at", NEW."handed_over_by_id", NEW."id", NEW."message_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."prepared_at", NEW."prepared_by_id", NEW."reason", NEW."state", NEW."total"); RETURN NULL;', hash='f5f621a38a07c9acfd82dbdcfcb676d112d30f2d', operation='UPDATE', pgid='pgtrigger_update_update_dfede', table='treasury_paymentfile', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='filedpayment',
            constraint=models.UniqueConstraint(fields=('file', 'position'), name='treasury_filed_position'),
        ),
        migrations.AddConstraint(
            model_name='filedpayment',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'released'), _negated=True), fields=('instruction',), name='treasury_filed_once'),
        ),
        migrations.AddConstraint(
            model_name='filedpayment',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), ('state', 'rejected'), _negated=True), name='treasury_rejected_with_reason'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentfileevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7ae6fda6ad566e369222a38f0258e87b40e2a751', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a751c', table='treasury_paymentfileevent', when='BEFORE')),
        ),
    ]
