"""Exploration: every state of a machine at a size, and random runs through them."""
