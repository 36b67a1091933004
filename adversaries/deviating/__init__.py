"""Parties that do not do as they should, in a living marketplace.

A party that deviates is one whose moves differ: its class has the method that makes the move, and
says what it does instead. Read `basic`, `orchestrated` and `hardened`, in each first who deviates
(`vendors`, `consumers`, `providers`, `others`), and then `play` for what comes of it; `components`
needs no marketplace.
"""
