"""Proof: what holds for any number of parties, with Z3, and what speaks against it.

Read `obligations` and `prover`; `possible` and `witness`, lest it be a proof of nothing;
`counterexample` and `reach`; `opinion` and `typespace`, which decide again; then `ranking`
and `unranked`, `secrets`, `strengthen` and `bounded`.
"""
