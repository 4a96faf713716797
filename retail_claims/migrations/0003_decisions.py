"""
Decisions in partitions, and the guards of policies and runs.

* a run's decisions are written into a fresh table of its own, which is then checked, indexed,
  attached and closed: readers see all of them or none, and nobody adds one later;
* a run is approved only when exactly its digest passed four eyes, and published only when it is
  approved; after it is decided nothing in it changes but its state;
* policies and evidence are never changed.
"""

from django.db import migrations

from retail_claims.rules.states import RUN_MOVES

TABLE = """
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

PARTITIONS = """
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
REVOKE ALL ON FUNCTION retail_claims_open_partition(bigint),
    retail_claims_close_partition(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retail_claims_open_partition(bigint),
    retail_claims_close_partition(bigint) TO together_app;
"""

RUNS = """
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
           NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[%(moves)s]))
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
CREATE TRIGGER claims_policy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON retail_claims_policy FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER claims_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON retail_claims_evidence FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
CREATE TRIGGER claims_run_stays BEFORE DELETE OR TRUNCATE
    ON retail_claims_run FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON retail_claims_policy, retail_claims_evidence FROM together_app;
REVOKE DELETE, TRUNCATE ON retail_claims_run, retail_claims_programme FROM together_app;
"""

UNDO = """
GRANT INSERT, UPDATE, DELETE ON retail_claims_policy, retail_claims_evidence, retail_claims_run,
    retail_claims_programme TO together_app;
DROP TRIGGER claims_run_stays ON retail_claims_run;
DROP TRIGGER claims_evidence_append_only ON retail_claims_evidence;
DROP TRIGGER claims_policy_append_only ON retail_claims_policy;
DROP TRIGGER claims_run_guard ON retail_claims_run;
DROP FUNCTION claims_run_guard();
DROP FUNCTION retail_claims_close_partition(bigint);
DROP FUNCTION retail_claims_open_partition(bigint);
DROP TABLE retail_claims_decision;
"""

MOVES = ", ".join(
    f"'{start.value}>{end.value}'" for start, ends in RUN_MOVES.items() for end in sorted(ends)
)


class Migration(migrations.Migration):
    dependencies = [("retail_claims", "0002_initial"), ("controls", "0002_four_eyes")]
    operations = [
        migrations.RunSQL(TABLE + PARTITIONS + RUNS.replace("%(moves)s", MOVES), UNDO),
    ]
