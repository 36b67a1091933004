"""Whoever checks a step in the hardened marketplace, and does not do that as it should."""

from collections.abc import Iterator
from pathlib import Path

import attrs

from adversaries.deviating.hardened.consumers import FrivolousConsumer
from adversaries.deviating.hardened.play import play
from adversaries.script import Facts
from adversaries.victim import parts
from impl.hardened.parties.acts import Act, Submit
from impl.hardened.parties.vendor import Vendor
from impl.hardened.records import Request
from impl.quarrel.blocks import NUMBER
from impl.quarrel.outline import parameters
from impl.quarrel.step import Witness


@attrs.define
class AccusingVendor(Vendor):
    """Says of whatever it is drawn to check that its own run is another."""

    def oppose(self, made: Request) -> Iterator[Act]:
        for act in super().oppose(made):
            yield _answering(act, same=False)


@attrs.define
class SiphoningConsumer(FrivolousConsumer):
    """Disputes every step, and answers so that each quarrel shows another operation."""

    def oppose(self, made: Request) -> Iterator[Act]:
        for act in super().oppose(made):
            yield _answering(act, same=self.around.randomness(1) < b"\x80")


def siphon(folder: Path, requests: int = 2) -> Facts:
    """A consumer disputes every step, and its friend keeps what the ledger shows of components."""
    facts = play(folder, {"consumer": SiphoningConsumer}, requests)
    witnesses = [each.body["witness"] for each in facts.passed.said if each.kind == "open_row"]
    # Past the end of a run nothing is shown.
    steps = [Witness.parse(each).step for each in witnesses if isinstance(each, bytes) and each]
    blocks = {(block.salt, block.numbers) for step in steps if step for block in step.read}
    shown = sum(len(numbers) // NUMBER for _, numbers in blocks)
    numbers = sum(parameters(part).size for part in parts())
    return attrs.evolve(
        facts,
        deviated=["consumer"],
        harmed=facts.harmed or shown >= numbers,
        lines=[
            *facts.lines,
            f"{len(witnesses)} disputes show {shown} of the model's {numbers} numbers at most",
        ],
        figures={**facts.figures, "disputes": len(witnesses), "shown": shown, "numbers": numbers},
    )


def _answering(act: Act, *, same: bool) -> Act:
    """An act; if it is an answer in a quarrel, another one."""
    if isinstance(act, Submit) and act.kind == "answer":
        return attrs.evolve(act, body={**act.body, "same": same})
    return act
