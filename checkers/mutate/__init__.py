"""Mutation: a text is changed in one place, and some check must notice.

Read `edits` and `mutants`, `layers` and `mutation`; then `comparison` and `same_reading`, for those
that no layer kills.
"""
