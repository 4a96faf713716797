"""Credit: from an applicant's accounts to figures, a score, a grade and an expected loss."""
