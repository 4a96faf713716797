"""
Resolutions of breaks, under four eyes.

* what was proposed never changes; it is booked only if exactly it was approved, and is booked or
  withdrawn once.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION treasury_resolution_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'resolution of line % is born %', NEW.line_id, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_resolution';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR OLD.state <> 'proposed'
       OR (NEW.state = 'booked' AND NOT controls_is_approved(
               'break.resolution', NEW.line_id::text, NEW.effect_digest)) THEN
        RAISE EXCEPTION 'resolution % of line % is % and not approved to become %', OLD.id,
              OLD.line_id, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'treasury_resolution';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER treasury_resolution_guard BEFORE INSERT OR UPDATE ON treasury_resolution
    FOR EACH ROW EXECUTE FUNCTION treasury_resolution_guard();
CREATE TRIGGER treasury_resolution_stays BEFORE DELETE OR TRUNCATE
    ON treasury_resolution FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE, TRUNCATE ON treasury_resolution FROM together_app;
"""
NO_GUARD = """
DROP TRIGGER treasury_resolution_stays ON treasury_resolution;
DROP TRIGGER treasury_resolution_guard ON treasury_resolution;
DROP FUNCTION treasury_resolution_guard();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0009_matches"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Resolution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('charge', 'charges of the servicer'), ('interest', 'interest on cash'), ('claim', 'left in error: to be claimed back'), ('claim_settled', 'came back of a claim'), ('receipt', 'money received: a programme allocates it')], max_length=15)),
                ('reason', models.CharField(max_length=200)),
                ('effect_digest', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('booked', 'booked'), ('withdrawn', 'withdrawn')], default='proposed', max_length=10)),
                ('proposed_at', models.DateTimeField()),
                ('instruction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='treasury.instruction')),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resolutions', to='treasury.statementline')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('line',), name='treasury_one_resolution_at_a_time'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='treasury_resolution_has_reason')],
            },
        ),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
