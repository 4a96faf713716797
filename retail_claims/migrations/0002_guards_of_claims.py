"""What the database itself holds of runs, decisions and awards; and the table of decisions, by run."""

from django.db import migrations

# A run's decisions are written into a table of its own, then checked, attached and closed.
DECISIONS = """
CREATE TABLE retail_claims_decision (
    id bigint NOT NULL,
    run_id bigint NOT NULL REFERENCES retail_claims_run (id),
    leaf_index bigint NOT NULL,
    person_id text NOT NULL,
    person_ref text NOT NULL,
    payee text NOT NULL,
    decision text NOT NULL CHECK (decision IN ('award', 'decline', 'review', 'hold')),
    reasons text[] NOT NULL,
    tests jsonb NOT NULL,
    class_losses jsonb NOT NULL,
    fills bigint NOT NULL,
    loss_e8 bigint NOT NULL,
    net_e8 bigint,
    ratio_num text,
    ratio_den text,
    demand bigint NOT NULL CHECK (demand >= 0),
    award bigint NOT NULL CHECK (award >= 0),
    escrow bigint NOT NULL CHECK (escrow >= 0),
    paid bigint NOT NULL CHECK (paid >= 0),
    payable bigint NOT NULL CHECK (payable >= 0),
    PRIMARY KEY (run_id, id),
    CHECK (award = 0 OR decision = 'award'),
    CHECK (escrow = 0 OR decision IN ('hold', 'review'))
) PARTITION BY LIST (run_id);
CREATE UNIQUE INDEX retail_claims_decision_person ON retail_claims_decision (run_id, person_id);
CREATE INDEX retail_claims_decision_ref ON retail_claims_decision (run_id, person_ref);
CREATE INDEX retail_claims_decision_award ON retail_claims_decision (run_id, decision, award, id);
REVOKE ALL ON retail_claims_decision FROM together_app;
GRANT SELECT ON retail_claims_decision TO together_app;
"""
# What several guards ask.
SHARED = """
CREATE FUNCTION retail_claims_close_partition(p_run bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := format('retail_claims_decision_r%s', p_run);
    n bigint;
BEGIN
    EXECUTE format('REVOKE ALL ON %I FROM together_app', name);
    EXECUTE format('ALTER TABLE %I ADD CHECK (run_id = %s)', name, p_run);
    EXECUTE format('ALTER TABLE %I ADD PRIMARY KEY (run_id, id)', name);
    EXECUTE format('ALTER TABLE retail_claims_decision ATTACH PARTITION %I FOR VALUES IN (%s)',
                   name, p_run);
    EXECUTE format('CREATE TRIGGER append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION together_append_only()', name);
    EXECUTE format('GRANT SELECT ON %I TO together_app', name);
    EXECUTE format('ANALYZE %I', name);
    EXECUTE format('SELECT count(*) FROM %I', name) INTO n;
    RETURN n;
END $$;
REVOKE ALL ON FUNCTION retail_claims_close_partition(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retail_claims_close_partition(bigint) TO together_app;
CREATE FUNCTION retail_claims_open_partition(p_run bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text := format('retail_claims_decision_r%s', p_run);
BEGIN
    IF NOT EXISTS (SELECT FROM retail_claims_run WHERE id = p_run AND state = 'computing') THEN
        RAISE EXCEPTION 'run % is not computing', p_run
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_guard';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', name);
    EXECUTE format('CREATE TABLE %I (LIKE retail_claims_decision INCLUDING CONSTRAINTS)', name);
    EXECUTE format('GRANT INSERT ON %I TO together_app', name);
    RETURN name;
END $$;
REVOKE ALL ON FUNCTION retail_claims_open_partition(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retail_claims_open_partition(bigint) TO together_app;
"""
RUN = """
CREATE FUNCTION claims_run_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stored record;
BEGIN
    SELECT count(*) AS persons, count(*) FILTER (WHERE decision = 'award') AS awards,
           coalesce(sum(award), 0) AS award, coalesce(sum(escrow), 0) AS escrow,
           coalesce(sum(payable), 0) AS payable
      INTO stored FROM retail_claims_decision WHERE run_id = NEW.id;
    IF (stored.persons, stored.awards, stored.award, stored.escrow, stored.payable)
       IS DISTINCT FROM
       (NEW.persons, NEW.awards, NEW.award_total, NEW.escrow_total, NEW.payable_total) THEN
        RAISE EXCEPTION 'run % does not add up: its decisions are %', NEW.number, stored
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_adds_up';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION claims_run_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'computing' THEN
            RAISE EXCEPTION 'run % is born %', NEW.number, NEW.state
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'computing' AND
       (to_jsonb(NEW) - ARRAY['state', 'approved_at', 'published_at']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'approved_at', 'published_at']) THEN
        RAISE EXCEPTION 'run % is decided: nothing in it changes', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_guard';
    END IF;
    IF NEW.state <> OLD.state AND (
           NOT (OLD.state || '>' || NEW.state = ANY (ARRAY['computing>bad_data', 'computing>decided', 'computing>failed', 'computing>infeasible', 'decided>approved', 'decided>declined', 'decided>superseded', 'approved>published', 'approved>superseded']))
           OR (NEW.state = 'approved'
               AND NOT EXISTS (SELECT FROM controls_approval a
                    WHERE a.kind = 'retail.run' AND a.subject = NEW.number
                      AND a.effect_text::jsonb ->> 'run_digest' = NEW.run_digest
                      AND controls_is_approved(a.kind, a.subject, a.effect_digest)))) THEN
        RAISE EXCEPTION 'run % is % and not approved to become %', OLD.number, OLD.state, NEW.state
              USING ERRCODE = 'check_violation', CONSTRAINT = 'claims_run_guard';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claims_run_guard BEFORE INSERT OR UPDATE ON retail_claims_run
    FOR EACH ROW EXECUTE FUNCTION claims_run_guard();
CREATE TRIGGER claims_run_stays BEFORE DELETE OR TRUNCATE ON retail_claims_run
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER claims_run_adds_up BEFORE UPDATE ON retail_claims_run
    FOR EACH ROW WHEN ((((old.state)::text = 'computing'::text) AND ((new.state)::text = 'decided'::text))) EXECUTE FUNCTION claims_run_adds_up();
REVOKE DELETE ON retail_claims_run FROM together_app;
"""
POLICY = """
CREATE TRIGGER claims_policy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON retail_claims_policy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON retail_claims_policy FROM together_app;
"""
EVIDENCE = """
CREATE TRIGGER claims_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON retail_claims_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON retail_claims_evidence FROM together_app;
"""
DECISION = """
CREATE TRIGGER claims_decision_append_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON retail_claims_decision
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
"""
PROGRAMME = """
REVOKE DELETE ON retail_claims_programme FROM together_app;
"""
UNDO = """
DROP TRIGGER claims_run_guard ON retail_claims_run;
DROP TRIGGER claims_run_stays ON retail_claims_run;
DROP TRIGGER claims_run_adds_up ON retail_claims_run;
GRANT DELETE ON retail_claims_run TO together_app;
DROP TRIGGER claims_policy_append_only ON retail_claims_policy;
GRANT UPDATE, DELETE ON retail_claims_policy TO together_app;
DROP TRIGGER claims_evidence_append_only ON retail_claims_evidence;
GRANT UPDATE, DELETE ON retail_claims_evidence TO together_app;
DROP TRIGGER claims_decision_append_only ON retail_claims_decision;
GRANT DELETE ON retail_claims_programme TO together_app;
DROP FUNCTION retail_claims_open_partition(bigint);
DROP FUNCTION retail_claims_close_partition(bigint);
DROP FUNCTION claims_run_guard();
DROP FUNCTION claims_run_adds_up();
DROP TABLE retail_claims_decision;
"""


class Migration(migrations.Migration):

    replaces = [('retail_claims', '0006_decisions_stay')]

    dependencies = [
        ('retail_claims', '0001_tables_of_retail_claims'),
        ('treasury', '0004_guards_of_statements'),
        ('controls', '0003_guards_of_controls'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                DECISIONS,
                SHARED,
                RUN,
                POLICY,
                EVIDENCE,
                DECISION,
                PROGRAMME,
            )),
            UNDO,
        ),
    ]
