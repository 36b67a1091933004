"""The marketplace at work, told line by line: the paper's first protocol, then the hardened one.

Read `telling`, `basic`, `hardened`, then `demo`.
"""
