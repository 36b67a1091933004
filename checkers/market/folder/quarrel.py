"""What came of a dispute in a hardened market: who won, and what that shows."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from checkers.market.folder.kept import Report
from checkers.market.folder.names import Names
from checkers.market.folder.story import story, told
from checkers.results.page import Block, Line
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.transaction import Transaction

QUARREL = (Phase.DISPUTED, Phase.NARROWED, Phase.OPENED)
"""Where a request stands while it is disputed."""

_CONVICTS: Mapping[str, str] = {
    "uphold": "what it showed does not follow from what came before",
    "refuse_to_open": "it did not open the step in time",
    "complain": "it did not tell its opponent what went into the step, and its salts",
}
_STANDS: Mapping[str, str] = {
    "dismiss": "what was left of it follows from what came before",
    "concede": "its opponent did not answer in time",
}
"""What a step comes to that was disputed, and why, by the transaction that decides it."""
_DECIDES = {*_CONVICTS, *_STANDS}


@attrs.frozen
class Dispute:
    """A step that somebody doubts.

    Attributes:
        made: the request.
        step: which step of it.
        by: who doubts it.
        party: its identity on the ledger.
    """

    made: Request
    step: int
    by: str
    party: bytes

    def verdict(self, said: Sequence[Transaction]) -> str | None:
        """By which transaction it was decided, of all on the ledger; None if it was not."""
        about = iter(each for each in said if each.body.get("request") == self.made.id)
        doubt = ("dispute", self.party, self.step)
        if any((each.kind, each.author, each.body.get("step")) == doubt for each in about):
            return next((each.kind for each in about if each.kind in _DECIDES), None)
        return None

    def report(self, said: Sequence[Transaction], names: Names, *, has_run: bool) -> Report:
        """What came of it.

        Args:
            said: all transactions of the ledger.
            names: of those who take part.
            has_run: whether who doubts could answer from a run of its own.
        """
        events, verdict = story(said, names, self.made), self.verdict(said)
        executor = names.of(self.made.executors.get(self.step, b""))
        is_upheld = verdict in _CONVICTS
        page: list[Block] = [told(events)]
        if verdict is None:
            end = f"step {self.step} was not judged: it is {self.made.phase.value}"
            page.append(Line(end, "undecided"))
        elif is_upheld:
            why = _CONVICTS[verdict]
            page.append(
                Line(f"{self.by} wins: {executor} is convicted of step {self.step}, since {why}")
            )
        else:
            page += self._lost(executor, _STANDS[verdict], has_run=has_run)
        json = {
            "request": self.made.id.hex(),
            "step": self.step,
            "by": self.by,
            "executor": executor,
            "verdict": verdict,
            "upheld": is_upheld,
            "story": [attrs.asdict(event) for event in events],
        }
        return Report(page, json, "" if verdict else "undecided")

    def _lost(self, executor: str, why: str, *, has_run: bool) -> Iterator[Line]:
        tolls = 2 * self.made.terms.toll
        yield Line(
            f"{executor} wins: step {self.step} stands, since {why}; {self.by} loses its tolls of "
            f"{tolls}"
        )
        if not has_run:
            yield Line(
                f"that does not show that the step is right: {self.by} had no run of its own to "
                f"answer from, and agreed to all that {executor} said; the provider has all "
                "components (--as provider)"
            )
