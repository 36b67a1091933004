"""Quarrels over a run of a component, narrowed down to one arithmetic operation."""
