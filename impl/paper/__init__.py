"""The paper's two protocols on the ledger, as it describes them.

Read `steps` for what their contracts share, and `member` for what every party has; then `basic` and
`orchestrated`, whose files have the same names.
"""
