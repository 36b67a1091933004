"""Mutation: a text is changed in one place, and some check must notice."""
