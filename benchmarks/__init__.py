"""Measurements of the implementation against its peers, in the same run."""
