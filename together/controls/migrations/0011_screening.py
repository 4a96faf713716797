"""
Screening against lists of sanctions.

* lists, screenings and policies are append-only; an entry of a list is kept once and changes only
  by being dropped, once;
* a policy follows the last one and holds only as compliance approved it; the first one is here;
* a hit is born open; cleared only as compliance approved it, of these facts and this entry;
  confirmed by somebody with a reason; open again only if the facts or the entry changed.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import together.controls.rules.screening
from django.conf import settings
from django.db import migrations, models

FIRST = """
ALTER TABLE controls_screeningpolicy ADD CONSTRAINT controls_screening_bounds
    CHECK (threshold BETWEEN 70 AND 100 AND most_days BETWEEN 1 AND 7);
INSERT INTO controls_screeningpolicy (version, threshold, most_days, reason, effect_digest, set_at)
VALUES (1, 85, 3, 'The first one, of the migration.', '', now());
"""
GUARDS = """
CREATE FUNCTION controls_screeningpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + coalesce((SELECT max(version) FROM controls_screeningpolicy), 0)
       OR NOT controls_is_approved_as(
           'screening.policy', 'screening', NEW.effect_digest, jsonb_build_object(
               'version', NEW.version, 'threshold', NEW.threshold, 'most_days', NEW.most_days,
               'reason', NEW.reason)) THEN
        RAISE EXCEPTION 'version % of the policy of screening was not approved', NEW.version
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_screeningpolicy_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_screeningpolicy_guard BEFORE INSERT ON controls_screeningpolicy
    FOR EACH ROW EXECUTE FUNCTION controls_screeningpolicy_guard();

CREATE FUNCTION controls_listentry_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (TG_OP = 'INSERT' AND NEW.dropped_id IS NOT NULL)
       OR (TG_OP = 'UPDATE' AND (
           to_jsonb(NEW) - 'dropped_id' IS DISTINCT FROM to_jsonb(OLD) - 'dropped_id'
           OR OLD.dropped_id IS NOT NULL OR NEW.dropped_id IS NULL
           OR NEW.dropped_id <= OLD.since_id)) THEN
        RAISE EXCEPTION 'entry % of a list stays as it is; a later version drops it once',
              NEW.reference
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_listentry_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_listentry_guard BEFORE INSERT OR UPDATE ON controls_listentry
    FOR EACH ROW EXECUTE FUNCTION controls_listentry_guard();

CREATE FUNCTION controls_hit_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    decision text[] := ARRAY['state', 'reason', 'effect_digest', 'proposed_by_id',
                             'decided_by_id', 'decided_at'];
    now_entry text := (SELECT digest FROM controls_listentry WHERE id = NEW.entry_id);
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.times_opened <> 1 THEN
            problem := 'is born open';
        END IF;
    ELSIF (NEW.number, NEW.area, NEW.subject, NEW.source, NEW.reference) IS DISTINCT FROM
          (OLD.number, OLD.area, OLD.subject, OLD.source, OLD.reference) THEN
        problem := 'stays between its subject and its entry';
    ELSIF NEW.times_opened <> OLD.times_opened THEN
        IF NEW.state <> 'open' OR NEW.times_opened <> OLD.times_opened + 1
           OR (NEW.facts_digest = OLD.facts_digest AND now_entry =
               (SELECT digest FROM controls_listentry WHERE id = OLD.entry_id)) THEN
            problem := 'is open again only if the facts or the entry changed';
        END IF;
    ELSIF to_jsonb(NEW) - decision IS DISTINCT FROM to_jsonb(OLD) - decision THEN
        problem := 'keeps what it was found by';
    ELSIF NEW.state = OLD.state THEN
        IF (NEW.decided_by_id, NEW.decided_at) IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_at)
           OR NEW.state = 'cleared' THEN
            problem := 'keeps how it was decided';
        END IF;
    ELSIF NEW.state = 'open' THEN
        problem := 'is open again only if the facts or the entry changed';
    ELSIF NEW.state = 'cleared' AND NOT controls_is_approved_as(
              'screening.clearing', NEW.number, NEW.effect_digest, jsonb_build_object(
                  'subject', NEW.subject, 'source', NEW.source, 'reference', NEW.reference,
                  'said', NEW.said, 'listed', NEW.listed, 'score', NEW.score,
                  'times_opened', NEW.times_opened, 'facts_digest', NEW.facts_digest,
                  'entry_digest', now_entry, 'reason', NEW.reason)) THEN
        problem := 'is cleared only as compliance approved it';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'hit % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_hit_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_hit_guard BEFORE INSERT OR UPDATE ON controls_hit
    FOR EACH ROW EXECUTE FUNCTION controls_hit_guard();

CREATE TRIGGER controls_hit_stays BEFORE DELETE OR TRUNCATE
    ON controls_hit FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_listentry_stays BEFORE DELETE OR TRUNCATE
    ON controls_listentry FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_screening_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_screening FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_screeninglist_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_screeninglist FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_screeningpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_screeningpolicy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON controls_hit, controls_listentry FROM together_app;
REVOKE UPDATE, DELETE, TRUNCATE ON controls_screening, controls_screeninglist,
    controls_screeningpolicy FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER controls_screeningpolicy_append_only ON controls_screeningpolicy;
DROP TRIGGER controls_screeninglist_append_only ON controls_screeninglist;
DROP TRIGGER controls_screening_append_only ON controls_screening;
DROP TRIGGER controls_listentry_stays ON controls_listentry;
DROP TRIGGER controls_hit_stays ON controls_hit;
DROP TRIGGER controls_hit_guard ON controls_hit;
DROP FUNCTION controls_hit_guard();
DROP TRIGGER controls_listentry_guard ON controls_listentry;
DROP FUNCTION controls_listentry_guard();
DROP TRIGGER controls_screeningpolicy_guard ON controls_screeningpolicy;
DROP FUNCTION controls_screeningpolicy_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('controls', '0010_stages_of_profiles'),
        ('pghistory', '0007_auto_20250421_0444'),
    ]

    operations = [
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
            ],
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
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hits', to='controls.listentry')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='HitEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('area', models.CharField(max_length=10)),
                ('subject', models.CharField(max_length=40)),
                ('title', models.CharField(max_length=120)),
                ('source', models.CharField(choices=[('ofac_sdn', 'OFAC: specially designated nationals'), ('un_consolidated', 'UN: consolidated list'), ('own', 'own list')], max_length=20)),
                ('reference', models.CharField(max_length=60)),
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
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='controls.hit')),
                ('proposed_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('entry', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='controls.listentry')),
            ],
            options={
                'abstract': False,
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
                ('loaded_at', models.DateTimeField()),
                ('loaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='listentry',
            name='dropped',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='dropped_entries', to='controls.screeninglist'),
        ),
        migrations.AddField(
            model_name='listentry',
            name='since',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='controls.screeninglist'),
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
                ('set_at', models.DateTimeField()),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
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
                ('matches', models.IntegerField()),
                ('at', models.DateTimeField()),
                ('newest_list', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='controls.screeninglist')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='controls.screeningpolicy')),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hitevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='fab3b809aa5f80d66bba9dbbf1d93325c1358997', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d9d80', table='controls_hitevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.UniqueConstraint(fields=('area', 'subject', 'source', 'reference'), name='controls_hit_once'),
        ),
        migrations.AddConstraint(
            model_name='hit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='controls_hit_decided_together'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hit',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "controls_hitevent" ("area", "decided_at", "decided_by_id", "effect_digest", "entry_id", "facts_digest", "id", "listed", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "reference", "role", "said", "score", "source", "state", "subject", "times_opened", "title", "why") VALUES (NEW."area", NEW."decided_at", NEW."decided_by_id", NEW."effect_digest", NEW."entry_id", NEW."facts_digest", NEW."id", NEW."listed", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."reference", NEW."role", NEW."said", NEW."score", NEW."source", NEW."state", NEW."subject", NEW."times_opened", NEW."title", NEW."why"); RETURN NULL;', hash='4aa53c0b19539b8da38119b8e7f0cdd15843cf8d', operation='INSERT', pgid='pgtrigger_insert_insert_744fc', table='controls_hit', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='hit',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "controls_hitevent" ("area", "decided_at", "decided_by_id", "effect_digest", "entry_id", "facts_digest", "id", "listed", "number", "opened_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "reference", "role", "said", "score", "source", "state", "subject", "times_opened", "title", "why") VALUES (NEW."area", NEW."decided_at", NEW."decided_by_id", NEW."effect_digest", NEW."entry_id", NEW."facts_digest", NEW."id", NEW."listed", NEW."number", NEW."opened_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."reference", NEW."role", NEW."said", NEW."score", NEW."source", NEW."state", NEW."subject", NEW."times_opened", NEW."title", NEW."why"); RETURN NULL;', hash='b62c36a0c78ddb21b5dc3de388cabe9053c1ebe9', operation='UPDATE', pgid='pgtrigger_update_update_bc3e4', table='controls_hit', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='screeninglist',
            constraint=models.UniqueConstraint(fields=('source', 'version'), name='controls_list_version'),
        ),
        migrations.AddConstraint(
            model_name='screeninglist',
            constraint=models.UniqueConstraint(fields=('source', 'sha256'), name='controls_list_once'),
        ),
        migrations.AddConstraint(
            model_name='listentry',
            constraint=models.UniqueConstraint(condition=models.Q(('dropped', None)), fields=('source', 'reference'), name='controls_listed_once'),
        ),
        migrations.AddIndex(
            model_name='screening',
            index=models.Index(fields=['area', 'subject', '-id'], name='controls_screened'),
        ),
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
