"""
Statements come in as files, which are kept with what became of them.

* the bytes of a file are what their SHA-256 says, and never change; a file keeps who brought it
  and how it was read, moves along the table of ``rules/states.py``, and is stored only with
  statements, refused or known only without;
* a statement is of a file that is just being read, and of the same account;
* the lines of a statement add up from its opening to its closing, and none joins them later;
* a mapping of columns is never changed: a new version follows the last one.
"""

import django.contrib.postgres.fields
import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from together.treasury.rules.states import STATEMENT_FILE_MOVES

FILES = """
CREATE FUNCTION treasury_file_fault(fault text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', fault
          USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statementfile_guard';
END $$;
CREATE FUNCTION treasury_statementfile_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moving text[] := ARRAY['state', 'faults', 'statements_told', 'lines', 'tries', 'begun_at',
                           'stored_at', 'ended_at'];
    stored bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'received' THEN
            PERFORM treasury_file_fault(format('file %s is born %s', NEW.id, NEW.state));
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving
       OR OLD.state IN ('booked', 'known', 'refused') THEN
        PERFORM treasury_file_fault(format('file %s stays as it came and as it ended', OLD.id));
    END IF;
    IF NEW.state <> OLD.state THEN
        SELECT count(*) INTO stored FROM treasury_statement WHERE file_id = NEW.id;
        IF NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s]))
           OR (stored > 0) <> (NEW.state IN ('stored', 'matching', 'booked')) THEN
            PERFORM treasury_file_fault(format('file %s is %s with %s statements: it does not'
                ' become %s', OLD.id, OLD.state, stored, NEW.state));
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statementfile_guard BEFORE INSERT OR UPDATE ON treasury_statementfile
    FOR EACH ROW EXECUTE FUNCTION treasury_statementfile_guard();
CREATE TRIGGER treasury_statementfile_stays BEFORE DELETE OR TRUNCATE
    ON treasury_statementfile FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON treasury_statementfile FROM together_app;
ALTER TABLE treasury_filecontent ADD CONSTRAINT treasury_content_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
ALTER TABLE treasury_statementfile ADD CONSTRAINT treasury_file_mapping_of_account
    FOREIGN KEY (mapping_id, account_id) REFERENCES treasury_columnmapping (id, account_id);
ALTER TABLE treasury_statement ADD CONSTRAINT treasury_statement_file_of_account
    FOREIGN KEY (file_id, account_id) REFERENCES treasury_statementfile (id, account_id);
CREATE TRIGGER treasury_filecontent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_filecontent FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_filecontent FROM together_app;
CREATE FUNCTION treasury_columnmapping_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM treasury_cashaccount WHERE code = NEW.account_id FOR UPDATE;
    IF NEW.version <> 1 + (SELECT count(*) FROM treasury_columnmapping
                            WHERE account_id = NEW.account_id AND name = NEW.name) THEN
        RAISE EXCEPTION 'version %% of mapping %% of %% does not follow the last one', NEW.version,
              NEW.name, NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_mapping_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_columnmapping_guard BEFORE INSERT ON treasury_columnmapping
    FOR EACH ROW EXECUTE FUNCTION treasury_columnmapping_guard();
CREATE TRIGGER treasury_columnmapping_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON treasury_columnmapping FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_columnmapping FROM together_app;
"""
NO_FILES = """
DROP TRIGGER treasury_columnmapping_append_only ON treasury_columnmapping;
DROP TRIGGER treasury_columnmapping_guard ON treasury_columnmapping;
DROP FUNCTION treasury_columnmapping_guard();
DROP TRIGGER treasury_filecontent_append_only ON treasury_filecontent;
ALTER TABLE treasury_statement DROP CONSTRAINT treasury_statement_file_of_account;
ALTER TABLE treasury_statementfile DROP CONSTRAINT treasury_file_mapping_of_account;
ALTER TABLE treasury_filecontent DROP CONSTRAINT treasury_content_is_its_digest;
DROP TRIGGER treasury_statementfile_stays ON treasury_statementfile;
DROP TRIGGER treasury_statementfile_guard ON treasury_statementfile;
DROP FUNCTION treasury_statementfile_guard();
DROP FUNCTION treasury_file_fault(text);
"""
OF_A_FILE = """
CREATE FUNCTION treasury_statement_of_file() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM treasury_statementfile
                    WHERE id = NEW.file_id AND state = 'received') THEN
        RAISE EXCEPTION 'statement % of % is of no file that is being read', NEW.number,
              NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_of_file';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_statement_of_file BEFORE INSERT ON treasury_statement
    FOR EACH ROW EXECUTE FUNCTION treasury_statement_of_file();
CREATE FUNCTION treasury_statement_off(statement bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT s.closing - s.opening <> (SELECT coalesce(sum(amount), 0) FROM treasury_statementline
                                      WHERE statement_id = s.id)
      FROM treasury_statement s WHERE s.id = statement
$$;
CREATE FUNCTION treasury_statement_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF treasury_statement_off(NEW.id) THEN
        RAISE EXCEPTION 'the lines of statement % of % do not lead to its closing', NEW.number,
              NEW.account_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_statement_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER treasury_statement_adds_up AFTER INSERT ON treasury_statement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION treasury_statement_adds_up();
CREATE FUNCTION treasury_lines_of_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off bigint;
BEGIN
    SELECT min(a.statement_id) INTO off
      FROM (SELECT DISTINCT statement_id FROM added) AS a
      JOIN treasury_statement s ON s.id = a.statement_id
     WHERE treasury_statement_off(a.statement_id) OR NOT EXISTS (
           SELECT FROM treasury_statementfile f WHERE f.id = s.file_id AND f.state = 'received');
    IF off IS NOT NULL THEN
        RAISE EXCEPTION 'lines join statement % that are none of it', off
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_lines_of_statement';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_lines_of_statement AFTER INSERT ON treasury_statementline
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_lines_of_statement();
"""
OF_NO_FILE = """
DROP TRIGGER treasury_lines_of_statement ON treasury_statementline;
DROP FUNCTION treasury_lines_of_statement();
DROP TRIGGER treasury_statement_adds_up ON treasury_statement;
DROP FUNCTION treasury_statement_adds_up();
DROP FUNCTION treasury_statement_off(bigint);
DROP TRIGGER treasury_statement_of_file ON treasury_statement;
DROP FUNCTION treasury_statement_of_file();
"""
MOVES = ", ".join(
    f"'{start.value}>{end.value}'" for start, ends in STATEMENT_FILE_MOVES.items() for end in sorted(ends)
)
FILES = FILES.replace("%(moves)s", MOVES).replace("%%", "%")


class Migration(migrations.Migration):

    dependencies = [
        ("treasury", "0012_three_way_proofs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('version', models.IntegerField()),
                ('document', models.JSONField()),
                ('saved_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['account', 'name', '-version'],
            },
        ),
        migrations.CreateModel(
            name='FileContent',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('data', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='StatementFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=200)),
                ('kind', models.CharField(max_length=20)),
                ('size', models.IntegerField()),
                ('given_opening', models.CharField(blank=True, max_length=40)),
                ('given_closing', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('received', 'received'), ('stored', 'stored'), ('matching', 'matching'), ('booked', 'booked'), ('known', 'known'), ('refused', 'refused')], max_length=10)),
                ('faults', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('statements_told', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=list, size=None)),
                ('lines', models.IntegerField(default=0)),
                ('tries', models.SmallIntegerField(default=0)),
                ('received_at', models.DateTimeField()),
                ('begun_at', models.DateTimeField(null=True)),
                ('stored_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'file',
            },
        ),
        migrations.AddField(
            model_name='statement',
            name='last_block',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='statement',
            name='left_out',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='statement',
            name='repeated',
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name='statement',
            name='source_number',
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name='statementline',
            name='code',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='statementline',
            name='return_reason',
            field=models.CharField(blank=True, max_length=35),
        ),
        migrations.AlterField(
            model_name='statementline',
            name='counterparty',
            field=models.CharField(blank=True, max_length=140),
        ),
        migrations.AlterField(
            model_name='statementline',
            name='details',
            field=models.CharField(blank=True, max_length=2000),
        ),
        migrations.AlterField(
            model_name='statementline',
            name='entry_id',
            field=models.CharField(max_length=80),
        ),
        migrations.AddConstraint(
            model_name='statementline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('type', 'payment'), _negated=True), models.Q(('amount__lt', 0), ('type', 'receipt'), _negated=True)), name='treasury_line_sign'),
        ),
        migrations.AddField(
            model_name='columnmapping',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='mappings', to='treasury.cashaccount'),
        ),
        migrations.AddField(
            model_name='columnmapping',
            name='saved_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='treasury.cashaccount'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='content',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='treasury.filecontent'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='mapping',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.columnmapping'),
        ),
        migrations.AddField(
            model_name='statementfile',
            name='received_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='statement',
            name='file',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='statements', to='treasury.statementfile'),
        ),
        migrations.AddConstraint(
            model_name='columnmapping',
            constraint=models.UniqueConstraint(fields=('account', 'name', 'version'), name='treasury_mapping_version'),
        ),
        migrations.AddConstraint(
            model_name='columnmapping',
            constraint=models.UniqueConstraint(fields=('id', 'account'), name='treasury_mapping_of_account'),
        ),
        migrations.AddIndex(
            model_name='statementfile',
            index=models.Index(condition=models.Q(('state__in', ['received', 'stored', 'matching'])), fields=['id'], name='treasury_file_open'),
        ),
        migrations.AddConstraint(
            model_name='statementfile',
            constraint=models.UniqueConstraint(fields=('id', 'account'), name='treasury_file_of_account'),
        ),
        migrations.AddConstraint(
            model_name='statementfile',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'refused'), ('faults', []), _connector='XOR'), name='treasury_file_refused_for_something'),
        ),
        migrations.RunSQL(FILES + OF_A_FILE, OF_NO_FILE + NO_FILES),
    ]
