"""The hardened marketplace on the ledger.

Read `phases` for where things stand, `charter` for what is agreed of a ledger and `terms` of a
version (by `fields`), `digests` for what binds parties, `chance` for what it decides, and `records`
and `state` for what is remembered; then what can happen, in files that are named as those of the
specification: `registration`, `execution`, `dispute` (by way of `statement` it comes to
`impl.quarrel`) and `money`. `contract` puts them together, `view` shows what comes of it, and
`market` brings it to life, with a `network`, `mail` and `parties`.
"""
