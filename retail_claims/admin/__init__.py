"""The console's pages over the retail programme."""
