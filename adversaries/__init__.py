"""Scripted deviations of the parties of `impl`, and what they get out of them."""
