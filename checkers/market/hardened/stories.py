"""Stories of the hardened market: what can happen in it, one thing each."""

from collections.abc import Sequence

import attrs

from checkers.lockstep.stories import Rehearsal, Story
from checkers.market.hardened.agreed import (
    AUDITING,
    AUDITING_FIRST,
    CONSUMER,
    FIRST,
    JOINT,
    MINUS_ONE,
    OFFERED,
    ONE,
    PROVIDER,
    QUIET,
    SECOND,
    SINGLE,
    VERSIONS,
)
from checkers.market.hardened.driver import HARDENED, HARDENED_AT_WORK
from impl.hardened.charter import SHORTEST
from spec.hardened.machine import ready
from spec.hardened.state import Market
from spec.notation import Machine

TICK: Story = [("tick",)]
LATE: Story = [*TICK] * SHORTEST
LATER: Story = [*LATE, *TICK]
"""A short window is over, and a longer one."""
HONEST = (True, True)


def halvings(*moves: tuple[bool, bool]) -> Story:
    """What the executor says of each middle leads there or not, and its opponent had the same."""
    return [
        taken
        for first, same in moves
        for taken in (("narrow", 0, first, True), ("answer", 0, same))
    ]


def quarrel(opponent: bytes, *moves: tuple[bool, bool]) -> Story:
    """The second step is disputed, and one row of it opened."""
    return [("dispute", opponent, 0, 1), *halvings(*moves), ("open_row", 0)]


UNTOLD: Story = [("dispute", PROVIDER, 0, 1), ("narrow", 0, True, False)]
"""The second step is disputed by one of its holders, and that is not told what went into it."""
MADE: Story = [("request", CONSUMER, 0, JOINT, ONE)]
ROUTED: Story = [*MADE, ("route", 0, QUIET)]
WORKING: Story = [*ROUTED, ("assign", 0, FIRST)]
HALF: Story = [*WORKING, ("hop", 0), ("record", FIRST, 0, MINUS_ONE), ("assign", 0, FIRST)]
DONE: Story = [*HALF, ("record", FIRST, 0, MINUS_ONE)]
WRONG: Story = [*HALF, ("record", FIRST, 0, ONE)]
DISCLOSED: Story = [*DONE, ("dispute", CONSUMER, 0, 0), ("open_step", 0), ("dismiss", 0)]
LOTS: Story = [("draw_lots", 0, QUIET)]
OTHER_LOTS: Story = [*DONE, ("draw_lots", 0, AUDITING)]
SETTLED: Story = [*DONE, ("hop", 0), *LOTS, *LATE, ("settle", 0)]
DISMISSED: Story = [("dismiss", 0), *LATE, ("settle", 0)]
PAID: Story = [("collect", 0, 0), ("collect", 0, 1), ("collect_share", PROVIDER, JOINT)]
AWAITED: Story = [
    *MADE,
    ("route", 0, AUDITING),
    ("assign", 0, SECOND),
    ("record", SECOND, 0, MINUS_ONE),
]
LAST_AWAITED: Story = [*AWAITED, ("assign", 0, PROVIDER)]
AUDITED: Story = [
    *LAST_AWAITED,
    ("record", PROVIDER, 0, MINUS_ONE),
    ("draw_lots", 0, AUDITING),
]
DEMANDED: Story = [*WORKING, ("demand", FIRST, 0)]
SILENT: Story = [
    *DEMANDED,
    ("publish", 0, True),
    *LATE,
    ("replace", 0),
    ("assign", 0, SECOND),
]
REJECTED: Story = [("reject", CONSUMER, SINGLE, 0)]
PROPOSED: Story = [*REJECTED, ("propose", PROVIDER, SINGLE)]
SIGNED: Story = [("sign", PROVIDER, SINGLE), ("sign", FIRST, SINGLE)]
ALONE: Story = [
    *SIGNED,
    ("activate", SINGLE),
    ("request", CONSUMER, 0, SINGLE, ONE),
    ("route", 0, QUIET),
    ("assign", 0, SECOND),
    ("demand", SECOND, 0),
]
STORIES: dict[str, Story] = {
    "settled": [
        *SETTLED,
        *LATER,
        *PAID,
        ("collect_share", FIRST, JOINT),
        ("withdraw", FIRST, 1),
    ],
    "neglected": [*DONE, *LATE, *LOTS, ("settle", 0)],
    "shared each time": [
        *SETTLED,
        ("collect_share", PROVIDER, JOINT),
        ("request", FIRST, 1, JOINT, ONE),
        ("route", 1, AUDITING),
        ("assign", 1, SECOND),
        ("record", SECOND, 1, MINUS_ONE),
        ("assign", 1, PROVIDER),
        ("record", PROVIDER, 1, MINUS_ONE),
        *LATE,
        ("settle", 1),
        *(2 * [("collect_share", PROVIDER, JOINT)]),
        ("collect_share", FIRST, JOINT),
    ],
    "disputed in the middle of the window": [
        *DONE,
        *TICK,
        ("dispute", CONSUMER, 0, 0),
        ("open_step", 0),
        ("dismiss", 0),
        *TICK,
        ("settle", 0),
    ],
    "audited": [*AUDITED, ("audit", 0, 1), ("open_step", 0), ("dismiss", 0), *LATE, ("settle", 0)],
    "convicted by an audit": [
        *LAST_AWAITED,
        ("record", PROVIDER, 0, ONE),
        ("draw_lots", 0, AUDITING),
        ("audit", 0, 1),
        ("open_step", 0),
        ("uphold", 0),
    ],
    "right": [*DONE, *LOTS, *quarrel(CONSUMER, HONEST, (True, False)), *DISMISSED],
    "wrong": [*WRONG, *quarrel(CONSUMER, HONEST, HONEST), ("uphold", 0)],
    "wrong at once": [*WRONG, *quarrel(CONSUMER, (False, False), HONEST), ("uphold", 0)],
    "right, and wrongly defended": [
        *DONE,
        *quarrel(CONSUMER, HONEST, (False, False)),
        ("uphold", 0),
    ],
    "disputed by a friend who loses": [
        *WRONG,
        *quarrel(PROVIDER, (True, False), HONEST),
        ("dismiss", 0),
        *quarrel(CONSUMER, HONEST, HONEST),
        ("uphold", 0),
    ],
    "conceded": [
        *DONE,
        ("dispute", PROVIDER, 0, 1),
        *halvings(HONEST),
        ("narrow", 0, True, True),
        *LATER,
        ("concede", 0),
        *LATE,
    ],
    "not narrowed down": [
        *DONE,
        ("dispute", PROVIDER, 0, 1),
        *halvings(HONEST),
        *LATER,
        ("refuse_to_open", 0),
    ],
    "not told": [*WRONG, *UNTOLD, ("complain", 0)],
    "not told, of what is right": [*DONE, *UNTOLD, ("complain", 0)],
    "not told, and shown late": [
        *WRONG,
        *UNTOLD,
        ("answer", 0, True),
        ("narrow", 0, True, True),
        ("complain", 0),
    ],
    "not told, and never shown": [
        *DONE,
        *UNTOLD,
        ("answer", 0, True),
        *halvings(HONEST),
        ("open_row", 0),
        *DISMISSED,
    ],
    "not told how it is salted": [
        *DONE,
        ("dispute", CONSUMER, 0, 1),
        ("narrow", 0, True, False),
        ("complain", 0),
    ],
    "audited, and not told": [
        *AUDITED,
        ("audit", 0, 1),
        ("narrow", 0, True, False),
        ("complain", 0),
    ],
    "audited by row": [
        *AUDITED,
        ("audit", 0, 1),
        *halvings(HONEST, HONEST),
        ("open_row", 0),
        *DISMISSED,
    ],
    "disclosed": [*DISCLOSED, *quarrel(CONSUMER, HONEST, HONEST)],
    "every coin spent on doubts": [
        *DISCLOSED,
        *quarrel(CONSUMER, HONEST, HONEST),
        *LATE,
        ("dismiss", 0),
    ],
    "one coin left for another doubt": [
        *DONE,
        ("demand", CONSUMER, 0),
        ("publish", 0, True),
        ("dispute", CONSUMER, 0, 0),
        ("open_step", 0),
        ("dismiss", 0),
    ],
    "disclosed, and disputed again": [*DISCLOSED, ("dispute", CONSUMER, 0, 1)],
    "disputed by everybody who can": [
        *DONE,
        *(
            taken
            for p in (PROVIDER, FIRST, CONSUMER)
            for taken in (("dispute", p, 0, 0), ("open_step", 0), ("dismiss", 0))
        ),
    ],
    "slowly narrowed down": [
        *DONE,
        ("dispute", PROVIDER, 0, 1),
        *TICK,
        ("narrow", 0, True, True),
        *TICK,
        ("answer", 0, True),
    ],
    "not answered yet": [*DONE, ("dispute", PROVIDER, 0, 1), ("narrow", 0, True, True)],
    "wrong, as a friend says": [*WRONG, *quarrel(PROVIDER, HONEST, HONEST), ("uphold", 0)],
    "audited by other lots": [
        *OTHER_LOTS,
        ("audit", 0, 1),
        ("open_step", 0),
        ("dismiss", 0),
        *LATE,
        ("settle", 0),
    ],
    "not audited by other lots": [*OTHER_LOTS, *LATE],
    "signed twice, and paid": [
        *DONE,
        *LOTS,
        ("equivocate", 0, 0, 0),
        *LATE,
        ("settle", 0),
        *LATER,
        ("collect", 0, 0),
    ],
    "second step exposed": [
        *DONE,
        ("equivocate", 0, 1, 0),
        *LOTS,
        *LATE,
        ("settle", 0),
        ("expose", 0, 1),
    ],
    "audited in vain": [*AUDITED, ("audit", 0, 1), ("open_step", 0), ("dismiss", 0)],
    "half narrowed down": [*WRONG, ("dispute", CONSUMER, 0, 1), *halvings(HONEST)],
    "not opened": [*WRONG, ("dispute", PROVIDER, 0, 1), *LATER, ("refuse_to_open", 0)],
    "replaced": [*WORKING, *LATE, ("replace", 0), ("assign", 0, SECOND), *LATE, ("give_up", 0)],
    "passed over": [
        *ROUTED,
        *LATER,
        ("pass_over", 0, FIRST),
        *LATER,
        ("abandon", 0, SECOND),
    ],
    "passed over at the second step": [
        *AWAITED,
        *LATER,
        ("pass_over", 0, PROVIDER),
        *LATER,
        ("abandon", 0, FIRST),
    ],
    "replaced at the second step": [
        *AWAITED,
        ("assign", 0, PROVIDER),
        *LATE,
        ("replace", 0),
        ("assign", 0, FIRST),
        *LATE,
        ("give_up", 0),
    ],
    "input withheld": [
        *DEMANDED,
        *LATER,
        ("withhold_input", 0),
        *LATER,
        ("collect", 0, 0),
    ],
    "bad input": [*DEMANDED, ("publish", 0, False), ("show_bad_input", 0)],
    "input published": [*DEMANDED, ("publish", 0, True), ("record", FIRST, 0, MINUS_ONE)],
    "input published twice": [
        *DEMANDED,
        ("publish", 0, False),
        *LATE,
        ("replace", 0),
        ("assign", 0, SECOND),
        ("demand", SECOND, 0),
        ("publish", 0, True),
    ],
    "silent again": [
        *SILENT,
        ("demand", SECOND, 0),
        ("publish", 0, True),
        *LATE,
        ("give_up", 0),
    ],
    "bad input taken": [
        *DEMANDED,
        ("publish", 0, False),
        ("record", FIRST, 0, MINUS_ONE),
        ("assign", 0, FIRST),
        ("demand", FIRST, 0),
        ("publish", 0, True),
    ],
    "bad input published, of good": [
        *WORKING,
        ("hop", 0),
        ("demand", FIRST, 0),
        ("publish", 0, False),
    ],
    "silent": SILENT,
    "asked for input": DEMANDED,
    "half": HALF,
    "withheld": [*HALF, ("demand", FIRST, 0), *LATER, ("withhold", 0)],
    "bad at the second step": [
        *AWAITED,
        ("assign", 0, PROVIDER),
        ("demand", PROVIDER, 0),
        ("publish", 0, False),
        ("show_bad", 0),
    ],
    "withheld at the second step": [
        *AWAITED,
        ("assign", 0, PROVIDER),
        ("demand", PROVIDER, 0),
        *LATER,
        ("withhold", 0),
    ],
    "withheld once more": [
        *DEMANDED,
        ("publish", 0, True),
        ("record", FIRST, 0, MINUS_ONE),
        ("assign", 0, FIRST),
        ("demand", FIRST, 0),
        *LATER,
        ("withhold", 0),
    ],
    "input withheld once more": [
        *SILENT,
        ("demand", SECOND, 0),
        *LATER,
        ("withhold_input", 0),
    ],
    "only input withheld": [*ALONE, *LATER, ("withhold_input", 0)],
    "only input bad": [*ALONE, ("publish", 0, False), ("show_bad_input", 0)],
    "output withheld": [*DONE, ("demand", CONSUMER, 0), *LATER, ("withhold", 0)],
    "bad": [*DONE, ("demand", CONSUMER, 0), ("publish", 0, False), ("show_bad", 0)],
    "bad data published": [*HALF, ("demand", FIRST, 0), ("publish", 0, False)],
    "bad output published": [*DONE, ("demand", CONSUMER, 0), ("publish", 0, False)],
    "bad, shown late": [
        *HALF,
        ("demand", FIRST, 0),
        ("publish", 0, False),
        *LATE,
        ("show_bad", 0),
    ],
    "bad, neglected": [
        *DONE,
        ("demand", CONSUMER, 0),
        ("publish", 0, False),
        *LOTS,
        *LATE,
        ("settle", 0),
    ],
    "lapsed": [*MADE, *LATE, ("lapse", 0)],
    "settled without lots": [*DONE, ("hop", 0), *LATE, ("settle", 0)],
    "exposed": [*DONE, *LOTS, ("equivocate", 0, 0, 0), *LATE, ("settle", 0), ("expose", 0, 0)],
    "exposed, and the key replaced": [
        *DONE,
        *LOTS,
        ("equivocate", 0, 0, 0),
        ("rotate", FIRST),
        *LATE,
        ("settle", 0),
        ("expose", 0, 0),
    ],
    "exposed by a newer key": [
        ("rotate", FIRST),
        *DONE,
        ("rotate", FIRST),
        ("equivocate", 0, 0, 2),
        *LOTS,
        *LATE,
        ("settle", 0),
        ("expose", 0, 0),
    ],
    "signed with a key that was replaced before": [
        ("rotate", FIRST),
        *DONE,
        *LOTS,
        ("forge", 0, 0, 0),
        *LATE,
        ("settle", 0),
    ],
    "forked": [("fork", SECOND), ("show_fork", SECOND), *MADE],
    "forked with a key that is replaced": [("fork", SECOND), ("rotate", SECOND)],
    "two": [*SETTLED, ("request", FIRST, 1, JOINT, MINUS_ONE), ("route", 1, AUDITING)],
    "whole bond": [("withdraw", PROVIDER, 7), *MADE],
    "too little bond": [("withdraw", PROVIDER, 8)],
    "whole stake": [("withdraw", FIRST, 7), *WORKING],
    "too little stake": [("withdraw", FIRST, 8), *ROUTED],
    "every coin": [("deposit", CONSUMER, 9)],
    "last coin": [("deposit", CONSUMER, 3), *DONE, ("demand", CONSUMER, 0)],
    "last coins in doubt": [("deposit", CONSUMER, 2), *DONE, ("dispute", CONSUMER, 0, 0)],
    "one coin is left to doubt": [("deposit", CONSUMER, 3), *DONE],
    "no coin": [("deposit", CONSUMER, 4), *DONE],
    "last stake": [
        *AWAITED,
        *SIGNED,
        ("activate", SINGLE),
        ("request", FIRST, 1, SINGLE, ONE),
    ],
    "last coins in doubt, and none for more": [
        ("deposit", FIRST, 6),
        ("request", FIRST, 0, JOINT, ONE),
        *DONE[1:],
        ("dispute", FIRST, 0, 0),
        ("open_step", 0),
        ("dismiss", 0),
    ],
    "no holder yet": [*ROUTED, *LATER],
    "no holder of the second step yet": [*AWAITED, *LATER],
    "last holder": [*ROUTED, *LATER, ("pass_over", 0, FIRST), *LATER],
    "late": [*WORKING, *LATE],
    "late again": [*WORKING, *LATE, ("replace", 0), ("assign", 0, SECOND), *LATE],
    "delivered": [
        *DONE,
        ("demand", CONSUMER, 0),
        ("publish", 0, True),
        *LATE,
        *LOTS,
        ("settle", 0),
    ],
    "in the window": DONE,
    "lots not drawn": [*DONE, *LATE],
    "not audited": [*AUDITED, *LATE],
    "first step not audited": [
        *MADE,
        ("route", 0, AUDITING_FIRST),
        *(2 * [("assign", 0, FIRST), ("record", FIRST, 0, MINUS_ONE)]),
        ("draw_lots", 0, AUDITING_FIRST),
        *LATE,
    ],
    "rejected": REJECTED,
    "acknowledged anew": [*PROPOSED, ("acknowledge", SECOND, SINGLE, 0), *SIGNED],
    "not signed": SIGNED[:1],
    "next version": [
        *REJECTED,
        ("propose", PROVIDER, SINGLE),
        ("acknowledge", SECOND, SINGLE, 0),
        ("acknowledge", CONSUMER, SINGLE, 0),
        *SIGNED,
        ("activate", SINGLE),
        ("retire", PROVIDER, JOINT),
        ("deposit", FIRST, 2),
        ("request", CONSUMER, 0, SINGLE, MINUS_ONE),
        ("route", 0, QUIET),
    ],
}
"""What can happen in a market at work, one thing each."""
HANDED: Story = [
    ("propose", PROVIDER, SINGLE),
    ("hand_over", SINGLE, 0, SECOND, VERSIONS[SINGLE].parts[0]),
    ("acknowledge", SECOND, SINGLE, 0),
]
BEGINNINGS: dict[str, Story] = {
    "proposed": HANDED[:1],
    "handed over": HANDED,
    "another component": [
        *HANDED,
        ("hand_over", SINGLE, 0, CONSUMER, VERSIONS[JOINT].parts[1]),
        *SIGNED,
        ("acknowledge", CONSUMER, SINGLE, 0),
        ("activate", SINGLE),
        ("deposit", PROVIDER, 4),
        ("request", FIRST, 0, SINGLE, ONE),
    ],
    "joint": [
        ("propose", PROVIDER, JOINT),
        ("hand_over", JOINT, 1, PROVIDER, VERSIONS[JOINT].parts[1]),
        ("acknowledge", PROVIDER, JOINT, 1),
    ],
    "joint, and rejected": [("propose", PROVIDER, JOINT), ("reject", SECOND, JOINT, 1)],
}
"""What can happen before, from an empty ledger on."""


def superseded(story: Story) -> Story:
    """The same with a request that is made for a version of which there is soon a newer one."""
    return [*story[:1], *SIGNED, ("activate", SINGLE), *story[1:]]


SUPERSEDED: dict[str, Story] = {
    f"{name}, superseded": superseded(story)
    for name, story in STORIES.items()
    if story[: len(MADE)] == MADE
}
"""What comes of a request while a newer version is on the market."""


FUNDED: Story = [
    ("deposit", PROVIDER, 11),
    ("deposit", FIRST, 12),
    ("deposit", SECOND, 12),
]
"""Bonds, which leave money to pay with."""
FROM_NOTHING: Sequence[Story] = [
    *BEGINNINGS.values(),
    *([*OFFERED, *FUNDED, *story] for story in STORIES.values()),
]
"""What can happen, from an empty ledger on; some go on only as long as the money lasts."""


def whole(machine: Machine[Market]) -> Machine[Market]:
    """The protocol from a market at work on, in which everything can happen."""
    return attrs.evolve(machine, name=f"{machine.name}_whole", init=ready)


REHEARSALS: Sequence[Rehearsal[Market]] = (
    Rehearsal(HARDENED, BEGINNINGS),
    Rehearsal(HARDENED_AT_WORK, STORIES, SUPERSEDED, whole),
)
"""All stories, told beside the reference implementation."""
