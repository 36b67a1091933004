"""What the ledger has of a request, block by block, in words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import attrs

from checkers.market.folder.names import Names
from checkers.results.page import Table
from impl.hardened.records import Request
from impl.hardened.statement import Statement
from impl.ledger.transaction import Transaction
from impl.quarrel.step import Witness


@attrs.frozen
class Event:
    """Something that was said on the ledger.

    Attributes:
        block: how many blocks had passed.
        by: who said it.
        kind: of the transaction, of several the last.
        said: what it comes to.
    """

    block: int
    by: str
    kind: str
    said: str


def story(said: Iterable[Transaction], names: Names, made: Request) -> list[Event]:
    """All that a ledger has of a request, in order; moves of one quarrel are one event.

    Args:
        said: all transactions of the ledger.
        names: of those who have said them.
        made: the request.
    """
    return list(_together(_Telling(names, made).all(said)))


def told(events: Sequence[Event]) -> Table:
    """The events, a row for each."""
    rows = [(str(event.block), event.by, event.said) for event in events]
    return Table.of(("block", "by", "what is said on the ledger"), rows)


_MOVES = ("narrow", "answer")


@attrs.define
class _Telling:
    """Tells what is said of a request, and follows whose turn it is meanwhile.

    Attributes:
        step: the step that is to be recorded next.
        executor: who has put up its stake last.
        disputed: the step that was doubted last.
        tolls: what was paid for that; an audit costs nothing.
        low, high: between which states of its run the quarrel is.
        rows: of what went into the step.
    """

    names: Names
    made: Request
    step: int = 0
    executor: bytes = b""
    disputed: int = 0
    tolls: int = 0
    low: int = 0
    high: int = 0
    rows: int = 0

    def all(self, said: Iterable[Transaction]) -> Iterator[Event]:
        """Each transaction about the request, and what it comes to."""
        block = 0
        for each in said:
            block += each.kind == "tick"
            if each.body.get("request") == self.made.id:
                yield Event(block, self.names.of(each.author), each.kind, self._said(each))

    def _said(self, each: Transaction) -> str:
        made, terms, body = self.made, self.made.terms, each.body
        match body:
            case {"statement": bytes(stated)} if stated:
                self.rows, _ = Statement.parse(stated).input.shape or (0, 0)
        match each.kind, body:
            case "request", _:
                return f"pays {terms.price} for a request, and commits to the input"
            case "assign", _:
                self.executor = each.author
                return f"is drawn for step {self.step}, and puts up {terms.stake}"
            case "record", {"step": int(step)}:
                self.step += 1
                return f"commits to the output of step {step}, for {terms.wage(step)}"
            case "dispute", {"step": int(step)}:
                self._doubt(step, 2 * terms.toll)
                return f"disputes step {step}, for {2 * terms.toll}"
            case "audit", {"step": int(step)}:
                self._doubt(step, 0)
                return f"has step {step} checked, which chance drew for an audit"
            case "answer", {"same": bool(same)}:
                middle = (self.low + self.high) // 2
                self.low, self.high = (middle, self.high) if same else (self.low, middle)
                return "says whether its own run was there"
            case "open_row", {"witness": bytes(witness)}:
                return f"shows what is left, {operation(witness, self.low, self.rows)}"
            case (("uphold" | "refuse_to_open" | "complain"), _):
                return (
                    f"step {self.disputed} {_FAULTS[each.kind]}: "
                    f"{self.names.of(made.executors[self.disputed])} is convicted, "
                    f"and the consumer gets {terms.price} back"
                )
            case (("dismiss" | "concede"), _):
                lost = f", and who disputed it loses {self.tolls}" if self.tolls else ""
                return f"step {self.disputed} stands{lost}"
            case (("replace" | "give_up"), _):
                return f"{self.names.of(self.executor)} recorded nothing in time, and is convicted"
            case "settle", _:
                return f"nobody complained in time: {terms.costs[-1]} are left for the provider"
        told = _WORDS.get(each.kind)
        return told(self) if told else each.kind.replace("_", " ")

    def _doubt(self, step: int, tolls: int) -> None:
        self.tolls = tolls
        self.disputed, self.low, self.high = step, 0, 1 << self.made.terms.rounds[step]


_FAULTS = {
    "uphold": "is wrong",
    "refuse_to_open": "was not opened in time",
    "complain": "could not be followed by its opponent, who was not told its input or salts",
}
_WORDS: Mapping[str, Callable[[_Telling], str]] = {
    "route": lambda t: "announces what the executors are drawn by",
    "lapse": lambda t: "the beacon was silent: the consumer gets its money back",
    "pass_over": lambda t: f"who was drawn for step {t.step} put up no stake: the next is drawn",
    "abandon": lambda t: f"nobody is left for step {t.step}: the consumer gets its money back",
    "draw_lots": lambda t: "announces what audits are drawn by",
    "demand": lambda t: f"demands the data, for {t.made.terms.toll}",
    "publish": lambda t: "publishes the data, sealed for who demanded it",
    "withhold": lambda t: "the data was not published in time: its sender is convicted",
    "withhold_input": lambda t: "the input was not published in time: the consumer is convicted",
    "show_bad": lambda t: "what was published is not the data: its sender is convicted",
    "show_bad_input": lambda t: "what was published is not the input: the consumer is convicted",
    "narrow": lambda t: "says what was in the middle of the run",
    "open_step": lambda t: "shows the whole step, which is run again",
    "collect": lambda t: "collects stake and wage",
    "expose": lambda t: "shows a second output that an executor signed: it is convicted",
}


def _together(events: Iterator[Event]) -> Iterator[Event]:
    """Events, the moves of one quarrel together."""
    moves: list[Event] = []
    for event in events:
        if event.kind in _MOVES:
            moves.append(event)
            continue
        yield from _halved(moves)
        moves = []
        yield event
    yield from _halved(moves)


def _halved(moves: Sequence[Event]) -> Iterator[Event]:
    """The moves of a quarrel in one event, if there are any."""
    if moves:
        both = dict.fromkeys(move.by for move in moves)
        rounds = len(moves[::2])
        last = moves[-1]
        yield Event(last.block, " and ".join(both), last.kind, f"halve the run {rounds} times")


def operation(witness: bytes, position: int, rows: int) -> str:
    """The operation that a witness shows, after so many others of a run of so many rows."""
    if not witness:
        return "which is nothing: both have the same run up to its end"
    step = Witness.parse(witness).step
    if step is None:
        return "which is nothing: what went in is not what the component takes"
    plan, program = step.outline.plan, step.outline.program
    place = plan.place(position, rows)
    number = f"operation {position + 1:,} of {plan.steps(rows):,}"
    read = " and ".join(map(str, step.numbers(place, rows)))
    if place.node is None:
        return f"{number}, which checks that the component takes {read}"
    node = f"{number}, in node {place.node}, {program.nodes[place.node].operator.name}"
    if place.turn is None:
        return f"{node}, which is complete there"
    column = place.number % plan.widths[place.node + 1]
    return f"{node}, column {column}: {step.accumulator} so far, and reads {read}"
