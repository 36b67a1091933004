"""The theorems about the hardened protocol: T1 to T14."""

from spec.bisection import bisection, wrong_executor_loses
from spec.hardened import hardened, one_step, two_requests
from spec.hardened import properties as h
from spec.ledger import ledger, nothing_is_replayed
from spec.paper.claim import Accounts, Conceals, Ends, Holds, Placed, Point, Theorem

_IN_TURN = (
    "requests_follow_one_another",
    "consumers_only_consume",
    "only_consumers_dispute",
    "wages_wait",
)

THEOREMS = (
    Theorem(
        "T1",
        (
            Point(
                "hardened",
                "proved",
                "no money is made or lost",
                Holds(hardened, h.money_is_conserved),
            ),
        ),
    ),
    Theorem(
        "T2",
        (
            Point(
                "hardened",
                "proved",
                "what settles has every step recorded once, in order, by a "
                "holder of the pinned version",
                Holds(hardened, h.settled_steps_are_recorded),
            ),
        ),
    ),
    Theorem(
        "T3",
        (
            Point(
                "hardened",
                "proved",
                "a record continues the commitment before it",
                Holds(hardened, h.steps_form_a_chain),
            ),
        ),
    ),
    Theorem(
        "T4",
        (
            Point(
                "hardened",
                "proved",
                "whoever is convicted has deviated",
                Holds(hardened, h.no_false_blame),
            ),
        ),
    ),
    Theorem(
        "T5",
        (
            Point(
                "hardened",
                "exhaustive",
                "whoever is harmed is repaid, or a culprit convicted",
                Accounts(one_step, "every_harm_blamed_or_repaid"),
            ),
        ),
    ),
    Theorem(
        "T6",
        (
            Point(
                "hardened",
                "proved",
                "a wrong step never settles against one who disputes and answers right",
                Holds(hardened, h.disputed_steps_are_right),
            ),
            Point(
                "hardened",
                "proved",
                "a wrong executor loses a quarrel that is narrowed down against one who answers "
                "right",
                Holds(bisection, wrong_executor_loses),
            ),
        ),
    ),
    Theorem(
        "T7",
        (
            Point(
                "hardened",
                "exhaustive",
                "minimal sets of culprits never share a ledger",
                Accounts(one_step, "transcript_injectivity"),
            ),
            Point(
                "hardened",
                "bounded",
                "culprits never share a ledger of three vendors and two requests, one after the "
                "other, if one party deviates",
                Accounts(
                    two_requests,
                    "transcript_injectivity",
                    culprits=1,
                    bounds=_IN_TURN,
                    is_large=True,
                ),
            ),
        ),
    ),
    Theorem(
        "T8",
        (
            Point(
                "hardened",
                "proved",
                "blocks that pass bring every request to its end",
                Ends(hardened),
            ),
        ),
    ),
    Theorem(
        "T9",
        (
            Point("hardened", "proved", "nothing is replayed", Holds(ledger, nothing_is_replayed)),
            Point(
                "hardened",
                "proved",
                "nobody collects a stake while a second output can be shown",
                Holds(hardened, h.stakes_outlast_complaints),
            ),
        ),
    ),
    Theorem(
        "T10",
        (
            Point(
                "hardened",
                "proved",
                "runs that differ in data and weights have one ledger",
                Conceals(hardened),
            ),
        ),
    ),
    Theorem(
        "T11",
        (
            Point(
                "hardened",
                "proved",
                "the threshold of a placement is the largest there is",
                Placed(6, 6, 2, 3, False),
            ),
        ),
    ),
    Theorem(
        "T12",
        (
            Point(
                "hardened",
                "proved",
                "nobody takes more than the share of what was earned",
                Holds(hardened, h.shares_are_not_exceeded),
            ),
        ),
    ),
    Theorem(
        "T13",
        (
            Point(
                "hardened",
                "proved",
                "beacon, request and public state alone draw executors",
                Holds(hardened, h.executors_are_drawn),
            ),
        ),
    ),
    Theorem(
        "T14",
        (
            Point(
                "hardened",
                "proved",
                "no version is active without every provider's signature",
                Holds(hardened, h.active_versions_are_signed),
            ),
        ),
    ),
)
