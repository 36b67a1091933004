"""The market: everything that the checkers know of the marketplace, but for what is claimed of it.

Read `subjects`, which says of each machine what there is to check it by; then a machine's driver,
as `basic`, over `ledger_file`, `dispatch`, `values`, `view`, and `forgeries`, which says
what only a contract can refuse. `hardened`, `placement`, `folder` and `audit` are packages of their
own; `attack`, `played` and `demo` show the marketplace itself.
"""
