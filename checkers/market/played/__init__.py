"""One scripted attack as a story: who said what to whom, and what that did.

Read `said`, which joins what passed with what the ledger has made of it, then `story`, which picks
what is worth telling, and `shown`, which draws it.
"""
