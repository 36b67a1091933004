"""Naming: what a name on the command line, or a path, stands for."""
