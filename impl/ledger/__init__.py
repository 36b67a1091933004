"""The ledger, and what is said to it.

Read `keys`, `limits` (how large what is said may be), `transaction`, `genesis` (what a ledger
begins with), `admission` (who may say what), `chain` (what blocks come to, in memory) over `undo`
(which is undone where they are not written), `checkpoint` (from which a ledger is opened) over
`codec`, `sqlite`, which keeps it all, and `witness` (who holds its node to one history); then
`port`, what parties have of a ledger and what it asks of its contract, and `dispatch`, how a
contract meets that.
"""
