"""What an audit found of a ledger."""

from collections.abc import Iterator, Mapping, Sequence

import attrs

from checkers.market.audit.due import Due
from checkers.market.audit.known import written
from checkers.market.audit.opened import Opened
from checkers.market.audit.recorded import Recorded
from checkers.market.audit.retelling import Conviction, Departure
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from spec.notation.errors import an
from spec.notation.sorts import Value

_SHOWN = 20  # rows of a table


@attrs.frozen
class Candidate:
    """Who may have caused what should not be.

    Attributes:
        who: by a key; None for who has none.
        because: of what.
    """

    who: bytes | None
    because: str


@attrs.frozen
class Audit(Result):
    """What a ledger comes to.

    Attributes:
        ledger: what was asked about, as it was given.
        variant: of which protocol it is.
        recorded: what it has on record.
        departure: where it leaves the specification; None if it is a behaviour of it.
        checkpoint: in what way its node's last checkpoint is not what its transactions come to;
            None if it is, or if there is none, or anything else is wrong.
        lacking: in what way it lacks a block that is known; None if it has it, or none is.
        passed_over: what parties keep as its blocks, and its node has not signed, in a line each.
        candidates: who may have caused either, or damage.
        convictions: who is convicted, before any departure.
        opened: the steps of which somebody has shown what went in.
        open: what is still to be done at the end, if there is no departure and no damage.
        money: what can be collected, likewise.
        rules: what each kind of transaction that matters here is, in the specification's words.
        names: what parties are called, by their keys.
    """

    ledger: str
    variant: str
    recorded: Recorded
    departure: Departure | None
    checkpoint: str | None
    lacking: str | None
    passed_over: Sequence[str]
    candidates: Sequence[Candidate]
    convictions: Sequence[Conviction]
    opened: Sequence[Opened]
    open: Sequence[Due]
    money: Sequence[Due]
    rules: Mapping[str, str]
    names: Mapping[bytes, str]

    @property
    def asked(self) -> str:
        return f"audit {self.ledger}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        found = {"behaviour": self._behaviour}
        if self.recorded.damage is not None:
            said = f"after that, it is not as its node has signed it: {self.recorded.damage}"
            found["file"] = Verdict("refuted", said, "against")
        if self.checkpoint is not None:
            found["checkpoint"] = Verdict("refuted", self.checkpoint, "against")
        if self.lacking is not None:
            found["known_block"] = Verdict("refuted", self.lacking, "against")
        for step in self.opened:
            found[f"step {step.step} of {step.request.hex()}"] = self._step(step)
        return found

    @property
    def _behaviour(self) -> Verdict:
        departure = self.departure
        if departure is None:
            return Verdict("reached", "it is a behaviour of the specification")
        where = f"at transaction {departure.position:,}, {self._told(departure.position)}"
        if not departure.is_certain:
            said = f"undecided {where}: {departure.problem}, unless a record before is another's"
            return Verdict("undecided", said, "undecided")
        said = f"it departs from the specification {where}: {departure.problem}"
        return Verdict("refuted", said, "against")

    def _step(self, opened: Opened) -> Verdict:
        said = f"request {_about(opened.request)}, step {opened.step}"
        recorded = f"what {self._name(opened.executor)} has recorded is"
        match opened.is_right:
            case None:
                undecided = f"undecided: {said}: nobody has shown its component"
                return Verdict("undecided", undecided, "undecided")
            case True:
                return Verdict("reached", f"{said}: {recorded} right")
        return Verdict("refuted", f"{said}: {recorded} wrong", "against")

    @property
    def failed(self) -> bool:
        return any(verdict.mark == "against" for verdict in self.verdicts.values())

    @property
    def undecided(self) -> bool:
        return any(verdict.mark == "undecided" for verdict in self.verdicts.values())

    def page(self) -> Iterator[Block]:
        yield Line(f"{self.ledger}: {an(self.variant)} ledger, {self._measured}")
        for verdict in self.verdicts.values():
            yield verdict.line
        if self.departure and (rule := self.rules.get(self.departure.action)):
            yield Line(f"{self.departure.action}: {rule}")
        yield from map(Line, self.passed_over)
        if self.candidates:
            yield Line("")
            rows = ((self._name(found.who), found.because) for found in self.candidates)
            yield Table.of(("may have caused it", "because"), rows)
        yield from self._judged()
        if self.departure is None:
            yield from self._dues(("still open", "who", "is to", "when"), self.open)
            yield from self._dues(("to collect from", "who", "how much", "when"), self.money)

    @property
    def _measured(self) -> str:
        count = len(self.recorded.said)
        last = self.recorded.last
        if last is None:
            return counted(count, "transaction")
        head = last.block.digest.hex()
        blocks = f"{counted(last.block.height, 'signed block')}, of which the last is {head}"
        return f"{counted(count, 'transaction')} in {blocks}"

    def _judged(self) -> Iterator[Block]:
        if not self.convictions:
            yield Line("nobody is convicted" + (" before that" if self.departure else ""))
        for found in self.convictions:
            positions = [*found.evidence, found.position]
            yield Listing(
                f"{self._name(found.party)} is convicted",
                (
                    f"  {found.rule}: {self.rules[found.rule]}",
                    *(f"  {at:6,}  {self._told(at)}" for at in positions),
                ),
            )

    def _dues(self, columns: tuple[str, ...], dues: Sequence[Due]) -> Iterator[Block]:
        if dues:
            yield Line("")
            rows = (
                (_about(due.about), self._name(due.who, "anybody"), due.what, due.when)
                for due in dues[:_SHOWN]
            )
            yield Table.of(columns, rows)
        if len(dues) > _SHOWN:
            yield Line(f"and {len(dues) - _SHOWN:,} more, which --json lists")

    def _name(self, key: bytes | None, nobody: str = "somebody") -> str:
        return nobody if key is None else self.names.get(key, key.hex()[:8])

    def _told(self, position: int) -> str:
        """A transaction in a few words: `demand by vendor1`."""
        if position >= len(self.recorded.said):
            return "which no ledger admits"
        said = self.recorded.said[position]
        return f"{said.kind} by {self._name(said.author)}"

    def json(self) -> dict[str, object]:
        last = self.recorded.last
        return {
            "ledger": self.ledger,
            "variant": self.variant,
            "identity": self.recorded.genesis.identity.hex(),
            "transactions": len(self.recorded.said),
            "head": written(last) if last else None,
            "behaves": self.departure is None,
            "departure": self._departure_json(),
            "damage": self.recorded.damage,
            "checkpoint": self.checkpoint,
            "lacking": self.lacking,
            "passed_over": list(self.passed_over),
            "candidates": [
                {**self._party_json(found.who), "because": found.because}
                for found in self.candidates
            ],
            "convictions": [
                {
                    **self._party_json(found.party),
                    "position": found.position,
                    "rule": found.rule,
                    "says": self.rules[found.rule],
                    "evidence": list(found.evidence),
                }
                for found in self.convictions
            ],
            "opened": [
                {
                    "request": found.request.hex(),
                    "step": found.step,
                    **self._party_json(found.executor),
                    "right": found.is_right,
                }
                for found in self.opened
            ],
            "open": [self._due_json(due) for due in self.open],
            "collectable": [self._due_json(due) for due in self.money],
        }

    def _departure_json(self) -> dict[str, object] | None:
        found = self.departure
        if found is None:
            return None
        return {
            "position": found.position,
            "action": found.action,
            "problem": found.problem,
            "why": found.why,
            "refused_by_contract": found.is_refused,
            "certain": found.is_certain,
        }

    def _due_json(self, due: Due) -> dict[str, object]:
        about = due.about.hex() if isinstance(due.about, bytes) else due.about
        return {
            "about": about,
            **self._party_json(due.who),
            "what": due.what,
            "when": due.when,
        }

    def _party_json(self, key: bytes | None) -> dict[str, object]:
        """A party by its name, and by its key; both None where it is anybody, or no party."""
        return {"party": self._name(key) if key else None, "key": key.hex() if key else None}


def _about(what: Value) -> str:
    return what.hex()[:8] if isinstance(what, bytes) else f"request {what}"
