"""Everything that decides something: explore, prove, simulate, fuzz, attack, verify."""
