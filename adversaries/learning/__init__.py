"""What somebody learns of a model, of data or of components, though nobody tells.

Read `extraction` for how a theft is measured; then `observing` (the ledger), `pooling` (parts and
what passes between them), `exposure` (whom chance lets see them), `guessing` (digests) and `trees`.
"""
