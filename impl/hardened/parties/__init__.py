"""The parties of the hardened marketplace: what each does, from what it sees and what it has kept.

A party is its storage. Whenever it may act, it looks at the ledger, at what has arrived and at what
it has kept, and does the first thing that is due: keeps something, sends a message or submits a
transaction: about one thing, never two at once. What it must not forget it keeps before it says it.
So a party can stop between any two acts and begin again from its storage and the ledger alone; all
that it has forgotten is what it had under way (`outbox`), and to say it again does no harm.

What is over costs it nothing: of requests it looks at those of its `agenda` that are not at `rest`,
of what it has resolved to do at its `backlog`. All of these are made anew whenever it begins. And
what it cannot do, for what others said or for what became of its storage, it refuses, duty by duty,
and does the rest.
"""
