"""What can be done with notices: archived, mailed from the outbox, taken out."""
