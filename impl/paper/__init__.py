"""The marketplace as the paper states it, basic and orchestrated."""
