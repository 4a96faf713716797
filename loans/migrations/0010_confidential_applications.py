"""
Confidential applications: a time in which one is hidden, and who was let in.

* born by an officer, who owns it; nothing of it changes but that its owner or one of the committee
  lifts it, once, with a reason;
* let in by the owner or compliance, never by the person themselves, while it holds; nothing of a
  grant changes but that the owner, compliance or the person ends it, once, with a reason;
* neither is ever deleted.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION loans_holds(p_person bigint, p_role text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM controls_rolegrant
                   WHERE person_id = p_person AND role = p_role AND scope = ''
                     AND revoked_at IS NULL)
$$;
CREATE FUNCTION loans_confidentiality_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    lifting text[] := ARRAY['lifted_by_id', 'lifted_at', 'lifted_for'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL OR NOT loans_holds(NEW.owner_id, 'loan_officer') THEN
            RAISE EXCEPTION '% is born lifted, or owned by no officer', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_confidentiality';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - lifting IS DISTINCT FROM to_jsonb(OLD) - lifting
       OR OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL
       OR NOT coalesce(NEW.lifted_by_id = OLD.owner_id
                       OR loans_holds(NEW.lifted_by_id, 'committee'), false) THEN
        RAISE EXCEPTION '% is only lifted, once, by its owner or the committee', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_confidentiality';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_confidentiality_guard BEFORE INSERT OR UPDATE ON loans_confidentiality
    FOR EACH ROW EXECUTE FUNCTION loans_confidentiality_guard();
CREATE TRIGGER loans_confidentiality_stays BEFORE DELETE OR TRUNCATE ON loans_confidentiality
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_confidentiality FROM together_app;

CREATE FUNCTION loans_accessgrant_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ending text[] := ARRAY['ended_by_id', 'ended_at', 'ended_for'];
    held loans_confidentiality;
BEGIN
    SELECT * INTO held FROM loans_confidentiality WHERE id = NEW.confidentiality_id FOR SHARE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL OR held.lifted_at IS NOT NULL
           OR NEW.person_id = held.owner_id
           OR NOT (NEW.granted_by_id = held.owner_id
                   OR loans_holds(NEW.granted_by_id, 'compliance')) THEN
            RAISE EXCEPTION 'nobody is let in to % so', held.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_accessgrant';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - ending IS DISTINCT FROM to_jsonb(OLD) - ending
       OR OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
       OR NOT coalesce(NEW.ended_by_id IN (held.owner_id, OLD.person_id)
                       OR loans_holds(NEW.ended_by_id, 'compliance'), false) THEN
        RAISE EXCEPTION 'access to % is only ended, once', held.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_accessgrant';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_accessgrant_guard BEFORE INSERT OR UPDATE ON loans_accessgrant
    FOR EACH ROW EXECUTE FUNCTION loans_accessgrant_guard();
CREATE TRIGGER loans_accessgrant_stays BEFORE DELETE OR TRUNCATE ON loans_accessgrant
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_accessgrant FROM together_app;
"""
NO_GUARDS = """
DROP TRIGGER loans_accessgrant_guard ON loans_accessgrant;
DROP TRIGGER loans_accessgrant_stays ON loans_accessgrant;
GRANT DELETE ON loans_accessgrant TO together_app;
DROP FUNCTION loans_accessgrant_guard();
DROP TRIGGER loans_confidentiality_guard ON loans_confidentiality;
DROP TRIGGER loans_confidentiality_stays ON loans_confidentiality;
GRANT DELETE ON loans_confidentiality TO together_app;
DROP FUNCTION loans_confidentiality_guard();
DROP FUNCTION loans_holds(bigint, text);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0009_invoices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Confidentiality',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True)),
                ('made_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lifted_for', models.CharField(blank=True, max_length=200)),
                ('application', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confidentialities', to='loans.application')),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'confidential applications',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='AccessGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('granted_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_for', models.CharField(blank=True, max_length=200)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('granted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('confidentiality', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='loans.confidentiality')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddConstraint(
            model_name='confidentiality',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('application',), name='loans_confidential_once'),
        ),
        migrations.AddConstraint(
            model_name='confidentiality',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lifted_at', None), ('lifted_by', None), ('lifted_for', '')), models.Q(('lifted_at__gte', models.F('made_at')), ('lifted_by__isnull', False), models.Q(('lifted_for', ''), _negated=True)), _connector='OR'), name='loans_lifted_together'),
        ),
        migrations.AddConstraint(
            model_name='accessgrant',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('confidentiality', 'person'), name='loans_access_once'),
        ),
        migrations.AddConstraint(
            model_name='accessgrant',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('granted_by')), _negated=True), name='loans_access_by_another'),
        ),
        migrations.AddConstraint(
            model_name='accessgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', None), ('ended_for', '')), models.Q(('ended_at__gte', models.F('granted_at')), ('ended_by__isnull', False), models.Q(('ended_for', ''), _negated=True)), _connector='OR'), name='loans_access_ended_together'),
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
    ]
