"""What the database itself holds of market data, collateral and margin calls."""

from django.db import migrations

# What several guards ask.
SHARED = """
CREATE FUNCTION loans_said(p_at timestamp with time zone) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
CREATE FUNCTION loans_entry_is_approved(e loans_marketentry) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT controls_is_approved_as('market.entry', e.number, e.effect_digest, jsonb_build_object(
        'instrument', e.instrument_id, 'observed_at', loans_said(e.observed_at),
        'units', e.value, 'source', e.source, 'corrects', e.corrects_id, 'reason', e.reason))
$$;
CREATE FUNCTION loans_is_covered(p_application bigint, p_owed numeric, p_at timestamp with time zone, p_with_haircuts boolean) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH rule AS (SELECT * FROM loans_collateralpolicy ORDER BY version DESC LIMIT 1),
    asked AS (
        SELECT p_owed * 10::numeric ^ (24 - CASE p.asset WHEN 'USD' THEN 2 ELSE 6 END) AS owed,
               (a.terms #>> '{secured,most_ltv}')::numeric AS most_ltv
          FROM loans_application a JOIN treasury_pool p ON p.code = a.pool_id
         WHERE a.id = p_application),
    pledged AS (
        SELECT g.quantity::numeric * o.value
               * 10::numeric ^ (24 - i.quantity_scale - i.scale) AS value,
               10000 - (SELECT haircuts ->> g.instrument_id FROM rule)::numeric AS counts,
               p_at - o.observed_at <= l.most_age * interval '1 hour' AS is_fresh
          FROM loans_pledge g
          JOIN loans_instrument i ON i.code = g.instrument_id
          LEFT JOIN LATERAL (
               SELECT most_age FROM loans_instrumentpolicy n WHERE n.instrument_id = i.code
                ORDER BY n.version DESC LIMIT 1) l ON true
          LEFT JOIN LATERAL (
               SELECT value, observed_at FROM loans_observation n
                WHERE n.instrument_id = i.code AND n.observed_at <= p_at AND n.recorded_at <= p_at
                  AND NOT EXISTS (SELECT FROM loans_observation c
                                   WHERE c.supersedes_id = n.id AND c.recorded_at <= p_at)
                ORDER BY n.observed_at DESC, n.id DESC LIMIT 1) o ON true
         WHERE g.application_id = p_application AND g.state = 'in_force')
    SELECT p_owed = 0 OR coalesce((
        SELECT bool_and(coalesce(g.is_fresh AND g.counts IS NOT NULL, false))
               AND bool_and(asked.owed * 10000 <= rule.initial * total.market)
               AND bool_and(asked.owed <= asked.most_ltv * total.market)
               AND (NOT p_with_haircuts
                    OR bool_and(asked.owed * 10000 <= total.lendable))
          FROM pledged g, asked, rule,
               (SELECT sum(value) AS market, sum(value * counts) AS lendable FROM pledged) total
        ), false)
$$;
CREATE FUNCTION loans_pledge_problem(new loans_pledge) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    asked loans_application;
    paper controls_document;
BEGIN
    SELECT * INTO asked FROM loans_application WHERE id = new.application_id;
    IF new.state = 'in_force' THEN
        SELECT * INTO paper FROM controls_document WHERE id = new.evidence_id;
        IF paper.subject <> asked.number OR paper.withdrawn_at IS NOT NULL THEN
            RETURN 'has no evidence';
        END IF;
        -- One after the other, so that the same is not pledged twice at once.
        PERFORM pg_advisory_xact_lock(hashtext('pledged:' || new.custodian || ':' || new.reference));
        IF EXISTS (SELECT FROM loans_pledge p WHERE p.state = 'in_force' AND p.id <> new.id
                      AND (p.instrument_id, p.custodian, p.reference)
                          = (new.instrument_id, new.custodian, new.reference)
                      AND p.id IS DISTINCT FROM new.replaces_id) THEN
            RETURN 'is pledged already';
        END IF;
        IF new.replaces_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM loans_pledge p WHERE p.id = new.replaces_id AND p.state = 'in_force'
               AND p.application_id = new.application_id) THEN
            RETURN 'replaces nothing that is in force';
        END IF;
        IF NOT controls_is_approved_as('collateral.pledge', new.number, new.effect_digest,
            jsonb_build_object('application', asked.number, 'instrument', new.instrument_id,
                'units', new.quantity, 'custodian', new.custodian, 'reference', new.reference,
                'evidence', paper.number,
                'replaces', (SELECT number FROM loans_pledge WHERE id = new.replaces_id))) THEN
            RETURN 'is not what was approved';
        END IF;
    ELSIF new.state = 'released' THEN
        IF NOT controls_is_approved_as('collateral.release', new.number, new.release_digest,
            jsonb_build_object('application', asked.number, 'units', new.quantity)) THEN
            RETURN 'is not approved to be released';
        END IF;
    ELSIF new.state = 'substituted' AND NOT EXISTS (
        SELECT FROM loans_pledge WHERE replaces_id = new.id AND state = 'in_force') THEN
        RETURN 'has no substitute';
    END IF;
    RETURN NULL;
END $$;
"""
COLLATERALPOLICY = """
CREATE FUNCTION loans_collateralpolicy_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT count(*) FROM loans_collateralpolicy)
       OR NOT controls_is_approved_as(
           'collateral.policy', 'collateral', NEW.effect_digest, jsonb_build_object(
               'version', NEW.version, 'initial', NEW.initial, 'margin_call', NEW.margin_call,
               'liquidation', NEW.liquidation, 'cure_hours', NEW.cure_hours,
               'haircuts', NEW.haircuts)) THEN
        RAISE EXCEPTION 'collateral policy % is not what was approved', NEW.version
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_collateral_policy_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_collateralpolicy_guard BEFORE INSERT ON loans_collateralpolicy
    FOR EACH ROW EXECUTE FUNCTION loans_collateralpolicy_guard();
CREATE TRIGGER loans_collateralpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_collateralpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_collateralpolicy FROM together_app;
"""
INSTRUMENTPOLICY = """
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
CREATE TRIGGER loans_instrumentpolicy_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_instrumentpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_instrumentpolicy FROM together_app;
"""
LOAN = """
CREATE FUNCTION loans_loan_is_secured() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF jsonb_typeof(NEW.terms -> 'secured') = 'object'
       AND (TG_OP = 'INSERT' OR (NEW.state = 'drawing' AND OLD.state <> 'drawing'))
       AND NOT EXISTS (SELECT FROM loans_pledge WHERE application_id = NEW.application_id
                          AND state = 'in_force') THEN
        RAISE EXCEPTION 'loan % is secured and nothing is pledged', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_is_secured';
    END IF;
    IF TG_OP = 'INSERT' AND jsonb_typeof(NEW.terms -> 'secured') = 'object'
       AND NOT loans_is_covered(NEW.application_id, NEW.amount, NEW.approved_at, true) THEN
        RAISE EXCEPTION 'loan % is secured and not covered', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_loan_is_secured';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_loan_is_secured BEFORE INSERT OR UPDATE OF state ON loans_loan
    FOR EACH ROW EXECUTE FUNCTION loans_loan_is_secured();
"""
MARGINCALL = """
CREATE FUNCTION loans_margincall_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'band', 'due_at', 'ended_at', 'extension_digest'];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'open' OR NEW.ended_at IS NOT NULL OR NEW.extension_digest <> '' THEN
            problem := 'is born ' || NEW.state;
        END IF;
    ELSIF (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said) THEN
        problem := 'may not change so';
    ELSIF NEW.state = OLD.state AND NEW.due_at = OLD.due_at THEN
        IF (NEW.ended_at, NEW.extension_digest) IS DISTINCT FROM
           (OLD.ended_at, OLD.extension_digest) OR OLD.state = 'met' THEN
            problem := 'may not change so';
        END IF;
    ELSIF (OLD.state, NEW.state) NOT IN (
        ('open', 'extended'), ('extended', 'extended'), ('open', 'defaulted'),
        ('extended', 'defaulted'), ('open', 'met'), ('extended', 'met'), ('defaulted', 'met')) THEN
        problem := 'is ' || OLD.state || ' and may not become ' || NEW.state;
    ELSIF NEW.state = 'extended' THEN
        IF NEW.due_at <= OLD.due_at OR NEW.ended_at IS NOT NULL OR NOT controls_is_approved_as(
            'margin.extension', NEW.number, NEW.extension_digest, jsonb_build_object(
                'number', NEW.number, 'before', loans_said(OLD.due_at),
                'until', loans_said(NEW.due_at))) THEN
            problem := 'is not extended as approved';
        END IF;
    ELSIF NEW.due_at <> OLD.due_at OR NEW.extension_digest <> OLD.extension_digest
          OR NEW.ended_at IS NULL OR (NEW.state = 'defaulted' AND NEW.ended_at < NEW.due_at) THEN
        problem := 'does not end so';
    ELSIF NEW.state = 'met' AND NOT loans_is_covered(
        (SELECT application_id FROM loans_loan WHERE id = NEW.loan_id),
        (SELECT greatest(coalesce(sum(a.balance), 0), 0) FROM loans_loan l
           JOIN treasury_pool p ON p.code = l.pool_id
           JOIN ledger_account a ON a.subject = l.number AND a.asset = p.asset
            AND a.code IN ('loan.principal', 'loan.interest', 'loan.charges')
          WHERE l.id = NEW.loan_id), NEW.ended_at, false) THEN
        problem := 'is not cured';
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'margin call % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_margin_call';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER loans_margincall_guard BEFORE INSERT OR UPDATE ON loans_margincall
    FOR EACH ROW EXECUTE FUNCTION loans_margincall_guard();
CREATE TRIGGER loans_margincall_stays BEFORE DELETE OR TRUNCATE ON loans_margincall
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_margincall FROM together_app;
"""
MARKETENTRY = """
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
CREATE TRIGGER loans_marketentry_stays BEFORE DELETE OR TRUNCATE ON loans_marketentry
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_marketentry FROM together_app;
"""
OBSERVATION = """
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
CREATE TRIGGER loans_observation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_observation
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_observation FROM together_app;
"""
PLEDGE = """
CREATE FUNCTION loans_pledge_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    said text[] := ARRAY['state', 'release_digest'];
    problem text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NEW.release_digest <> '' THEN
            problem := 'is born ' || NEW.state;
        END IF;
    ELSIF (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said)
       OR (OLD.state, NEW.state) NOT IN (
           ('proposed', 'in_force'), ('proposed', 'withdrawn'), ('in_force', 'released'),
           ('in_force', 'substituted'))
       OR (NEW.release_digest <> '') <> (NEW.state = 'released') THEN
        problem := 'may not change so';
    ELSE
        problem := loans_pledge_problem(NEW);
    END IF;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION 'pledge % %', NEW.number, problem
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_pledge';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION loans_pledge_substitutes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.state = 'in_force' AND EXISTS (
        SELECT FROM loans_pledge WHERE id = NEW.replaces_id AND state = 'in_force') THEN
        RAISE EXCEPTION 'pledge % is in force and so is what it replaces', NEW.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_pledge';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER loans_pledge_guard BEFORE INSERT OR UPDATE ON loans_pledge
    FOR EACH ROW EXECUTE FUNCTION loans_pledge_guard();
CREATE CONSTRAINT TRIGGER loans_pledge_substitutes AFTER UPDATE ON loans_pledge
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION loans_pledge_substitutes();
CREATE TRIGGER loans_pledge_stays BEFORE DELETE OR TRUNCATE ON loans_pledge
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE DELETE ON loans_pledge FROM together_app;
"""
INSTRUMENT = """
CREATE TRIGGER loans_instrument_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_instrument
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_instrument FROM together_app;
"""
MARKETFILE = """
ALTER TABLE loans_marketfile ADD CONSTRAINT loans_marketfile_is_its_digest
    CHECK (sha256 = encode(sha256(data), 'hex'));
CREATE TRIGGER loans_marketfile_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON loans_marketfile
    FOR EACH STATEMENT EXECUTE FUNCTION together_append_only();
REVOKE UPDATE, DELETE ON loans_marketfile FROM together_app;
"""
UNDO = """
DROP TRIGGER loans_collateralpolicy_guard ON loans_collateralpolicy;
DROP TRIGGER loans_collateralpolicy_append_only ON loans_collateralpolicy;
GRANT UPDATE, DELETE ON loans_collateralpolicy TO together_app;
DROP TRIGGER loans_instrumentpolicy_guard ON loans_instrumentpolicy;
DROP TRIGGER loans_instrumentpolicy_append_only ON loans_instrumentpolicy;
GRANT UPDATE, DELETE ON loans_instrumentpolicy TO together_app;
DROP TRIGGER loans_loan_is_secured ON loans_loan;
DROP TRIGGER loans_margincall_guard ON loans_margincall;
DROP TRIGGER loans_margincall_stays ON loans_margincall;
GRANT DELETE ON loans_margincall TO together_app;
DROP TRIGGER loans_marketentry_guard ON loans_marketentry;
DROP TRIGGER loans_marketentry_stays ON loans_marketentry;
GRANT DELETE ON loans_marketentry TO together_app;
DROP TRIGGER loans_observation_guard ON loans_observation;
DROP TRIGGER loans_observation_append_only ON loans_observation;
GRANT UPDATE, DELETE ON loans_observation TO together_app;
DROP TRIGGER loans_pledge_guard ON loans_pledge;
DROP TRIGGER loans_pledge_substitutes ON loans_pledge;
DROP TRIGGER loans_pledge_stays ON loans_pledge;
GRANT DELETE ON loans_pledge TO together_app;
DROP TRIGGER loans_instrument_append_only ON loans_instrument;
GRANT UPDATE, DELETE ON loans_instrument TO together_app;
DROP TRIGGER loans_marketfile_append_only ON loans_marketfile;
ALTER TABLE loans_marketfile DROP CONSTRAINT loans_marketfile_is_its_digest;
GRANT UPDATE, DELETE ON loans_marketfile TO together_app;
DROP FUNCTION loans_said(timestamp with time zone);
DROP FUNCTION loans_pledge_substitutes();
DROP FUNCTION loans_pledge_problem(loans_pledge);
DROP FUNCTION loans_pledge_guard();
DROP FUNCTION loans_observation_guard();
DROP FUNCTION loans_marketentry_guard();
DROP FUNCTION loans_margincall_guard();
DROP FUNCTION loans_loan_is_secured();
DROP FUNCTION loans_is_covered(bigint,numeric,timestamp with time zone,boolean);
DROP FUNCTION loans_instrumentpolicy_guard();
DROP FUNCTION loans_entry_is_approved(loans_marketentry);
DROP FUNCTION loans_collateralpolicy_guard();
"""


class Migration(migrations.Migration):

    replaces = [('loans', '0024_agreed_with_applications')]

    dependencies = [
        ('loans', '0004_guards_of_institutions'),
    ]

    operations = [
        migrations.RunSQL(
            "".join((
                SHARED,
                COLLATERALPOLICY,
                INSTRUMENTPOLICY,
                LOAN,
                MARGINCALL,
                MARKETENTRY,
                OBSERVATION,
                PLEDGE,
                INSTRUMENT,
                MARKETFILE,
            )),
            UNDO,
        ),
    ]
