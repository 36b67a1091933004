"""The table of attacks, row by row: who does what, and what comes of it in each variant.

Read `row`, then `vendors`, `consumers`, `providers`, `arbitrators`, `others` and `coalitions`, by
who deviates.
"""
