"""Split models that run in exact integers."""
