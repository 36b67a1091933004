"""What split models leak, kind by kind, each attack beside a consumer who asks as often.

Read `leakage` for what is found, `copies` and `paths` for how a theft is measured, any experiment
of `table`, and `attacks` for which of them refute a claim.
"""
