"""Splitting: any model in parts, what each of them gives away, and the files that are sold.

Read `source` for what can be split, `knowledge` for what the vendor of a part learns, `sizes` for
what markets can carry, and `splitting` for the result.
"""
