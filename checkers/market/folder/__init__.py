"""A marketplace in a folder, for whoever types commands: stopped at any time, and gone on with.

Read `names` (who takes part), `wares` (what is sold and asked) and `placed` (who is to hold what);
then `kept`, what can be done with a market of any variant; then the variants: `hardened`, of which
`story` tells what the ledger has of a request, `account` whose the money is, and `standing` how
things stand; and `basic` and `orchestrated`, over `paper`. `opening` makes and opens them.
"""
