"""Conforming: a program in any language is held to a machine, by vectors and beside it.

Read `stage`, what it is held to, with `drawing`, what a machine leaves open, and `wire`, how it is
asked; then `vectors`, with `gather`, `effects` and `replaying`, and `conform`, which puts all
together. `values` and `written` are how it is written down, `program` the process, `serve` a driver
in Python as such a program, `specified` the machine itself as a driver, and `conformance` the
result. The pages are in docs/formats.
"""
