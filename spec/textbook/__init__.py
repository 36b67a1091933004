"""Small protocols with published state counts, by which the notation and its engines are known."""
