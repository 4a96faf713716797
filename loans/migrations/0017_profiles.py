"""
What is known of an institution: group, parent, sector, affiliation; changed under four eyes only.

* an institution's facts change only to what an approved change of it says, fact by fact, and only
  if they were what that change says they were; its number and LEI stay;
* a change is born proposed, holds only once the institution is what it says, and is never edited;
* nobody is their own parent, at any distance, by record or by LEI;
* groups keep their number and name; nothing is deleted;
* an affiliation that was stated in words before counts as common control with that exchange,
  which is the cautious reading, until a change says otherwise.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
import loans.models.institutions
import loans.rules.states
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

TYPED = """
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE loans_institution SET affiliation = 'common_control' WHERE exchange <> '';
"""
GUARD = """
CREATE FUNCTION loans_profile(i loans_institution) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object(
        'legal_name', i.legal_name, 'aliases', to_jsonb(i.aliases),
        'jurisdiction', i.jurisdiction, 'sector', i.sector,
        'group', coalesce((SELECT number FROM loans_group WHERE id = i.group_id), ''),
        'parent', coalesce((SELECT number FROM loans_institution WHERE id = i.parent_id), ''),
        'parent_name', i.parent_name, 'parent_lei', i.parent_lei,
        'affiliation', i.affiliation, 'exchange', i.exchange, 'limit', i."limit")
$$;
CREATE FUNCTION loans_institution_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    problem text;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.change_id IS NOT NULL THEN
        problem := 'is entered as changed';
    ELSIF TG_OP = 'UPDATE' AND (NEW.id, NEW.number, NEW.lei, NEW.entered_by_id, NEW.entered_at)
          IS DISTINCT FROM (OLD.id, OLD.number, OLD.lei, OLD.entered_by_id, OLD.entered_at) THEN
        problem := 'keeps its number, its LEI and who entered it';
    ELSIF TG_OP = 'UPDATE'
          AND (loans_profile(NEW) <> loans_profile(OLD)
               OR NEW.change_id IS DISTINCT FROM OLD.change_id)
          AND NOT EXISTS (
              SELECT FROM loans_profilechange c
               WHERE c.id = NEW.change_id AND c.institution_id = NEW.id AND c.state = 'proposed'
                 AND c.before = loans_profile(OLD) AND c.after = loans_profile(NEW)
                 AND controls_is_approved_as(
                     'institution.profile', c.number, c.effect_digest, jsonb_build_object(
                         'institution', NEW.number, 'version', c.version,
                         'before', c.before, 'after', c.after, 'reason', c.reason))) THEN
        problem := 'changes only as an approved change of it says';
    END IF;
    IF problem IS NULL AND (NEW.parent_id IS NOT NULL OR NEW.parent_lei <> '') THEN
        -- Two halves of a circle that are written at once wait for one another here.
        PERFORM pg_advisory_xact_lock(hashtext('loans:parents'));
        IF EXISTS (
            WITH RECURSIVE above AS (
                SELECT NEW.parent_id AS id, NEW.parent_lei AS lei
                UNION
                SELECT i.parent_id, i.parent_lei
                  FROM above a JOIN loans_institution i
                    ON i.id = a.id OR (a.lei <> '' AND i.lei = a.lei))
            SELECT FROM above WHERE id = NEW.id OR lei = NEW.lei) THEN
            problem := 'would be its own parent';
        END IF;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'institution % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_institution_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_institution_guard BEFORE INSERT OR UPDATE ON loans_institution
    FOR EACH ROW EXECUTE FUNCTION loans_institution_guard();
CREATE TRIGGER loans_institution_stays BEFORE DELETE OR TRUNCATE
    ON loans_institution FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();

CREATE FUNCTION loans_profilechange_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made boolean := EXISTS (SELECT FROM loans_institution
                             WHERE id = NEW.institution_id AND change_id = NEW.id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'change % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_profilechange_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR (OLD.state, NEW.state, made) NOT IN (
           ('proposed', 'applied', true), ('proposed', 'withdrawn', false)) THEN
        RAISE EXCEPTION 'change % is % and does not become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_profilechange_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_profilechange_guard BEFORE INSERT OR UPDATE ON loans_profilechange
    FOR EACH ROW EXECUTE FUNCTION loans_profilechange_guard();
CREATE TRIGGER loans_profilechange_stays BEFORE DELETE OR TRUNCATE
    ON loans_profilechange FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_profilechange FROM together_app;
CREATE TRIGGER loans_group_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_group FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_group FROM together_app;
"""
NO_GUARD = """
DROP TRIGGER loans_group_append_only ON loans_group;
DROP TRIGGER loans_profilechange_stays ON loans_profilechange;
DROP TRIGGER loans_profilechange_guard ON loans_profilechange;
DROP FUNCTION loans_profilechange_guard();
DROP TRIGGER loans_institution_stays ON loans_institution;
DROP TRIGGER loans_institution_guard ON loans_institution;
DROP FUNCTION loans_institution_guard();
DROP FUNCTION loans_profile(loans_institution);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0016_verified_by_verifications'),
        ('controls', '0010_stages_of_profiles'),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('entered_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='GroupEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=120)),
                ('entered_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProfileChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('version', models.IntegerField()),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('applied', 'applied'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ProfileState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ProfileChangeEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('version', models.IntegerField()),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('reason', models.CharField(max_length=400)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('applied', 'applied'), ('withdrawn', 'withdrawn')], default=loans.rules.states.ProfileState['PROPOSED'], max_length=12)),
                ('proposed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='institution',
            name='update_update',
        ),
        migrations.RenameField(
            model_name='institution',
            old_name='exchange_affiliation',
            new_name='exchange',
        ),
        migrations.RenameField(
            model_name='institutionevent',
            old_name='exchange_affiliation',
            new_name='exchange',
        ),
        migrations.AddField(
            model_name='institution',
            name='affiliation',
            field=models.CharField(choices=[('none', 'none'), ('shareholder', 'shareholder'), ('subsidiary', 'subsidiary'), ('common_control', 'common control'), ('key_management', 'key management')], default='none', max_length=20),
        ),
        migrations.AddField(
            model_name='institution',
            name='aliases',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='institution',
            name='parent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='subsidiaries', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='institution',
            name='parent_lei',
            field=models.CharField(blank=True, max_length=20, validators=[loans.models.institutions.is_lei], verbose_name='LEI of the parent'),
        ),
        migrations.AddField(
            model_name='institution',
            name='parent_name',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='institution',
            name='sector',
            field=models.CharField(choices=[('market_maker', 'market maker'), ('proprietary_trading', 'proprietary trading'), ('asset_manager', 'asset manager'), ('lender', 'lender'), ('broker', 'broker'), ('miner', 'miner'), ('custodian', 'custodian'), ('payment_firm', 'payment firm'), ('other', 'other')], default='other', max_length=20),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='affiliation',
            field=models.CharField(choices=[('none', 'none'), ('shareholder', 'shareholder'), ('subsidiary', 'subsidiary'), ('common_control', 'common control'), ('key_management', 'key management')], default='none', max_length=20),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='aliases',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='parent',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='parent_lei',
            field=models.CharField(blank=True, max_length=20, validators=[loans.models.institutions.is_lei], verbose_name='LEI of the parent'),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='parent_name',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='sector',
            field=models.CharField(choices=[('market_maker', 'market maker'), ('proprietary_trading', 'proprietary trading'), ('asset_manager', 'asset manager'), ('lender', 'lender'), ('broker', 'broker'), ('miner', 'miner'), ('custodian', 'custodian'), ('payment_firm', 'payment firm'), ('other', 'other')], default='other', max_length=20),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_institutionevent" ("affiliation", "aliases", "change_id", "entered_at", "entered_by_id", "exchange", "group_id", "id", "jurisdiction", "legal_name", "lei", "limit", "number", "parent_id", "parent_lei", "parent_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sector") VALUES (NEW."affiliation", NEW."aliases", NEW."change_id", NEW."entered_at", NEW."entered_by_id", NEW."exchange", NEW."group_id", NEW."id", NEW."jurisdiction", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", NEW."parent_id", NEW."parent_lei", NEW."parent_name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."sector"); RETURN NULL;', hash='0f7ace0c09307b2d235fee7b091c7aca9ef5bffa', operation='INSERT', pgid='pgtrigger_insert_insert_789f6', table='loans_institution', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='institution',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_institutionevent" ("affiliation", "aliases", "change_id", "entered_at", "entered_by_id", "exchange", "group_id", "id", "jurisdiction", "legal_name", "lei", "limit", "number", "parent_id", "parent_lei", "parent_name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sector") VALUES (NEW."affiliation", NEW."aliases", NEW."change_id", NEW."entered_at", NEW."entered_by_id", NEW."exchange", NEW."group_id", NEW."id", NEW."jurisdiction", NEW."legal_name", NEW."lei", NEW."limit", NEW."number", NEW."parent_id", NEW."parent_lei", NEW."parent_name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."sector"); RETURN NULL;', hash='b48b9d960503b7e87f81a268298fcc5e93a1f67d', operation='UPDATE', pgid='pgtrigger_update_update_d27be', table='loans_institution', when='AFTER')),
        ),
        migrations.AddField(
            model_name='group',
            name='entered_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='institution',
            name='group',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='institutions', to='loans.group'),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='group',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.group'),
        ),
        migrations.AddField(
            model_name='groupevent',
            name='entered_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='groupevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='groupevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.group'),
        ),
        migrations.AddField(
            model_name='profilechange',
            name='institution',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='profilechange',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='institution',
            name='change',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made', to='loans.profilechange'),
        ),
        migrations.AddField(
            model_name='institutionevent',
            name='change',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.profilechange'),
        ),
        migrations.RunSQL(TYPED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='institution',
            constraint=models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent_lei', ''), ('parent_name', '')), _connector='OR'), name='loans_one_parent'),
        ),
        migrations.AddConstraint(
            model_name='institution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('parent_lei', ''), ('parent_name', '')), models.Q(('parent_name', ''), ('parent_lei', ''), _connector='OR', _negated=True), _connector='OR'), name='loans_parent_named_whole'),
        ),
        migrations.AddConstraint(
            model_name='institution',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('affiliation', 'none'), ('exchange', '')), models.Q(('affiliation', 'none'), ('exchange', ''), _connector='OR', _negated=True), _connector='OR'), name='loans_affiliated_whole'),
        ),
        migrations.AddField(
            model_name='profilechangeevent',
            name='institution',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.institution'),
        ),
        migrations.AddField(
            model_name='profilechangeevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='profilechangeevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.profilechange'),
        ),
        migrations.AddField(
            model_name='profilechangeevent',
            name='proposed_by',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='group',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='loans_group_named_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='group',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_groupevent" ("entered_at", "entered_by_id", "id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='c6e08b92898ce36c55e37e6d1ae38099694b95b4', operation='INSERT', pgid='pgtrigger_insert_insert_4cd76', table='loans_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='group',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_groupevent" ("entered_at", "entered_by_id", "id", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."entered_at", NEW."entered_by_id", NEW."id", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='d10b62706786632ada79d66ab8c4bb82b71ae112', operation='UPDATE', pgid='pgtrigger_update_update_4585f', table='loans_group', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='groupevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='369d464db39ff5a5987df31d7b77f54ab7417107', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f972a', table='loans_groupevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='profilechange',
            constraint=models.UniqueConstraint(fields=('institution', 'version'), name='loans_change_once'),
        ),
        migrations.AddConstraint(
            model_name='profilechange',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('institution',), name='loans_one_change_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilechange',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_profilechangeevent" ("after", "before", "effect_digest", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "version") VALUES (NEW."after", NEW."before", NEW."effect_digest", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state", NEW."version"); RETURN NULL;', hash='1358fbb54a99dd0af316f1f0975383d140e1cb0a', operation='INSERT', pgid='pgtrigger_insert_insert_f26d1', table='loans_profilechange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilechange',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_profilechangeevent" ("after", "before", "effect_digest", "id", "institution_id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_at", "proposed_by_id", "reason", "state", "version") VALUES (NEW."after", NEW."before", NEW."effect_digest", NEW."id", NEW."institution_id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_at", NEW."proposed_by_id", NEW."reason", NEW."state", NEW."version"); RETURN NULL;', hash='7f967ae762e49b942570c659ba53815a8ea28927', operation='UPDATE', pgid='pgtrigger_update_update_aa84e', table='loans_profilechange', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='profilechangeevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='0c9a293ae92aac613730fee68aa56d18f84a6f23', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_87489', table='loans_profilechangeevent', when='BEFORE')),
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
