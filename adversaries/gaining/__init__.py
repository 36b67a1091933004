"""What somebody gains, or pays: by chance, by rounding, by a root, or for room on a ledger.

Read `chances`, `payouts`, `roots` and `expenses`, in any order; then `bonds`, what vendors gain
that deviate together, and `griefs`, what it costs to be a nuisance.
"""
