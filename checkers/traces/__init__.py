"""Traces: what happened, step by step, for people and for files."""
