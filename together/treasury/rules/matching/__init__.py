"""Rules by which statement lines are explained: what is certain, and what a person may confirm."""
