"""A marketplace in a folder, for whoever types commands: stopped at any time, and gone on with.

Read `names` (who takes part), `wares` (what is sold), `faces` (how it is asked), `questions` (what
is asked and answered), `placed` (who is to hold what) and `asking` (what was asked before); then
`kept`, what can be done with a market of any variant; then the variants: `hardened`, of which
`story` tells what the ledger has of a request, `outcomes` what came of it, `quarrel` what came of a
dispute, `account` whose the money is, `standing` how things stand, and `passing` what time has
changed; and `basic` and `orchestrated`, over `paper`. `opening` makes and opens them.
"""
