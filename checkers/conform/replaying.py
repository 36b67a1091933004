"""Vectors replayed on a program, with as many requests under way as it bears.

What is sent after a step that comes out otherwise says nothing, and is not judged; the next run
begins anew. A program that does what is no answer is started again for the next.
"""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Generic, Literal, TypeVar

import attrs

from checkers.conform.program import Faulty
from checkers.conform.vectors import Pair, Vector, Vectors, steps_of
from checkers.conform.wire import Hello, Session
from checkers.conform.written import Json, is_same, numbered, text
from checkers.host.telling import Tell, silent
from checkers.lockstep.run import Lockstep

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
        do: what came out otherwise: the step, or the state after it.
        wanted, said: what must be answered there, and what was; of a state, where it differs.
    """

    vector: Vector
    step: int
    do: Literal["take", "state"]
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
        faults: what the program did instead of an answer; last what more patience might mend.
    """

    steps: int = 0
    pairs: set[Pair] = attrs.field(factory=set)
    left_out: Counter[str] = attrs.field(factory=Counter)
    otherwise: list[Otherwise] = attrs.field(factory=list)
    faults: list[Faulty] = attrs.field(factory=list)


@attrs.frozen
class _Request:
    """What is asked, and what is to be answered.

    Attributes:
        step: of the vector, by its place: the one that is asked for, or after which the state is.
        do: what is asked.
        told: the same in words, with what it is about.
        asked: all that is asked, as it is written.
        said: the answer; of a state, what differs from the start.
        answer: how most programs write that; nothing where there are many ways.
    """

    step: int
    do: Literal["open", "take", "state"]
    told: str
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
        lockstep: of the two.
    """

    def __init__(
        self, session: Session[S], hello: Hello, vectors: Vectors, lockstep: Lockstep[S]
    ) -> None:
        self.session = session
        self.lockstep = lockstep
        self.hello = hello
        self.vectors = vectors
        self.found = Replayed()
        self._seen: set[tuple[str, str, tuple[Json, ...]]] = set()
        self._begun = {name: vectors.opening["start"][name] for name in hello.fields}
        self._tables = {name: _table(begun) for name, begun in self._begun.items()}

    def replay(self, progress: Tell = silent) -> Replayed:
        """Replay all vectors that the program supports."""
        todo = [vector for vector in self.vectors.vectors if self._supports(vector)]
        for number, vector in enumerate(todo):
            if len(self.found.faults) >= _ENOUGH:
                why = f"{_ENOUGH} had no answer before them"
                self.found.left_out[why] += len(todo) - number
                break
            progress(f"{number:,} of {len(todo):,} vectors")
            try:
                self._replay(vector)
            except Faulty as fault:
                self.session.kill()
                self.found.faults.append(fault)
        self.found.faults.sort(key=lambda fault: fault.is_overdue)
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
        begun = _Request(0, "open", "open", text({"do": "open", **opening}), {})
        requests = iter([begun, *self._asked(vector)])
        waiting: deque[tuple[int, _Request]] = deque()
        otherwise = None
        while waiting or otherwise is None:
            room = self.hello.window - len(waiting) if otherwise is None else 0
            for request in islice(requests, room):
                waiting.append((self.session.post(request.asked), request))
            if not waiting:
                break
            number, request = waiting[0]
            said: Mapping[str, Json] = request.said
            try:
                answer = self.session.next()
                if not request.is_answered(answer, number):
                    said = self.session.read(answer, number)
                    otherwise = otherwise or self._otherwise(vector, request, said)
            except Faulty as fault:
                raise fault.asked(request.told) from None
            waiting.popleft()
            if otherwise is None and request.do == "take":
                self._count(vector.steps[request.step].action, said.get("refused"))
        if otherwise:
            self.found.otherwise.append(otherwise)
        self.session.ask_for_nothing("close")

    def _count(self, action: str, refused: str | None) -> None:
        self.found.steps += 1
        self.found.pairs.add((action, refused))

    def _asked(self, vector: Vector) -> Iterator[_Request]:
        """The steps; and the state after each whose like was not seen, and at the end."""
        before = ""
        for place, step in enumerate(vector.steps):
            said, answer = _outcome(step.refused)
            told, asked = _taking(step.action, step.args)
            yield _Request(place, "take", told, asked, said, answer)
            edge = before, step.action, step.args
            if edge not in self._seen or place == len(vector.steps) - 1:
                self._seen.add(edge)
                state = self.vectors.states[step.state]
                yield _Request(place, "state", f"the state after {told}", _STATE, state)
            before = step.state

    def _otherwise(
        self, vector: Vector, request: _Request, said: Mapping[str, Json]
    ) -> Otherwise | None:
        """How an answer differs from what it must be, if it does. Raises Faulty for none."""
        if request.do == "open":
            self.session.nothing("open", said)
            return None
        if request.do == "take":
            if is_same(said, request.said):
                return None
            reason = self.session.outcome(said)
            if reason is not None and self._is_against(reason, vector, request.step):
                return None
            wanted, differs = request.said, said
        else:
            shown: Json = said.get("state")
            if len(said) == 1 and self._is_shown(shown, request.said):
                return None
            self.session.state(said, self.hello)
            wanted, differs = self._differing(shown, request.said)
        return Otherwise(vector, request.step, request.do, text(wanted), text(differs))

    def _is_against(self, reason: str, vector: Vector, place: int) -> bool:
        """Whether a program that keeps no order can refuse a step so."""
        if self.hello.order or vector.steps[place].refused is None:
            return False
        *before, step = steps_of(vector, self.session.stage)[: place + 1]
        with self.lockstep.alone() as run:
            for one in before:
                run.attempt(one)
            return reason in run.faults(step)

    def _is_shown(self, shown: Json, changed: Mapping[str, Json]) -> bool:
        """Whether each field that the program lists is as it must be, and no other is strange."""
        return (
            isinstance(shown, dict)
            and shown.keys() <= self.session.stage.notation.fields.keys()
            and all(n in shown and self._is_held(n, shown[n], changed) for n in self._begun)
        )

    def _is_held(self, name: str, held: Json, changed: Mapping[str, Json]) -> bool:
        """Whether a field is as it must be: a map may leave out what is as it was at the start."""
        begun = self._tables[name]
        if begun is None:
            return is_same(held, changed.get(name, self._begun[name]))
        return _table(held, begun) == _table(changed.get(name, []), begun)

    def _differing(
        self, shown: Mapping[str, Json], changed: Mapping[str, Json]
    ) -> tuple[Mapping[str, Json], Mapping[str, Json]]:
        """The fields that differ, as they must be and as they are shown; of maps, the entries."""
        must, are = dict[str, Json](), dict[str, Json]()
        for name, begun in self._begun.items():
            if self._is_held(name, shown[name], changed):
                continue
            must[name], are[name] = changed.get(name, begun), shown[name]
            if isinstance(begun, list):
                one, other = (_entries(begun) | _entries(held) for held in (must[name], are[name]))
                differ = [key for key in one if one[key] != other[key]]
                must[name] = [one[key] for key in differ]
                are[name] = [other[key] for key in differ]
        return must, are


@lru_cache(_MANY)
def _taking(action: str, args: tuple[Json, ...]) -> tuple[str, str]:
    """A step in words, and how it is asked for."""
    told = f"{action}({', '.join(map(str, args))})"
    return told, text({"do": "take", "action": action, "args": args})


@lru_cache(_MANY)
def _outcome(refused: str | None) -> tuple[Mapping[str, Json], str]:
    """What a step must be answered, and how most programs write that."""
    said = {"accepted": True} if refused is None else {"refused": refused}
    return said, text(said)


def _table(entries: Json, begun: Mapping[str, str] | None = None) -> dict[str, str] | None:
    """A map as text, without what is as it was at the start; None for what is no map."""
    if not isinstance(entries, list):
        return None
    try:
        found = {json.dumps(key): json.dumps(value) for key, value in entries}
    except (TypeError, ValueError):
        return None
    if len(found) != len(entries):
        return None
    return {key: value for key, value in found.items() if not begun or begun.get(key) != value}


def _entries(entries: Json) -> dict[str, Json]:
    """The entries of a map, by their keys as text."""
    return {text(entry[0]): entry for entry in entries}
