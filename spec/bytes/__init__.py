"""Bytes: canonical encodings, digests, trees, and what a contract computes of them."""
