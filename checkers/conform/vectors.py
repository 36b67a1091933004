"""Vectors: what a program must do, as data (docs/formats/vectors.md).

A file has all that a program is told of a machine at a size, and runs from its start. States stand
once each, under an address that follows from what is in them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import attrs
import blake3

from checkers.conform.stage import Stage
from checkers.conform.values import Unreadable
from checkers.conform.written import Json, text
from checkers.host.files import make_folder, write_whole
from checkers.lockstep.run import OUTSIDE, Lockstep, Step
from spec.notation import MachineError

S = TypeVar("S")

RELEASED = Path(__file__).parent / "released"
"""Vectors of the project's machines, that programs can be held to for good."""
EXAMPLES = RELEASED / "bytes"
"""Examples of each page of formats, that need no machine."""
FORMAT = "tallystick-vectors/1"
_OPENING = ("machine", "sizes", "functions", "start")
_FIELDS = ("format", "states", "vectors", "unreached", "dormant")
NOTHING = "nothing was found that is"
"""Why something never comes about, where nobody knows whether it can."""
ADDRESS = 16
"""Hexadecimal digits of an address."""
Pair: TypeAlias = tuple[str, str | None]
"""An action, and why it is refused; None where it is accepted."""
Tag = Literal["refusal", "order", "story", "walk"]
"""What a vector is for: a refusal with one fault, or with several, of which the first must be told;
a run that somebody wrote down; a run that was drawn, or made of others."""


class BadVectors(ValueError):
    """What was read is no file of vectors.

    Attributes:
        code: what is wrong (docs/formats/vectors.md).
    """

    def __init__(self, code: Literal["format", "state", "outcome", "missing"], words: str) -> None:
        super().__init__(words)
        self.code = code


@attrs.frozen
class Taken:
    """A step of a vector.

    Attributes:
        action, args: what is asked for, as it is written.
        refused: why it must be refused; None if it must be accepted.
        state: the address of the state after it; of a refused step, that before it.
    """

    action: str
    args: tuple[Json, ...]
    refused: str | None
    state: str


@attrs.frozen
class Vector:
    """A run from the start.

    Attributes:
        tag: what it is for.
        steps: of the run.
    """

    tag: Tag
    steps: tuple[Taken, ...]


@attrs.frozen
class Vectors:
    """The vectors of a machine.

    Attributes:
        opening: all that a program is told of the machine, and at which size.
        states: by address, what differs from the start.
        vectors: the runs.
        unreached: actions with reasons for which they are never refused, each with why.
        dormant: actions that are never accepted, each with why.
    """

    opening: Mapping[str, Json]
    states: Mapping[str, Mapping[str, Json]]
    vectors: Sequence[Vector]
    unreached: Sequence[tuple[str, str, str]]
    dormant: Sequence[tuple[str, str]]

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return sum(len(vector.steps) for vector in self.vectors)

    @property
    def pairs(self) -> set[Pair]:
        """Each action with each of its outcomes: why it is refused, or None where it is not."""
        return {(s.action, s.refused) for vector in self.vectors for s in vector.steps}

    @property
    def listed(self) -> set[Pair]:
        """Each action with each outcome that no run has, as the file says."""
        return {(n, reason) for n, reason, _ in self.unreached} | {
            (n, None) for n, _ in self.dormant
        }

    @property
    def unknown(self) -> set[Pair]:
        """Each action with each outcome that was not found, and of which nobody says why."""
        refused = {(name, reason) for name, reason, why in self.unreached if why == NOTHING}
        return refused | {(name, None) for name, why in self.dormant if why == NOTHING}

    def text(self) -> str:
        """The file."""
        head = {"format": FORMAT, **self.opening}
        fields = [f"{json.dumps(name)}: {text(value)}" for name, value in head.items()]
        states = (f"{json.dumps(a)}: {text(s)}" for a, s in sorted(self.states.items()))
        fields.append(f'"states": {{{_lines(states)}}}')
        for name, listed in (
            ("vectors", map(_plain, self.vectors)),
            ("unreached", map(list, self.unreached)),
            ("dormant", map(list, self.dormant)),
        ):
            fields.append(f'"{name}": [{_lines(map(text, listed))}]')
        return "{\n" + ",\n".join(fields) + "\n}\n"

    def write(self, path: Path) -> Path:
        """Write the file; where it is. Raises MachineError."""
        make_folder(path.parent)
        write_whole(path, self.text())
        return path

    @classmethod
    def read(cls, path: Path) -> "Vectors":
        """The vectors of a file. Raises MachineError."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise MachineError(f"{path}: {error.strerror}") from error
        except (ValueError, RecursionError):
            content = None
        try:
            return cls.parse(content)
        except BadVectors as error:
            raise MachineError(f"{path}: {error}") from None

    @classmethod
    def parse(cls, content: Json) -> "Vectors":
        """The vectors of what a file has. Raises BadVectors."""
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise BadVectors("format", f"no vectors of the format {FORMAT}")
        try:
            opening = {name: content[name] for name in _OPENING}
            vectors = [*map(_vector, content["vectors"])]
            unreached = [(str(a), str(b), str(c)) for a, b, c in content["unreached"]]
            dormant = [(str(a), str(b)) for a, b in content["dormant"]]
            states: dict[str, dict[str, Json]] = {a: dict(s) for a, s in content["states"].items()}
            if content.keys() != {*_OPENING, *_FIELDS}:
                raise BadVectors("format", "a field that nobody knows")
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadVectors(
                "format", f"a field is missing, or of another kind: {error!r}"
            ) from None
        for at, state in states.items():
            if address(state) != at:
                raise BadVectors("state", f"the state {at} has another address")
        for step in chain.from_iterable(vector.steps for vector in vectors):
            if step.state not in states:
                raise BadVectors("state", f"there is no state {step.state}")
        return cls(opening, states, vectors, unreached, dormant)


def outcome(pair: Pair) -> str:
    """An action with its outcome, in words."""
    action, refused = pair
    return f"{action} is accepted" if refused is None else f"{action} is refused: {refused}"


def _plain(vector: Vector) -> dict[str, Json]:
    return {"tag": vector.tag, "steps": [_step(step) for step in vector.steps]}


def _step(step: Taken) -> dict[str, Json]:
    said = {"accepted": True} if step.refused is None else {"refused": step.refused}
    return {"action": step.action, "args": [*step.args], **said, "state": step.state}


def _vector(written: Mapping[str, Any]) -> Vector:  # JSON
    if written.keys() != {"tag", "steps"} or written["tag"] not in get_args(Tag):
        raise ValueError(written.keys())
    return Vector(written["tag"], tuple(map(_taken, written["steps"])))


def _taken(step: Mapping[str, Any]) -> Taken:  # JSON
    taken = Taken(step["action"], tuple(step["args"]), step.get("refused"), step["state"])
    if _step(taken) != step:
        raise ValueError(step)
    return taken


def _lines(written: Iterable[str]) -> str:
    return "".join(f"\n{one}," for one in written)[:-1]


def address(state: Mapping[str, Json]) -> str:
    """Where a state is found: digits of BLAKE3 of its JSON, with names sorted and no blanks."""
    sorted_ = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return blake3.blake3(sorted_.encode()).hexdigest()[:ADDRESS]


def steps_of(vector: Vector, stage: Stage[S]) -> list[Step[S]]:
    """The steps of a vector as the machine takes them. Raises Unreadable."""
    acts = [stage.machine.action(step.action) for step in vector.steps]
    return [
        (act, stage.notation.read_arguments(act, [*step.args]))
        for act, step in zip(acts, vector.steps, strict=True)
    ]


class Writer:
    """Writes runs as vectors, and their states once each.

    Args:
        stage: of the machine.

    Attributes:
        states: by address.
    """

    def __init__(self, stage: Stage[Any], lockstep: Lockstep[Any]) -> None:  # Any: of any machine
        self.stage = stage
        self.lockstep = lockstep
        self.states: dict[str, Mapping[str, Json]] = {}

    def vector(self, tag: Tag, steps: Sequence[Step[Any]]) -> Vector:
        """A run, as far as numbers stay within their sizes."""
        taken: list[Taken] = []
        with self.lockstep.alone() as run:
            for act, args in steps:
                said = run.attempt((act, args))
                if said == OUTSIDE:
                    break
                written = self.stage.notation.arguments(act, args)
                taken.append(Taken(act.name, tuple(written), said, self.keep(run.spec)))
        return Vector(tag, tuple(taken))

    def check(self, vectors: Vectors) -> None:
        """Refuse vectors of which the machine says something else, or more.

        Whoever holds a program to them would take what is wrong in them for a fault of the program,
        and a program for whole that has no more than they ask for. Raises BadVectors.
        """
        for number, vector in enumerate(vectors.vectors, 1):
            if not self._says(vector):
                raise BadVectors("outcome", f"the machine says something else of run {number}")
        reasons = self.lockstep.reasons
        pairs = {(name, reason) for name in reasons for reason in (None, *reasons[name])}
        if missing := pairs - vectors.pairs - vectors.listed:
            first = min(map(outcome, missing))
            raise BadVectors("missing", f"in no run, and not listed as one that never is: {first}")

    def _says(self, vector: Vector) -> bool:
        try:
            return self.vector(vector.tag, steps_of(vector, self.stage)) == vector
        except (Unreadable, MachineError):
            return False

    def keep(self, state: Any) -> str:  # of any machine
        """Keep a state; its address."""
        notation = self.stage.notation
        written = notation.state({name: getattr(state, name) for name in notation.fields})
        changed = {n: held for n, held in written.items() if held != self._begun[n]}
        at = address(changed)
        self.states[at] = changed
        return at

    @cached_property  # each state that is kept is held against it, field by field
    def _begun(self) -> Mapping[str, Json]:
        notation = self.stage.notation
        return notation.state({n: getattr(self.stage.start, n) for n in notation.fields})
