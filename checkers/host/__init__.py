"""The host: files that are written whole, and processes that end with who wants them."""
