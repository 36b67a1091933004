"""Who deviates in the orchestrated marketplace, and what comes of it."""
