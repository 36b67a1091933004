"""Vectors replayed on a program, with as many requests under way as it bears.

What is sent after a step that comes out otherwise says nothing, and is not judged; the next run
begins anew. A program that does what is no answer is started again for the next.
"""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Generic, TypeVar

import attrs

from checkers.conform.program import Faulty
from checkers.conform.vectors import Taken, Vector, Vectors
from checkers.conform.wire import Hello, Session
from checkers.conform.written import Json, numbered, text
from checkers.host.telling import Tell, silent

S = TypeVar("S")

_STATE = text({"do": "state"})
_MANY = 2**12  # different steps, of which how they are written is remembered
_ENOUGH = 20
"""Faults of a program, after which no more vectors are tried."""


@attrs.frozen
class Otherwise:
    """A vector that came out otherwise.

    Attributes:
        vector: which.
        step: its first step that did, by its place; all steps before are as they must be.
        wanted, said: what must be answered there, and what was.
    """

    vector: Vector
    step: int
    wanted: str
    said: str


@attrs.define
class Replayed:
    """What came of vectors.

    Attributes:
        steps: that were answered as they must be.
        pairs: each action with each outcome that came out as it must.
        left_out: by why, the vectors that were not tried.
        otherwise: those that came out otherwise.
        faults: what the program did instead of an answer.
    """

    steps: int = 0
    pairs: set[tuple[str, str | None]] = attrs.field(factory=set)
    left_out: Counter[str] = attrs.field(factory=Counter)
    otherwise: list[Otherwise] = attrs.field(factory=list)
    faults: list[Faulty] = attrs.field(factory=list)


@attrs.frozen
class _Request:
    """What is asked, and what is to be answered.

    Attributes:
        step: of the vector, by its place: the one that is asked for, or after which the state is.
        do: what is asked.
        asked: all that is asked, as it is written.
        said: the answer; of a state, what differs from the start.
        answer: how most programs write that; nothing where there are many ways.
    """

    step: int
    do: str
    asked: str
    said: Mapping[str, Json]
    answer: str = ""

    def is_answered(self, line: bytes, number: int) -> bool:
        """Whether a line is the answer as most write it: to see that costs less than to read it."""
        return bool(self.answer) and line == numbered(number, self.answer)


class Replayer(Generic[S]):
    """Replays vectors.

    Args:
        session: with the program.
        hello: what it says of itself.
        vectors: of its machine.
    """

    def __init__(self, session: Session[S], hello: Hello, vectors: Vectors) -> None:
        self.session = session
        self.hello = hello
        self.vectors = vectors
        self.found = Replayed()
        self._seen: set[tuple[str, str, tuple[Json, ...]]] = set()
        self._begun = {name: vectors.opening["start"][name] for name in hello.fields}

    def replay(self, progress: Tell = silent) -> Replayed:
        """Replay all vectors that the program supports."""
        todo = [vector for vector in self.vectors.vectors if self._supports(vector)]
        for number, vector in enumerate(todo):
            if len(self.found.faults) >= _ENOUGH:
                self.found.left_out["the program had failed too often"] += len(todo) - number
                break
            progress(f"{number:,} of {len(todo):,} vectors")
            try:
                self._replay(vector)
            except Faulty as fault:
                self.session.kill()
                self.found.faults.append(fault)
        return self.found

    def _supports(self, vector: Vector) -> bool:
        missing = {step.action for step in vector.steps} - {*self.hello.actions}
        if missing:
            self.found.left_out[f"no {', '.join(sorted(missing))}"] += 1
        elif vector.tag == "order" and not self.hello.order:
            self.found.left_out["the order of reasons is not kept"] += 1
        return not missing and (vector.tag != "order" or self.hello.order)

    def _replay(self, vector: Vector) -> None:
        """Replay a vector. Raises Faulty."""
        folder = str(self.session.folder())
        opening = {"folder": folder, "resume": False, **self.vectors.opening}
        begun = _Request(0, "open", text({"do": "open", **opening}), {})
        requests = iter([begun, *self._asked(vector)])
        waiting: deque[tuple[int, _Request]] = deque()
        otherwise = None
        while waiting or otherwise is None:
            room = self.hello.window - len(waiting) if otherwise is None else 0
            for request in islice(requests, room):
                waiting.append((self.session.post(request.asked), request))
            if not waiting:
                break
            answer = self.session.next()
            number, request = waiting.popleft()
            if not request.is_answered(answer, number):
                said = self.session.read(answer, number)
                if otherwise is None and not self._is_right(request, said):
                    otherwise = self._otherwise(vector, request, said)
                    self.found.otherwise.append(otherwise)
            if otherwise is None and request.do == "take":
                self._count(vector.steps[request.step])
        self.session.ask_for_nothing("close")

    def _count(self, step: Taken) -> None:
        self.found.steps += 1
        self.found.pairs.add((step.action, step.refused))

    def _asked(self, vector: Vector) -> Iterator[_Request]:
        """The steps; and the state after each whose like was not seen, and at the end."""
        before = ""
        for place, step in enumerate(vector.steps):
            said, answer = _outcome(step.refused)
            yield _Request(place, "take", _taking(step.action, step.args), said, answer)
            edge = before, step.action, step.args
            if edge not in self._seen or place == len(vector.steps) - 1:
                self._seen.add(edge)
                yield _Request(place, "state", _STATE, self.vectors.states[step.state])
            before = step.state

    def _is_right(self, request: _Request, said: Mapping[str, Json]) -> bool:
        if request.do != "state":
            return _is_same(said, request.said)
        shown = said.get("state")
        return (
            len(said) == 1
            and isinstance(shown, dict)
            and shown.keys() == self._begun.keys()
            and all(self._is_held(name, held, request.said) for name, held in shown.items())
        )

    def _is_held(self, name: str, held: Json, changed: Mapping[str, Json]) -> bool:
        """Whether a field is as it must be: a map may leave out what is as it was at the start."""
        begun = self._begun[name]
        wanted = changed.get(name, begun)
        if not isinstance(begun, list):
            return _is_same(held, wanted)
        table = _table(begun)
        return _table(held, table) == _table(changed.get(name, []), table)

    def _otherwise(self, vector: Vector, request: _Request, said: Mapping[str, Json]) -> Otherwise:
        wanted: Mapping[str, Json] = request.said
        if request.do == "state":
            shown = said.get("state")
            differ = {
                name: begun
                for name, begun in self._begun.items()
                if not isinstance(shown, dict)
                or name not in shown
                or not self._is_held(name, shown[name], wanted)
            }
            wanted = {name: wanted.get(name, begun) for name, begun in differ.items()}
            said = {n: shown.get(n) for n in differ} if isinstance(shown, dict) else said
        return Otherwise(vector, request.step, text(wanted), text(said))


@lru_cache(_MANY)
def _taking(action: str, args: tuple[Json, ...]) -> str:
    """How a step is asked for."""
    return text({"do": "take", "action": action, "args": args})


@lru_cache(_MANY)
def _outcome(refused: str | None) -> tuple[Mapping[str, Json], str]:
    """What a step must be answered, and how most programs write that."""
    said = {"accepted": True} if refused is None else {"refused": refused}
    return said, text(said)


def _is_same(one: Json, other: Json) -> bool:
    """Whether two values are the same in JSON: for Python, 1 is true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _table(entries: Json, begun: Mapping[str, str] | None = None) -> dict[str, str] | None:
    """A map as text, without what is as it was at the start; None for what is no map."""
    try:
        found = {json.dumps(key): json.dumps(value) for key, value in entries}
    except (TypeError, ValueError):
        return None
    if len(found) != len(entries):
        return None
    return {key: value for key, value in found.items() if not begun or begun.get(key) != value}
