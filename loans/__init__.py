"""The institutional programme: low-interest loans, from application to closure."""
