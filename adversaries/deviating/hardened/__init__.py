"""Who deviates in the hardened marketplace, and what comes of it."""
