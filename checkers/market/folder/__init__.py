"""A marketplace in a folder, for whoever types commands: stopped at any time, and gone on with.

Read `names` (who takes part), `wares` (what is sold, and what is asked), `kept` (what can be done
with a market of any variant), then the variants, and `opening`, which makes and opens them;
`story` says in words what the ledger has of a request.
"""
