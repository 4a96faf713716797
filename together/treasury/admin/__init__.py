"""The console's pages over pools, payments and statements."""
