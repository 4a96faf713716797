"""Rules of the loans: dates, interest, schedules and the replay of a loan's life."""
