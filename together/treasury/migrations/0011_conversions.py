"""
Conversions, under four eyes, and the lines of statements that show their legs.

* what was proposed never changes; it is booked only if exactly it was approved;
* both accounts are of the conversion's pool and keep two assets;
* what is matched to a leg never exceeds it, and stands on the leg's own account.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
ALTER TABLE treasury_conversion ADD CONSTRAINT treasury_conversion_sold_of_pool
    FOREIGN KEY (sold_from_id, pool_id) REFERENCES treasury_cashaccount (code, pool_id);
ALTER TABLE treasury_conversion ADD CONSTRAINT treasury_conversion_bought_of_pool
    FOREIGN KEY (bought_on_id, pool_id) REFERENCES treasury_cashaccount (code, pool_id);
CREATE FUNCTION treasury_conversion_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR (
               SELECT count(DISTINCT asset) FROM treasury_cashaccount
                WHERE code IN (NEW.sold_from_id, NEW.bought_on_id)) <> 2 THEN
            RAISE EXCEPTION 'conversion % is born % between two accounts of one asset',
                  NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_conversion';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed'
       OR (NEW.state = 'booked' AND NOT controls_is_approved(
               'pool.conversion', NEW.number, NEW.effect_digest)) THEN
        RAISE EXCEPTION 'conversion % is % and not approved to become %', OLD.number, OLD.state,
              NEW.state USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_conversion';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_conversion_guard BEFORE INSERT OR UPDATE ON treasury_conversion
    FOR EACH ROW EXECUTE FUNCTION treasury_conversion_guard();
CREATE TRIGGER treasury_conversion_stays BEFORE DELETE OR TRUNCATE
    ON treasury_conversion FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON treasury_conversion FROM together_app;
CREATE FUNCTION treasury_match_of_legs() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    off text;
BEGIN
    SELECT min(c.number) INTO off
      FROM (SELECT m.conversion_id, l.account_id, sum(m.amount) AS amount
              FROM treasury_match m JOIN treasury_statementline l ON l.id = m.line_id
             WHERE m.conversion_id IN (SELECT conversion_id FROM added)
             GROUP BY m.conversion_id, l.account_id) AS s
      JOIN treasury_conversion c ON c.id = s.conversion_id
     WHERE c.state <> 'booked' OR NOT (
           s.account_id = c.sold_from_id AND s.amount BETWEEN -c.sold AND 0
           OR s.account_id = c.bought_on_id AND s.amount BETWEEN 0 AND c.bought);
    IF off IS NOT NULL THEN
        PERFORM treasury_match_fault(format('what is matched to conversion %s is no leg of it', off));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER treasury_match_of_legs AFTER INSERT ON treasury_match
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION treasury_match_of_legs();
"""
NO_GUARDS = """
DROP TRIGGER treasury_match_of_legs ON treasury_match;
DROP FUNCTION treasury_match_of_legs();
DROP TRIGGER treasury_conversion_stays ON treasury_conversion;
DROP TRIGGER treasury_conversion_guard ON treasury_conversion;
DROP FUNCTION treasury_conversion_guard();
ALTER TABLE treasury_conversion DROP CONSTRAINT treasury_conversion_bought_of_pool;
ALTER TABLE treasury_conversion DROP CONSTRAINT treasury_conversion_sold_of_pool;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0010_resolutions"),
        ("controls", "0006_stages_of_pools"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conversion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('sold', models.BigIntegerField()),
                ('bought', models.BigIntegerField()),
                ('rate', models.CharField(max_length=30)),
                ('source', models.CharField(max_length=80)),
                ('on', models.DateField()),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default='proposed', max_length=10)),
                ('proposed_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='match',
            name='treasury_match_of_its_kind',
        ),
        migrations.RemoveConstraint(
            model_name='proposal',
            name='treasury_proposed_once',
        ),
        migrations.AlterField(
            model_name='match',
            name='kind',
            field=models.CharField(choices=[('payment', 'payment'), ('return', 'return of a payment'), ('funding', 'funding of the pool'), ('receipt', 'money received'), ('conversion', 'leg of a conversion'), ('charge', 'charges of the servicer'), ('resolution', 'resolved by a person')], max_length=10),
        ),
        migrations.AlterField(
            model_name='proposal',
            name='kind',
            field=models.CharField(choices=[('payment', 'payment'), ('return', 'return of a payment'), ('funding', 'funding of the pool'), ('receipt', 'money received'), ('conversion', 'leg of a conversion'), ('charge', 'charges of the servicer'), ('resolution', 'resolved by a person')], max_length=10),
        ),
        migrations.AddField(
            model_name='conversion',
            name='bought_on',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.cashaccount'),
        ),
        migrations.AddField(
            model_name='conversion',
            name='pool',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversions', to='treasury.pool'),
        ),
        migrations.AddField(
            model_name='conversion',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='conversion',
            name='sold_from',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.cashaccount'),
        ),
        migrations.AddField(
            model_name='match',
            name='conversion',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='matches', to='treasury.conversion'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='conversion',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.conversion'),
        ),
        migrations.AddConstraint(
            model_name='match',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('conversion', None), ('funding', None), ('instruction__isnull', False), ('kind__in', ['payment', 'return'])), models.Q(('conversion', None), ('funding__isnull', False), ('instruction', None), ('kind', 'funding')), models.Q(('conversion__isnull', False), ('funding', None), ('instruction', None), ('kind', 'conversion')), models.Q(('conversion', None), ('funding', None), ('instruction', None), ('kind__in', ['receipt', 'charge', 'resolution'])), _connector='OR'), name='treasury_match_of_its_kind'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(fields=('line', 'kind', 'instruction', 'funding', 'conversion'), name='treasury_proposed_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='conversion',
            constraint=models.CheckConstraint(condition=models.Q(('bought__gt', 0), ('sold__gt', 0)), name='treasury_conversion_positive'),
        ),
        migrations.AddConstraint(
            model_name='conversion',
            constraint=models.CheckConstraint(condition=models.Q(('sold_from', models.F('bought_on')), _negated=True), name='treasury_conversion_two_accounts'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
