"""Proof: what holds for any number of parties, with Z3, and what speaks against it.

Read `obligations`, `prover`, and `witness`, lest it be a proof of nothing; `counterexample` and
`reach`; `opinion` and `typespace`, which decide again; then `ranking`, `secrets`, `strengthen` and
`bounded`.
"""
