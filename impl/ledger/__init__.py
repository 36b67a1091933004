"""The ledger, and what is said to it.

Read `keys`, `limits` (how large what is said may be), `transaction`, `genesis` (what a ledger
begins with), `admission` (who may say what), and `sqlite`, which keeps it in blocks; then `port`,
what a ledger asks of its contract, and `dispatch`, how a contract meets that.
"""
