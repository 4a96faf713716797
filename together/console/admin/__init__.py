"""The console: its site, dashboard, approvals inbox, navigation and the pages over the books."""
