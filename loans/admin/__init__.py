"""The console's pages over the institutional programme."""
