"""What somebody learns of a model, of data or of components, though nobody tells.

Read `extraction` for how a theft is measured; then `observing` (of the ledger), `pooling` (of parts
and of what passes between them), `holding` (of some parts), `exposure` (whom chance lets see them),
`guessing` (of digests) and `trees`.
"""
