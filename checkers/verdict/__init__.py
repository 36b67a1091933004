"""The verdict: what decides the claims of the paper, and the table of it."""
