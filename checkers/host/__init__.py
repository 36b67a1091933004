"""The host: files written whole, bytes kept for the next run, processes that end with this one."""
