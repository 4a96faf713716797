"""
Invoices of instalments, and the agenda of each loan's notices.

* an invoice is born issued, of a loan's own notice of that kind, as the next version of its
  instalment; what it asks for adds up; it is superseded or cancelled once, and stays;
* a corrected one takes the place of an earlier one of the same instalment, which is over;
* loans that were drawn before this begin to be written to now: nothing is said of their past.
"""

import django.db.models.deletion
import django.db.models.expressions
import loans.rules.states
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION loans_invoice_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    told text := (CASE WHEN NEW.replaces_id IS NULL THEN 'invoice' ELSE 'invoice_corrected' END);
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'issued'
           OR NOT EXISTS (
               SELECT FROM notices_notice n
                 JOIN loans_loan l ON l.number = n.about
                 JOIN loans_institution i ON i.id = l.institution_id AND i.number = n.owner
                WHERE n.id = NEW.notice_id AND l.id = NEW.loan_id AND n.kind = told
                  AND n."on" = NEW."on")
           OR NEW.version <> 1 + (SELECT count(*) FROM loans_invoice
                                   WHERE loan_id = NEW.loan_id AND instalment = NEW.instalment)
           OR (NEW.replaces_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM loans_invoice b
                WHERE b.id = NEW.replaces_id AND b.loan_id = NEW.loan_id
                  AND b.instalment = NEW.instalment AND b.state = 'superseded')) THEN
            RAISE EXCEPTION 'invoice % is not the next one of its instalment', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_invoice';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'issued' OR NEW.state NOT IN ('superseded', 'cancelled') THEN
        RAISE EXCEPTION 'invoice % is % and cannot become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_invoice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_invoice_guard BEFORE INSERT OR UPDATE ON loans_invoice
    FOR EACH ROW EXECUTE FUNCTION loans_invoice_guard();
CREATE TRIGGER loans_invoice_stays BEFORE DELETE OR TRUNCATE
    ON loans_invoice FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON loans_invoice FROM together_app;
INSERT INTO loans_agenda (loan_id, through, events, next_on)
SELECT loan_id, (now() AT TIME ZONE 'UTC')::date - 1, max(sequence),
       (now() AT TIME ZONE 'UTC')::date
  FROM loans_event GROUP BY loan_id;
"""
NO_GUARDS = """
DROP TRIGGER loans_invoice_stays ON loans_invoice;
DROP TRIGGER loans_invoice_guard ON loans_invoice;
DROP FUNCTION loans_invoice_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0008_covenant_tests'),
        ('notices', '0001_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Agenda',
            fields=[
                ('loan', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='agenda', serialize=False, to='loans.loan')),
                ('through', models.DateField()),
                ('events', models.IntegerField()),
                ('next_on', models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Invoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('instalment', models.IntegerField()),
                ('version', models.IntegerField()),
                ('on', models.DateField()),
                ('due_on', models.DateField()),
                ('principal', models.BigIntegerField()),
                ('interest', models.BigIntegerField()),
                ('charges', models.BigIntegerField()),
                ('settled', models.BigIntegerField()),
                ('arrears', models.BigIntegerField()),
                ('total', models.BigIntegerField()),
                ('events', models.IntegerField()),
                ('state', models.CharField(choices=[('issued', 'issued'), ('superseded', 'superseded'), ('cancelled', 'cancelled')], default=loans.rules.states.InvoiceState['ISSUED'], max_length=12)),
                ('loan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='invoices', to='loans.loan')),
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='notices.notice')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='loans.invoice')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(fields=('loan', 'instalment', 'version'), name='loans_invoice_version'), models.UniqueConstraint(condition=models.Q(('state', 'issued')), fields=('loan', 'instalment', 'due_on'), name='loans_one_invoice_at_a_time'), models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('principal'), '+', models.F('interest')), '+', models.F('charges')), '-', models.F('settled')), '+', models.F('arrears')))), name='loans_invoice_adds_up'), models.CheckConstraint(condition=models.Q(('charges__gte', 0), ('interest__gte', 0), ('principal__gte', 0), ('arrears__gte', 0), ('settled__gte', 0), ('total__gt', 0)), name='loans_invoice_not_negative'), models.CheckConstraint(condition=models.Q(('due_on__gt', models.F('on'))), name='loans_invoice_not_due')],
            },
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
