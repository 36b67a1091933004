"""Who deviates in the basic marketplace, and what comes of it."""
