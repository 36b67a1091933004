"""Who attacks, and what that comes to.

Read `script` for what an attack is, `victim` for the model that all of them are after, and
`catalogue` for all of them in order. They are told in `rows`, whose parties are in `deviating`
(they do not do as they should), in `leaking` (what somebody learns) and in `gaining` (what somebody
gains). Nobody has told those in `strategies`, where parties play anything.
"""
