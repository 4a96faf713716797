"""
The triggers that must be present: without one of them the system does not start.

A test compares the list with a freshly migrated database. The history triggers of pghistory are
not here: their library knows them.
"""

# Table, trigger.
GUARDS: tuple[tuple[str, str], ...] = (
    ("controls_approval", "controls_approval_append_only"),
    ("controls_approval", "controls_approval_requested"),
    ("controls_auditrecord", "controls_auditrecord_append_only"),
    ("controls_decision", "controls_decision_allowed"),
    ("controls_decision", "controls_decision_append_only"),
    ("controls_rolegrant", "controls_grant_allowed"),
    ("controls_rolegrant", "controls_rolegrant_stays"),
    ("ledger_account", "ledger_account_born_empty"),
    ("ledger_account", "ledger_account_stays"),
    ("ledger_entry", "ledger_entry_append_only"),
    ("ledger_entry", "ledger_entry_balanced"),
    ("ledger_entry", "ledger_entry_of_this_transaction"),
    ("ledger_line", "ledger_line_append_only"),
    ("ledger_line", "ledger_line_balanced"),
    ("ledger_line", "ledger_line_in_time"),
    ("loans_adjustment", "loans_adjustment_guard"),
    ("loans_adjustment", "loans_adjustment_stays"),
    ("loans_event", "loans_event_append_only"),
    ("loans_event", "loans_event_follows"),
    ("loans_event", "loans_event_is_agreed"),
    ("loans_event", "loans_event_is_received"),
    ("loans_event", "loans_event_points_back"),
    ("loans_loan", "loans_loan_guard"),
    ("loans_loan", "loans_loan_stays"),
    ("retail_claims_decision", "claims_decision_append_only"),
    ("retail_claims_evidence", "claims_evidence_append_only"),
    ("retail_claims_policy", "claims_policy_append_only"),
    ("retail_claims_run", "claims_run_adds_up"),
    ("retail_claims_run", "claims_run_guard"),
    ("retail_claims_run", "claims_run_stays"),
    ("treasury_attempt", "treasury_attempt_append_only"),
    ("treasury_batch", "treasury_batch_guard"),
    ("treasury_batch", "treasury_batch_stays"),
    ("treasury_disbursement", "treasury_disbursement_guard"),
    ("treasury_disbursement", "treasury_disbursement_stays"),
    ("treasury_funding", "treasury_funding_append_only"),
    ("treasury_instruction", "treasury_instruction_guard"),
    ("treasury_instruction", "treasury_instruction_stays"),
    ("treasury_statement", "treasury_statement_append_only"),
    ("treasury_statement", "treasury_statement_continues"),
    ("treasury_statementline", "treasury_line_guard"),
    ("treasury_statementline", "treasury_statementline_stays"),
)
