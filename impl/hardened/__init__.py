"""The hardened marketplace on the ledger.

Read `terms` for what is agreed, `digests` for what binds parties and what chance decides, `records`
and `state` for what is remembered; then what can happen, in files that are named as those of the
specification: `registration`, `execution`, `dispute` and `money`, which `contract` puts together.
"""
