"""
A receipt pays a loan in the asset that the loan is of.

* a pool has accounts of several assets: so many dollars are not so many USDC.
"""

from django.db import migrations

OF_ITS_ASSET = """
CREATE OR REPLACE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_money boolean := NEW.type IN ('repayment', 'merchant_refund', 'payout_refund', 'recovery');
BEGIN
    -- Two loans that take the same line at once wait for each other here.
    PERFORM FROM treasury_statementline WHERE id = NEW.line_id FOR UPDATE;
    IF (is_money OR NEW.line_id IS NOT NULL) AND (NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
             JOIN treasury_cashaccount c ON c.code = s.account_id
             JOIN treasury_pool p ON p.code = l.pool_id AND p.asset = c.asset
            WHERE s.id = NEW.line_id AND is_money AND s.is_receipt
              AND s.pool_id = l.pool_id AND s.amount = NEW.amount
              AND (s.booked_at AT TIME ZONE 'UTC')::date = NEW."on")
        OR EXISTS (
           SELECT FROM loans_event e WHERE e.line_id = NEW.line_id AND NOT EXISTS (
                  SELECT FROM loans_event r WHERE r.type = 'reversal' AND r.target_id = e.id)))
    THEN
        RAISE EXCEPTION 'event % of loan %: no receipt of this amount and day came in, or it is on'
                        ' a loan already', NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_received';
    END IF;
    RETURN NEW;
END $$;
"""
OF_ANY_ASSET = """
CREATE OR REPLACE FUNCTION loans_event_is_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_money boolean := NEW.type IN ('repayment', 'merchant_refund', 'payout_refund', 'recovery');
BEGIN
    -- Two loans that take the same line at once wait for each other here.
    PERFORM FROM treasury_statementline WHERE id = NEW.line_id FOR UPDATE;
    IF (is_money OR NEW.line_id IS NOT NULL) AND (NOT EXISTS (
           SELECT FROM treasury_statementline s JOIN loans_loan l ON l.id = NEW.loan_id
            WHERE s.id = NEW.line_id AND is_money AND s.is_receipt
              AND s.pool_id = l.pool_id AND s.amount = NEW.amount
              AND (s.booked_at AT TIME ZONE 'UTC')::date = NEW."on")
        OR EXISTS (
           SELECT FROM loans_event e WHERE e.line_id = NEW.line_id AND NOT EXISTS (
                  SELECT FROM loans_event r WHERE r.type = 'reversal' AND r.target_id = e.id)))
    THEN
        RAISE EXCEPTION 'event % of loan %: no receipt of this amount and day came in, or it is on'
                        ' a loan already', NEW.sequence, NEW.loan_id
              USING ERRCODE = 'check_violation', CONSTRAINT = 'loans_event_is_received';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("loans", "0013_wallets_leave_institutions"),
        ("treasury", "0016_proofs_follow_one_another"),
    ]
    operations = [migrations.RunSQL(OF_ITS_ASSET, OF_ANY_ASSET)]
