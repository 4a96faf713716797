"""What the database itself holds of approvals, people, documents and screening."""

from django.db import migrations

# What several guards ask.
SHARED = """
CREATE FUNCTION controls_is_approved(p_kind text, p_subject text, p_digest text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE (a.kind, a.subject, a.effect_digest) = (p_kind, p_subject, p_digest)
           AND cardinality(a.roles) > 0
           AND cardinality(a.roles) = (SELECT count(*) FILTER (WHERE d.verdict = 'approved')
                                         FROM controls_decision d WHERE d.approval_id = a.id))
$$;
CREATE FUNCTION controls_is_approved_as(p_kind text, p_subject text, p_digest text, p_said jsonb) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM controls_approval a
         WHERE (a.kind, a.subject, a.effect_digest) = (p_kind, p_subject, p_digest)
           AND NOT EXISTS (SELECT FROM jsonb_each(p_said) AS s
                            WHERE a.effect_text::jsonb -> s.key IS DISTINCT FROM s.value))
       AND controls_is_approved(p_kind, p_subject, p_digest)
$$;
"""
APPROVAL = """
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
CREATE TRIGGER controls_approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_approval
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_approval FROM together_app;
"""
DECISION = """
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
CREATE TRIGGER controls_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_decision
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_decision FROM together_app;
"""
DOCUMENT = """
CREATE FUNCTION controls_document_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'document % is filed as withdrawn', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_document_stays';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['withdrawn_by_id', 'withdrawn_at', 'withdrawn_for'])
       IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['withdrawn_by_id', 'withdrawn_at', 'withdrawn_for'])
       OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'document % stays as it was filed; it is withdrawn once', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'controls_document_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER controls_document_guard BEFORE INSERT OR UPDATE ON controls_document
    FOR EACH ROW EXECUTE FUNCTION controls_document_guard();
CREATE TRIGGER controls_document_stays BEFORE DELETE OR TRUNCATE ON controls_document
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON controls_document FROM together_app;
"""
ROLEGRANT = """
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
CREATE TRIGGER controls_rolegrant_stays BEFORE DELETE OR TRUNCATE ON controls_rolegrant
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON controls_rolegrant FROM together_app;
"""
HIT = """
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
CREATE TRIGGER controls_hit_stays BEFORE DELETE OR TRUNCATE ON controls_hit
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON controls_hit FROM together_app;
"""
LISTENTRY = """
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
CREATE TRIGGER controls_listentry_stays BEFORE DELETE OR TRUNCATE ON controls_listentry
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON controls_listentry FROM together_app;
"""
SCREENINGPOLICY = """
ALTER TABLE controls_screeningpolicy ADD CONSTRAINT controls_screening_bounds
    CHECK (threshold BETWEEN 70 AND 100 AND most_days BETWEEN 1 AND 7);
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
CREATE TRIGGER controls_screeningpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_screeningpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_screeningpolicy FROM together_app;
"""
AUDITRECORD = """
CREATE TRIGGER controls_auditrecord_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_auditrecord
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_auditrecord FROM together_app;
"""
DOCUMENTCONTENT = """
ALTER TABLE controls_documentcontent ADD CONSTRAINT controls_content_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
CREATE TRIGGER controls_documentcontent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_documentcontent
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_documentcontent FROM together_app;
"""
ACCESSRECORD = """
CREATE TRIGGER controls_accessrecord_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_accessrecord
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_accessrecord FROM together_app;
"""
SCREENING = """
CREATE TRIGGER controls_screening_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_screening
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_screening FROM together_app;
"""
SCREENINGLIST = """
CREATE TRIGGER controls_screeninglist_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON controls_screeninglist
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON controls_screeninglist FROM together_app;
"""
AUTHORITYSTAGE = """
REVOKE INSERT, UPDATE, DELETE ON controls_authoritystage FROM together_app;
"""
PERSON = """
REVOKE DELETE ON controls_person FROM together_app;
"""
UNDO = """
DROP TRIGGER controls_approval_requested ON controls_approval;
DROP TRIGGER controls_approval_append_only ON controls_approval;
ALTER TABLE controls_approval DROP CONSTRAINT controls_digest_of_the_effect;
GRANT UPDATE, DELETE ON controls_approval TO together_app;
DROP TRIGGER controls_decision_allowed ON controls_decision;
DROP TRIGGER controls_decision_append_only ON controls_decision;
GRANT UPDATE, DELETE ON controls_decision TO together_app;
DROP TRIGGER controls_document_guard ON controls_document;
DROP TRIGGER controls_document_stays ON controls_document;
GRANT DELETE ON controls_document TO together_app;
DROP TRIGGER controls_grant_allowed ON controls_rolegrant;
DROP TRIGGER controls_rolegrant_stays ON controls_rolegrant;
GRANT DELETE ON controls_rolegrant TO together_app;
DROP TRIGGER controls_hit_guard ON controls_hit;
DROP TRIGGER controls_hit_stays ON controls_hit;
GRANT DELETE ON controls_hit TO together_app;
DROP TRIGGER controls_listentry_guard ON controls_listentry;
DROP TRIGGER controls_listentry_stays ON controls_listentry;
GRANT DELETE ON controls_listentry TO together_app;
DROP TRIGGER controls_screeningpolicy_guard ON controls_screeningpolicy;
DROP TRIGGER controls_screeningpolicy_append_only ON controls_screeningpolicy;
ALTER TABLE controls_screeningpolicy DROP CONSTRAINT controls_screening_bounds;
GRANT UPDATE, DELETE ON controls_screeningpolicy TO together_app;
DROP TRIGGER controls_auditrecord_append_only ON controls_auditrecord;
GRANT UPDATE, DELETE ON controls_auditrecord TO together_app;
DROP TRIGGER controls_documentcontent_append_only ON controls_documentcontent;
ALTER TABLE controls_documentcontent DROP CONSTRAINT controls_content_is_its_digest;
GRANT UPDATE, DELETE ON controls_documentcontent TO together_app;
DROP TRIGGER controls_accessrecord_append_only ON controls_accessrecord;
GRANT UPDATE, DELETE ON controls_accessrecord TO together_app;
DROP TRIGGER controls_screening_append_only ON controls_screening;
GRANT UPDATE, DELETE ON controls_screening TO together_app;
DROP TRIGGER controls_screeninglist_append_only ON controls_screeninglist;
GRANT UPDATE, DELETE ON controls_screeninglist TO together_app;
GRANT INSERT, UPDATE, DELETE ON controls_authoritystage TO together_app;
GRANT DELETE ON controls_person TO together_app;
DROP FUNCTION controls_screeningpolicy_guard();
DROP FUNCTION controls_listentry_guard();
DROP FUNCTION controls_is_approved_as(text,text,text,jsonb);
DROP FUNCTION controls_is_approved(text,text,text);
DROP FUNCTION controls_hit_guard();
DROP FUNCTION controls_grant_allowed();
DROP FUNCTION controls_document_guard();
DROP FUNCTION controls_decision_allowed();
DROP FUNCTION controls_approval_requested();
"""


class Migration(migrations.Migration):

    replaces = [('controls', '0018_stages_of_conditions')]

    dependencies = [
        ('controls', '0002_first_rows'),
        ('ledger', '0003_guards_of_the_books'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                APPROVAL,
                DECISION,
                DOCUMENT,
                ROLEGRANT,
                HIT,
                LISTENTRY,
                SCREENINGPOLICY,
                AUDITRECORD,
                DOCUMENTCONTENT,
                ACCESSRECORD,
                SCREENING,
                SCREENINGLIST,
                AUTHORITYSTAGE,
                PERSON,
            )),
            UNDO,
        ),
    ]
