"""The ledger, and what is said to it: keys, signed transactions, hash-chained blocks."""
