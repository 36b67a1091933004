"""The paper's two protocols on the ledger, as it describes them.

Read `steps` for what their contracts share, `view` for how they show it, `agreed` for what they
begin with, `member` for what every party has, `outside` for how it refuses what it cannot use, and
`market` for what brings them to life; then `basic` and `orchestrated`, whose files have the same
names.
"""
