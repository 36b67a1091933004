"""Who attacks, and what that comes to.

Read `script` for what an attack is, `victim` for the model that all of them are after, and
`catalogue` for all of them in order; they are told in `deviating` (parties that do not do as they
should), `leaking` (what somebody learns) and `gaining` (what somebody gains).
"""
