"""The ledger, and what is said to it.

Read `keys`, `transaction`, `sqlite`, which keeps the blocks; then `port`, what a ledger asks of its
contract, and `dispatch`, how a contract meets that.
"""
