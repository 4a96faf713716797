"""
Four eyes, kept by the database.

* the stages of a request come from the authority table, not from who asks;
* who asked never decides; one person decides one stage; the stages are decided in order, by
  somebody who holds the stage's role, and a declined request is over;
* roles are granted by a security administrator (the first one by the owner of the tables), and
  nobody grants or is granted by themselves; a grant changes by being revoked only;
* requests, decisions and the audit trail are append-only.
"""

from django.db import migrations

from together.controls.rules.authority import STAGES

REQUESTED = """
ALTER TABLE controls_approval ADD CONSTRAINT controls_digest_of_the_effect
    CHECK (effect_digest = encode(sha256(convert_to(effect_text, 'UTF8')), 'hex'));
CREATE FUNCTION controls_approval_requested() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT coalesce(array_agg(role ORDER BY number), '{}') INTO NEW.roles
      FROM controls_authoritystage WHERE kind = NEW.kind AND above < NEW.amount_cents;
    IF cardinality(NEW.roles) = 0 THEN
        RAISE EXCEPTION 'no stage of approval is set for % of % cents', NEW.kind, NEW.amount_cents
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_approval_requested BEFORE INSERT ON controls_approval
    FOR EACH ROW EXECUTE FUNCTION controls_approval_requested();
"""

DECIDED = """
CREATE FUNCTION controls_decision_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asked controls_approval;
    problem text;
BEGIN
    SELECT * INTO asked FROM controls_approval WHERE id = NEW.approval_id FOR UPDATE;
    IF asked.requested_by_id = NEW.person_id THEN
        problem := 'who asked for it does not decide it';
    ELSIF EXISTS (SELECT FROM controls_decision WHERE approval_id = NEW.approval_id
                     AND person_id = NEW.person_id) THEN
        problem := 'one person decides one stage';
    ELSIF EXISTS (SELECT FROM controls_decision WHERE approval_id = NEW.approval_id
                     AND verdict <> 'approved') THEN
        problem := 'it was declined';
    ELSIF NEW.stage IS DISTINCT FROM (SELECT count(*) + 1 FROM controls_decision
                                       WHERE approval_id = NEW.approval_id) THEN
        problem := format('stage %s is not the one it waits for', NEW.stage);
    ELSIF NEW.stage > cardinality(asked.roles) THEN
        problem := 'all its stages are decided';
    ELSIF NOT EXISTS (SELECT FROM controls_rolegrant WHERE person_id = NEW.person_id
                         AND role = asked.roles[NEW.stage] AND scope = ''
                         AND revoked_at IS NULL) THEN
        problem := format('stage %s needs the role %s', NEW.stage, asked.roles[NEW.stage]);
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '% %: %', asked.kind, asked.subject, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_four_eyes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_decision_allowed BEFORE INSERT ON controls_decision
    FOR EACH ROW EXECUTE FUNCTION controls_decision_allowed();

CREATE FUNCTION controls_is_approved(p_kind text, p_subject text, p_digest text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE (a.kind, a.subject, a.effect_digest) = (p_kind, p_subject, p_digest)
           AND cardinality(a.roles) > 0
           AND cardinality(a.roles) = (SELECT count(*) FILTER (WHERE d.verdict = 'approved')
                                         FROM controls_decision d WHERE d.approval_id = a.id))
$$;
"""

GRANTED = """
CREATE FUNCTION controls_grant_allowed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    giver bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.granted_by_id ELSE NEW.revoked_by_id END;
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.revoked_at IS NOT NULL OR NEW.revoked_at IS NULL
       OR (NEW.person_id, NEW.role, NEW.scope, NEW.granted_by_id, NEW.granted_at)
          IS DISTINCT FROM
          (OLD.person_id, OLD.role, OLD.scope, OLD.granted_by_id, OLD.granted_at)) THEN
        RAISE EXCEPTION 'grant %: a grant changes by being revoked, once', OLD.id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_grant_allowed';
    END IF;
    -- The first security administrator is made by the owner of the tables (manage.py bootstrap).
    IF giver IS NULL AND session_user = (SELECT tableowner FROM pg_tables
                                          WHERE schemaname = 'public'
                                            AND tablename = 'controls_rolegrant') THEN
        RETURN NEW;
    END IF;
    IF giver IS NULL OR giver = NEW.person_id OR NOT EXISTS (
            SELECT FROM controls_rolegrant WHERE person_id = giver AND revoked_at IS NULL
               AND (role = 'security_administrator'
                    OR (role = 'institution_admin' AND NEW.scope <> '' AND scope = NEW.scope
                        AND NEW.role LIKE 'institution%'))) THEN
        RAISE EXCEPTION 'role % of person %: only another person who is security administrator '
              'gives or takes roles', NEW.role, NEW.person_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_grant_allowed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_grant_allowed BEFORE INSERT OR UPDATE ON controls_rolegrant
    FOR EACH ROW EXECUTE FUNCTION controls_grant_allowed();
"""

APPEND_ONLY = """
CREATE TRIGGER controls_approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_approval FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_decision FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_auditrecord_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON controls_auditrecord FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER controls_rolegrant_stays BEFORE DELETE OR TRUNCATE
    ON controls_rolegrant FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON controls_approval, controls_decision, controls_auditrecord
    FROM together_app;
-- Row locks need UPDATE on one column at least: the lock is taken by the trigger, as owner.
REVOKE DELETE, TRUNCATE ON controls_rolegrant, controls_person FROM together_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON controls_authoritystage FROM together_app;
"""

UNDO = """
ALTER TABLE controls_approval DROP CONSTRAINT controls_digest_of_the_effect;
GRANT INSERT, UPDATE, DELETE ON controls_approval, controls_decision, controls_auditrecord,
    controls_rolegrant, controls_person, controls_authoritystage TO together_app;
DROP TRIGGER controls_rolegrant_stays ON controls_rolegrant;
DROP TRIGGER controls_auditrecord_append_only ON controls_auditrecord;
DROP TRIGGER controls_decision_append_only ON controls_decision;
DROP TRIGGER controls_approval_append_only ON controls_approval;
DROP TRIGGER controls_grant_allowed ON controls_rolegrant;
DROP TRIGGER controls_decision_allowed ON controls_decision;
DROP TRIGGER controls_approval_requested ON controls_approval;
DROP FUNCTION controls_grant_allowed();
DROP FUNCTION controls_is_approved(text, text, text);
DROP FUNCTION controls_decision_allowed();
DROP FUNCTION controls_approval_requested();
"""


def write_stages(apps, schema_editor):
    """Write the authority table as its page says."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).bulk_create(
        stage(kind=s.kind, number=s.number, role=s.role, above=s.above) for s in STAGES
    )


def remove_stages(apps, schema_editor):
    """Take the rows away again."""
    stage = apps.get_model("controls", "AuthorityStage")
    stage.objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [("controls", "0001_initial"), ("ledger", "0004_guards")]
    operations = [
        migrations.RunSQL(REQUESTED + DECIDED + GRANTED + APPEND_ONLY, UNDO),
        migrations.RunPython(write_stages, remove_stages),
    ]
