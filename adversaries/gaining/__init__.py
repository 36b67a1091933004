"""What somebody gains, or pays: by chance, by rounding, or for room on a ledger.

Read `chances`, `payouts` and `expenses`, in any order.
"""
