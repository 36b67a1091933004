"""What came of what consumers have asked a hardened market for."""

from collections.abc import Sequence

import attrs

from checkers.market.folder.faces import published
from checkers.market.folder.kept import Answered
from checkers.market.folder.names import short
from checkers.market.folder.questions import Answer
from checkers.market.folder.standing import Standing
from checkers.market.folder.story import Event, story, told
from checkers.results.page import Block, Line, Mark
from impl.hardened.parties.consumer import Consumer
from impl.hardened.records import Request
from impl.ledger.transaction import Transaction
from impl.models.face import Face

_LATER = ("collect", "expose")
"""What is said of a request after all has come of it that its consumer waits for."""


@attrs.frozen
class Asked:
    """A request, as whoever asked for it thinks of it.

    Attributes:
        told: what was asked, in their words.
        request: its identifier.
        right: what the sample that was asked about is labelled as, if it was one.
        is_resumed: whether an earlier command has asked for it, and did not come to its end.
    """

    told: str
    request: bytes
    right: int | None = None
    is_resumed: bool = False


@attrs.frozen
class Outcomes:
    """What came of requests.

    Attributes:
        standing: how things stand.
        said: all transactions of the ledger.
    """

    standing: Standing
    said: Sequence[Transaction]

    def of(self, consumer: Consumer, asked: Asked) -> Answered:
        """What came of a request of a consumer's, and how."""
        made = self.standing.market.contract.requests.get(asked.request)
        name = f"{asked.told}, asked before" if asked.is_resumed else asked.told
        json: dict[str, object] = {
            "asked": asked.told,
            "request": asked.request.hex(),
            "resumed": asked.is_resumed,
        }
        if made is None:
            end = "not made yet, for want of money to spare, or of a bond that guarantees it"
            brief = (name, short(asked.request), "", end)
            return Answered([Line(f"{name}: {end}", "undecided")], json, "undecided", brief=brief)
        events, output = story(self.said, self.standing.names, made), consumer.output(made.id)
        answer = None if output is None else Answer.of(output, self._face(made), asked.right)
        mark, end = self._came_to(made, answer, events)
        page: list[Block] = [
            Line(f"request {short(made.id)}: {name}"),
            told(events),
            *([] if answer is None else [Line(str(answer))]),
            Line(end, mark),
        ]
        json |= {
            "phase": made.phase.value,
            "paid": made.terms.price - made.refunded,
            **({} if answer is None else answer.json()),
            "story": [attrs.asdict(event) for event in events],
        }
        return Answered(page, json, mark, brief=(name, short(made.id), str(answer or ""), end))

    def _face(self, made: Request) -> Face:
        """What is seen of the model that was asked. Raises MachineError."""
        return published(self.standing.market.folder, made.terms.face, made.terms.face)

    def _came_to(
        self, made: Request, answer: Answer | None, events: Sequence[Event]
    ) -> tuple[Mark, str]:
        """What a request came to, in money and time."""
        price, due = made.terms.price, self.standing.due(made)
        if made.refunded:
            what = "no output" if answer is None else "not what was asked for"
            why = next(e.said for e in reversed(events) if e.kind not in _LATER)
            return "against", f"{what}: {made.refunded} of {price} back; {why}"
        if answer is None and made.is_over:
            return "against", f"no output: nothing of {price} back; {events[-1].said}"
        if answer is None:
            return "undecided", due
        return "", f"paid {price}; {f'it is {made.phase.value}' if made.is_over else due}"
