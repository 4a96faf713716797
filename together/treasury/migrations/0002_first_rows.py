"""What each kind of rail asks for, and the chains that are known."""

from django.db import migrations


POLICIES = """
INSERT INTO treasury_railpolicy (kind, cooling_off_hours, unregistered) VALUES
    ('exchange', 24, ARRAY['award']), ('bank', 24, '{}'), ('chain', 24, '{}');
-- Two epochs of Ethereum: what is older is final by its consensus.
INSERT INTO treasury_chainpolicy (chain_id, name, asset, contract, confirmations) VALUES
    ('1', 'Ethereum', 'USDC', '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 64);
"""
UNDO = """
DELETE FROM treasury_chainpolicy;
DELETE FROM treasury_railpolicy;
"""


class Migration(migrations.Migration):

    replaces = [('treasury', '0017_what_lines_may_be_by_index')]

    dependencies = [('treasury', '0001_tables_of_treasury')]

    operations = [
        migrations.RunSQL(POLICIES, UNDO),
    ]
