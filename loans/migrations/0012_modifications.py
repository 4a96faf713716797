"""
Adjustments: what is shown of one is what approval is asked for.

* the lines of its entry, and what an amendment is worth in present value, are those of the effect.
"""

from django.db import migrations

SHOWN = """
CREATE OR REPLACE FUNCTION loans_adjustment_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
               SELECT FROM controls_approval p, loans_loan l
                WHERE p.id = NEW.approval_id AND l.id = NEW.loan_id
                  AND (p.kind, p.subject, p.requested_by_id)
                    = ('loan.adjustment', NEW.number, NEW.proposed_by_id)
                  AND p.effect_text::jsonb @> jsonb_build_object(
                        'loan', l.number, 'type', NEW.type, 'date', NEW."on"::text,
                        'amount', NEW.amount, 'further', NEW.further, 'reason', NEW.reason,
                        'target', (SELECT sequence FROM loans_event WHERE id = NEW.target_id),
                        'line', (SELECT entry_id FROM treasury_statementline
                                  WHERE id = NEW.line_id),
                        'events', NEW.event_count, 'as_of', NEW.as_of::text)
                  AND p.effect_text::jsonb -> 'further' = NEW.further
                  AND p.effect_text::jsonb -> 'entry' = NEW.difference -> 'entry'
                  AND p.effect_text::jsonb -> 'modification'
                      IS NOT DISTINCT FROM NEW.difference -> 'modification') THEN
            RAISE EXCEPTION 'adjustment %: this is not what approval is asked for', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'ended_by_id', 'ended_at']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'ended_by_id', 'ended_at'])
       OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'proposed>booked', 'proposed>withdrawn']))
       OR (NEW.state = 'booked') <> EXISTS (SELECT FROM loans_event WHERE adjustment_id = OLD.id)
    THEN
        RAISE EXCEPTION 'adjustment %: it ends once, booked with its event or withdrawn', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
    END IF;
    RETURN NEW;
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION loans_adjustment_guard() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' OR NOT EXISTS (
               SELECT FROM controls_approval p, loans_loan l
                WHERE p.id = NEW.approval_id AND l.id = NEW.loan_id
                  AND (p.kind, p.subject, p.requested_by_id)
                    = ('loan.adjustment', NEW.number, NEW.proposed_by_id)
                  AND p.effect_text::jsonb @> jsonb_build_object(
                        'loan', l.number, 'type', NEW.type, 'date', NEW."on"::text,
                        'amount', NEW.amount, 'further', NEW.further, 'reason', NEW.reason,
                        'target', (SELECT sequence FROM loans_event WHERE id = NEW.target_id),
                        'line', (SELECT entry_id FROM treasury_statementline
                                  WHERE id = NEW.line_id),
                        'events', NEW.event_count, 'as_of', NEW.as_of::text)
                  AND p.effect_text::jsonb -> 'further' = NEW.further) THEN
            RAISE EXCEPTION 'adjustment %: this is not what approval is asked for', NEW.number
                  USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - ARRAY['state', 'ended_by_id', 'ended_at']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['state', 'ended_by_id', 'ended_at'])
       OR NOT (OLD.state || '>' || NEW.state = ANY (ARRAY[
               'proposed>booked', 'proposed>withdrawn']))
       OR (NEW.state = 'booked') <> EXISTS (SELECT FROM loans_event WHERE adjustment_id = OLD.id)
    THEN
        RAISE EXCEPTION 'adjustment %: it ends once, booked with its event or withdrawn', OLD.number
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_adjustment_guard';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('loans', '0011_rate_fixings'),
    ]

    operations = [
        migrations.RunSQL(SHOWN, AS_BEFORE),
    ]
