"""
Market data: instruments, the policy of each, files, observations, and entries by people.

* instruments, policies, files and observations are never changed or deleted;
* a policy follows the last one and is what was approved; a file is its digest;
* an observation keeps the bounds of its instrument's policy. Without an entry it is of an accepted
  source, corrects nothing, and moved no further than the policy lets it from the last one before;
  with one it is what was approved;
* an entry is born held or proposed, and booked only with its observation.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import loans.rules.market_data
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


GUARDS = """
CREATE FUNCTION loans_said(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
CREATE TRIGGER loans_instrument_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_instrument FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_instrument FROM together_app;

CREATE FUNCTION loans_instrumentpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM loans_instrumentpolicy
                            WHERE instrument_id = NEW.instrument_id)
       OR (NEW.least <= 0 AND (SELECT kind FROM loans_instrument
                                WHERE code = NEW.instrument_id) = 'price')
       OR NOT controls_is_approved_as(
           'market.policy', NEW.instrument_id, NEW.effect_digest, jsonb_build_object(
               'instrument', NEW.instrument_id, 'version', NEW.version,
               'sources', to_jsonb(NEW.sources), 'most_age', NEW.most_age,
               'most_move', NEW.most_move, 'least', NEW.least, 'most', NEW.most)) THEN
        RAISE EXCEPTION 'policy % of % is not what was approved', NEW.version, NEW.instrument_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_instrument_policy_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_instrumentpolicy_guard BEFORE INSERT ON loans_instrumentpolicy
    FOR EACH ROW EXECUTE FUNCTION loans_instrumentpolicy_guard();
CREATE TRIGGER loans_instrumentpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_instrumentpolicy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_instrumentpolicy FROM together_app;

ALTER TABLE loans_marketfile ADD CONSTRAINT loans_marketfile_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
CREATE TRIGGER loans_marketfile_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_marketfile FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_marketfile FROM together_app;

CREATE FUNCTION loans_entry_is_approved(e loans_marketentry) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT controls_is_approved_as('market.entry', e.number, e.effect_digest, jsonb_build_object(
        'instrument', e.instrument_id, 'observed_at', loans_said(e.observed_at),
        'units', e.value, 'source', e.source, 'corrects', e.corrects_id, 'reason', e.reason))
$$;
CREATE FUNCTION loans_observation_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    what loans_instrument;
    rule loans_instrumentpolicy;
    entry loans_marketentry;
    before bigint;
    problem text;
BEGIN
    SELECT * INTO what FROM loans_instrument WHERE code = NEW.instrument_id;
    SELECT * INTO rule FROM loans_instrumentpolicy
     WHERE instrument_id = NEW.instrument_id ORDER BY version DESC LIMIT 1;
    IF rule.id IS NULL THEN
        problem := 'has no policy';
    ELSIF NEW.value NOT BETWEEN rule.least AND rule.most THEN
        problem := 'is out of bounds';
    ELSIF what.kind = 'fixing'
          AND NEW.observed_at <> date_trunc('day', NEW.observed_at, 'UTC') THEN
        problem := 'is a fixing at no day';
    ELSIF NEW.entry_id IS NOT NULL THEN
        SELECT * INTO entry FROM loans_marketentry WHERE id = NEW.entry_id;
        IF (entry.instrument_id, entry.observed_at, entry.value, entry.source, entry.way,
            entry.file_id, entry.corrects_id) IS DISTINCT FROM
           (NEW.instrument_id, NEW.observed_at, NEW.value, NEW.source, NEW.way,
            NEW.file_id, NEW.supersedes_id)
           OR entry.state <> 'proposed' OR NOT loans_entry_is_approved(entry) THEN
            problem := 'is not what was approved';
        ELSIF NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM loans_observation o WHERE o.id = NEW.supersedes_id
               AND (o.instrument_id, o.observed_at, o.source)
                   = (NEW.instrument_id, NEW.observed_at, NEW.source)) THEN
            problem := 'corrects another one';
        END IF;
    ELSIF NEW.way = 'hand' OR NEW.supersedes_id IS NOT NULL
          OR NOT NEW.source = ANY (rule.sources) OR (NEW.way = 'file') <> (NEW.file_id IS NOT NULL)
    THEN
        problem := 'needs an approved entry';
    ELSE
        SELECT o.value INTO before FROM loans_observation o
         WHERE o.instrument_id = NEW.instrument_id AND o.observed_at < NEW.observed_at
           AND NOT EXISTS (SELECT FROM loans_observation c WHERE c.supersedes_id = o.id)
         ORDER BY o.observed_at DESC, o.id DESC LIMIT 1;
        IF abs(NEW.value::numeric - before) * 10000 > rule.most_move * (CASE what.kind
               WHEN 'price' THEN abs(before)::numeric ELSE 10::numeric ^ what.scale END) THEN
            problem := 'moved too far to count without a person';
        END IF;
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'observation of % at %: %', NEW.instrument_id, NEW.observed_at, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_observation_allowed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_observation_guard BEFORE INSERT ON loans_observation
    FOR EACH ROW EXECUTE FUNCTION loans_observation_guard();
CREATE TRIGGER loans_observation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON loans_observation FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON loans_observation FROM together_app;

CREATE FUNCTION loans_marketentry_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'reason', 'effect_digest', 'proposed_by_id'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state NOT IN ('held', 'proposed')
           OR (NEW.state = 'held') <> (NEW.effect_digest = '' AND NEW.move IS NOT NULL)
           OR (NEW.way = 'hand') <> (NEW.state = 'proposed') THEN
            RAISE EXCEPTION 'entry % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_market_entry';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'held' THEN
        said := ARRAY['state'];
    END IF;
    IF (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said)
       OR (OLD.state, NEW.state) NOT IN (('held', 'proposed'), ('held', 'withdrawn'),
                                         ('proposed', 'booked'), ('proposed', 'withdrawn'))
       OR (NEW.state = 'booked'
           AND NOT EXISTS (SELECT FROM loans_observation WHERE entry_id = NEW.id)) THEN
        RAISE EXCEPTION 'entry % is % and may not become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_market_entry';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_marketentry_guard BEFORE INSERT OR UPDATE ON loans_marketentry
    FOR EACH ROW EXECUTE FUNCTION loans_marketentry_guard();
CREATE TRIGGER loans_marketentry_stays BEFORE DELETE OR TRUNCATE
    ON loans_marketentry FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_marketentry FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_marketentry_stays ON loans_marketentry;
DROP TRIGGER loans_marketentry_guard ON loans_marketentry;
DROP FUNCTION loans_marketentry_guard();
DROP TRIGGER loans_observation_append_only ON loans_observation;
DROP TRIGGER loans_observation_guard ON loans_observation;
DROP FUNCTION loans_observation_guard();
DROP FUNCTION loans_entry_is_approved(loans_marketentry);
DROP TRIGGER loans_marketfile_append_only ON loans_marketfile;
ALTER TABLE loans_marketfile DROP CONSTRAINT loans_marketfile_is_its_digest;
DROP TRIGGER loans_instrumentpolicy_append_only ON loans_instrumentpolicy;
DROP TRIGGER loans_instrumentpolicy_guard ON loans_instrumentpolicy;
DROP FUNCTION loans_instrumentpolicy_guard();
DROP TRIGGER loans_instrument_append_only ON loans_instrument;
DROP FUNCTION loans_said(timestamptz);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0019_nothing_to_who_is_listed'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('controls', '0013_market_data_stages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Instrument',
            fields=[
                ('code', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('price', 'price'), ('fixing', 'fixing')], max_length=10)),
                ('scale', models.SmallIntegerField()),
                ('quantity_scale', models.SmallIntegerField(default=0)),
                ('calendar', models.CharField(default='none', max_length=12)),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='InstrumentPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField()),
                ('sources', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('most_age', models.IntegerField()),
                ('most_move', models.IntegerField()),
                ('least', models.BigIntegerField()),
                ('most', models.BigIntegerField()),
                ('effect_digest', models.CharField(max_length=64)),
                ('set_at', models.DateTimeField()),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='loans.instrument')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['instrument', '-version'],
            },
        ),
        migrations.CreateModel(
            name='MarketFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('data', models.BinaryField()),
                ('name', models.CharField(max_length=200)),
                ('size', models.IntegerField()),
                ('stored', models.IntegerField()),
                ('known', models.IntegerField()),
                ('held', models.IntegerField()),
                ('brought_at', models.DateTimeField()),
                ('brought_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='MarketEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('observed_at', models.DateTimeField()),
                ('value', models.BigIntegerField()),
                ('source', models.CharField(max_length=40)),
                ('way', models.CharField(choices=[('file', 'file'), ('feed', 'feed'), ('hand', 'by hand')], max_length=4)),
                ('move', models.IntegerField(null=True)),
                ('state', models.CharField(choices=[('held', 'held'), ('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loans.instrument')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='loans.marketfile')),
            ],
            options={
                'verbose_name': 'market entry',
                'verbose_name_plural': 'market entries',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Observation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('observed_at', models.DateTimeField()),
                ('value', models.BigIntegerField()),
                ('source', models.CharField(max_length=40)),
                ('way', models.CharField(choices=[('file', 'file'), ('feed', 'feed'), ('hand', 'by hand')], max_length=4)),
                ('recorded_at', models.DateTimeField()),
                ('entry', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='observation', to='loans.marketentry')),
                ('file', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='loans.marketfile')),
                ('instrument', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='observations', to='loans.instrument')),
                ('recorded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='loans.observation')),
            ],
            options={
                'ordering': ['-observed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='MarketEntryEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('number', models.CharField(max_length=20)),
                ('observed_at', models.DateTimeField()),
                ('value', models.BigIntegerField()),
                ('source', models.CharField(max_length=40)),
                ('way', models.CharField(choices=[('file', 'file'), ('feed', 'feed'), ('hand', 'by hand')], max_length=4)),
                ('move', models.IntegerField(null=True)),
                ('state', models.CharField(choices=[('held', 'held'), ('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], max_length=10)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('effect_digest', models.CharField(blank=True, max_length=64)),
                ('entered_at', models.DateTimeField()),
                ('entered_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('instrument', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.instrument')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='loans.marketentry')),
                ('proposed_by', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('file', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.marketfile')),
                ('corrects', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loans.observation')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='marketentry',
            name='corrects',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='loans.observation'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_scale__gte', 0), ('quantity_scale__lte', 12), ('scale__gte', 0), ('scale__lte', 12)), name='loans_instrument_scales'),
        ),
        migrations.AddConstraint(
            model_name='instrument',
            constraint=models.CheckConstraint(condition=models.Q(('calendar__in', ('none', 'weekends', 'us_fed', 'us_sofr', 'target2', 'uk')), ('kind__in', ['price', 'fixing'])), name='loans_instrument_kinds'),
        ),
        migrations.AddConstraint(
            model_name='instrumentpolicy',
            constraint=models.UniqueConstraint(fields=('instrument', 'version'), name='loans_instrument_policy_version'),
        ),
        migrations.AddConstraint(
            model_name='instrumentpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('most__gt', models.F('least')), ('most_age__gt', 0), ('most_move__gt', 0)), name='loans_instrument_policy_bounds'),
        ),
        migrations.AddIndex(
            model_name='observation',
            index=models.Index(fields=['instrument', '-observed_at', '-id'], name='loans_observed'),
        ),
        migrations.AddConstraint(
            model_name='observation',
            constraint=models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('instrument', 'source', 'observed_at'), name='loans_observed_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='marketentryevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='42a1c07222e244ef3706805646caa88818378d65', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_74f11', table='loans_marketentryevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='marketentry',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['held', 'proposed'])), fields=('instrument', 'source', 'observed_at'), name='loans_one_market_entry_at_a_time'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='marketentry',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "loans_marketentryevent" ("corrects_id", "effect_digest", "entered_at", "entered_by_id", "file_id", "id", "instrument_id", "move", "number", "observed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "source", "state", "value", "way") VALUES (NEW."corrects_id", NEW."effect_digest", NEW."entered_at", NEW."entered_by_id", NEW."file_id", NEW."id", NEW."instrument_id", NEW."move", NEW."number", NEW."observed_at", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."source", NEW."state", NEW."value", NEW."way"); RETURN NULL;', hash='8416efc5e2b92a7b3ccd3adf73a399d93c9e35c2', operation='INSERT', pgid='pgtrigger_insert_insert_80667', table='loans_marketentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='marketentry',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "loans_marketentryevent" ("corrects_id", "effect_digest", "entered_at", "entered_by_id", "file_id", "id", "instrument_id", "move", "number", "observed_at", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "proposed_by_id", "reason", "source", "state", "value", "way") VALUES (NEW."corrects_id", NEW."effect_digest", NEW."entered_at", NEW."entered_by_id", NEW."file_id", NEW."id", NEW."instrument_id", NEW."move", NEW."number", NEW."observed_at", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."proposed_by_id", NEW."reason", NEW."source", NEW."state", NEW."value", NEW."way"); RETURN NULL;', hash='6c59b3a665fdd21dc00b56ed9735c9bf9c489f3e', operation='UPDATE', pgid='pgtrigger_update_update_6ae66', table='loans_marketentry', when='AFTER')),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
