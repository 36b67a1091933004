"""Results: what every engine's answer has in common, and how it is shown.

Read `page` for what can be shown, `result` for what every answer says of itself, then `terminal`
and `notebook`, which show a page where somebody looks; `arrows` draws who says what to whom, and
`words` has numbers of things.
"""
