"""A machine driven as a program that speaks lines (docs/formats/wire.md).

A session has one program at a time. It opens an instance for each run; whoever kills it, or finds
it faulty, gets another with the next one.
"""

import tempfile
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar

import attrs

from checkers.conform.program import Faulty, Patience, Program
from checkers.conform.stage import Stage
from checkers.conform.values import Unreadable
from checkers.conform.written import Json, numbered, shown, text
from checkers.lockstep.driver import Setup
from spec.notation.sorts import Value

S = TypeVar("S")

PROTOCOL = 1
"""The version of the page."""
Restart = Literal["clean", "kill"]


@attrs.frozen
class Hello:
    """What a program says of itself.

    Attributes:
        name, version: of the program.
        machine: that it implements, by its name.
        actions: that it takes.
        fields: that it shows.
        restarts: how it can be started again and keep what it has acknowledged.
        window: how many requests it can be sent before it has answered the first.
        order: whether it refuses for the first of several reasons.
    """

    name: str
    version: str
    machine: str
    actions: Sequence[str]
    fields: Sequence[str]
    restarts: Sequence[Restart]
    window: int
    order: bool


_HELLO: Mapping[str, type] = {
    "protocol": int,
    "name": str,
    "version": str,
    "machine": str,
    "actions": list,
    "fields": list,
    "restarts": list,
    "window": int,
    "order": bool,
}
_KINDS = {int: "a number", str: "text", list: "a list", bool: "true or false"}
_RESTARTS: Mapping[Restart, str] = {
    "clean": "restart in good order",
    "kill": "kill and start again",
}


class Session(Generic[S]):
    """Programs of one command, one after the other.

    Args:
        command: the program and its arguments.
        stage: what it is held to.
        patience: what it has.
    """

    def __init__(self, command: Sequence[str], stage: Stage[S], patience: Patience) -> None:
        self.command = command
        self.stage = stage
        self.patience = patience
        self._numbers = count()
        self._program: Program | None = None
        self._hello: Hello | None = None
        self._held = tempfile.TemporaryDirectory(prefix="tallystick-")
        self._folders = (Path(self._held.name) / str(number) for number in count())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._held.cleanup()

    def hello(self) -> Hello:
        """What the program says of itself; one is started, unless one runs. Raises Faulty."""
        if self._program is None:
            self._program = Program(self.command, self.patience)
            asked = {"protocol": PROTOCOL, "machine": self.stage.machine.name}
            said = self._read(self.receive(self._post(text({"do": "hello", **asked}))))
            if self._hello not in (None, said):
                raise self.babbled("hello says something else than when it was started before")
            self._hello = said
        assert self._hello is not None  # it is asked when a program is started
        return self._hello

    def ask(self, do: str, **content: Json) -> Mapping[str, Json]:
        """Ask the program for one thing. Raises Faulty, after which it runs no more."""
        return self.receive(self.send(do, **content))

    def ask_for_nothing(self, do: str, **content: Json) -> None:
        """Ask for one thing that is only to be done. Raises Faulty, as `ask`."""
        self.nothing(do, self.ask(do, **content))

    def send(self, do: str, **content: Json) -> int:
        """Ask for one thing; the number of the request. Raises Faulty, as `ask`."""
        return self.post(text({"do": do, **content}))

    def post(self, asked: str) -> int:
        """Ask for what is written; the number of the request. Raises Faulty, as `ask`."""
        self.hello()
        return self._post(asked)

    def _post(self, asked: str) -> int:
        number = next(self._numbers)
        try:
            self._running.send(numbered(number, asked))
        except Faulty:
            self.kill()
            raise
        return number

    def receive(self, number: int) -> Mapping[str, Json]:
        """The next answer, which must be to the request of a number. Raises Faulty, as `ask`."""
        return self.read(self.next(), number)

    def next(self) -> bytes:
        """The line of the next answer, whatever it says. Raises Faulty, as `ask`."""
        try:
            return self._running.receive()
        except Faulty:
            self.kill()
            raise

    def read(self, answer: bytes, number: int) -> Mapping[str, Json]:
        """What a line says in answer to the request of a number. Raises Faulty, as `ask`."""
        try:
            return self._running.answer(answer, number)
        except Faulty:
            self.kill()
            raise

    @property
    def _running(self) -> Program:
        assert self._program is not None  # one is started before it is asked
        return self._program

    def kill(self) -> None:
        """End the program at once, if it runs."""
        if self._program is not None:
            self._program.kill()
        self._program = None

    def folder(self) -> Path:
        """A folder that is new and empty, for an instance."""
        folder = next(self._folders)
        folder.mkdir()
        return folder

    def babbled(self, words: str) -> Faulty:
        """What an answer says that is none; the program runs no more."""
        fault = self._running.faulty("babbled", words)
        self.kill()
        return fault

    # What an answer must be

    def nothing(self, do: str, said: Mapping[str, Json]) -> None:
        """Refuse what is more than that something is done. Raises Faulty, as `babbled`."""
        if said:
            raise self.babbled(f"{shown(dict(said))} answers no {do}: give only the id")

    def outcome(self, said: Mapping[str, Json]) -> str | None:
        """Why an answer refuses a step; None if it accepts it. Raises Faulty, as `babbled`."""
        match said:
            case {"accepted": accepted} if accepted is True and len(said) == 1:
                return None
            case {"refused": str(reason)} if len(said) == 1:
                return reason
        mend = 'give {"accepted": true} or {"refused": REASON}'
        raise self.babbled(f"{shown(dict(said))} answers no take: {mend}")

    def state(self, said: Mapping[str, Json], hello: Hello) -> dict[str, Value]:
        """What an answer shows of the fields that hello lists. Raises Faulty, as `babbled`."""
        if said.keys() != {"state"}:
            raise self.babbled(f'{shown(dict(said))} shows nothing: give {{"state": ...}}')
        notation, written = self.stage.notation, said["state"]
        if isinstance(written, dict):
            unlisted = notation.fields.keys() - {*hello.fields}
            written = {name: held for name, held in written.items() if name not in unlisted}
        try:
            read = notation.read_state(written)
        except Unreadable as error:
            raise self.babbled(str(error)) from None
        if missing := [name for name in hello.fields if name not in read]:
            raise self.babbled(f"state has no {', '.join(missing)}, which hello lists in fields")
        return {name: read[name] for name in hello.fields}

    def setup(self, hello: Hello) -> Setup:
        """The program as lockstep drives it, by what it says of itself."""
        fields = self.stage.notation.fields
        known = {act.name for act in self.stage.machine.actions}
        return self.stage.setup(
            Setup(
                lambda: Instance(self, hello),
                left_out=[name for name in known if name not in hello.actions],
                hidden={n: "the program does not show it" for n in fields if n not in hello.fields},
                patience=self.patience.start + self.patience.answer,
                restarts=[_RESTARTS[way] for way in hello.restarts] or ["restart"],
                ordered=hello.order,
                told=lambda value, sort: text(self.stage.notation.write(value, sort)),
            )
        )

    def _read(self, said: Mapping[str, Json]) -> Hello:
        for name, kind in _HELLO.items():
            if name not in said:
                raise self.babbled(f'hello has no "{name}": give {_KINDS[kind]}')
            if type(said[name]) is not kind:
                raise self.babbled(f"hello.{name}: {shown(said[name])} is not {_KINDS[kind]}")
        if unknown := [*said.keys() - _HELLO.keys()]:
            raise self.babbled(f"hello has {', '.join(sorted(unknown))}, which nobody knows")
        if said["protocol"] != PROTOCOL:
            raise self.babbled(f"hello: protocol {said['protocol']}, and this is {PROTOCOL}")
        if said["machine"] != (name := self.stage.machine.name):
            raise self.babbled(f"hello: it implements {shown(said['machine'])}, and this is {name}")
        machine, fields = self.stage.machine, self.stage.notation.fields
        self._check_known("actions", said["actions"], [act.name for act in machine.actions])
        if not said["actions"]:
            raise self.babbled("hello.actions: there is none; give those that it takes")
        self._check_known("fields", said["fields"], [*fields])
        self._check_known("restarts", said["restarts"], ["clean", "kill"])
        if not 1 <= said["window"] <= 2**16:
            raise self.babbled(f"hello: window {said['window']}: give 1 to 65,536")
        return Hello(**{name: value for name, value in said.items() if name != "protocol"})

    def _check_known(self, name: str, said: Sequence[Json], known: Sequence[str]) -> None:
        for one in said:
            if one not in known:
                there_are = ", ".join(known)
                raise self.babbled(f"hello.{name}: {shown(one)} is none of {there_are}")


class Instance:
    """One run of a program, as lockstep drives it: a driver."""

    def __init__(self, session: Session[Any], hello: Hello) -> None:  # Any: of any machine
        self._session = session
        self._hello = hello
        self._notation = session.stage.notation
        self._folder = session.folder()
        self._restarts = 0
        self._open(resume=False)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Take an action. Raises Faulty."""
        act = self._session.stage.machine.action(action)
        written = self._notation.arguments(act, args)
        said = self._session.ask("take", action=action, args=written)
        return self._session.outcome(said)

    def restart(self) -> None:
        """Start it again, in each of the ways that it knows in turn. Raises Faulty."""
        ways = self._hello.restarts
        if not ways:
            return
        way = ways[self._restarts % len(ways)]
        self._restarts += 1
        if way == "clean":
            self._session.ask_for_nothing("restart")
        else:
            self._session.kill()
            self._open(resume=True)

    def state(self) -> Mapping[str, Value]:
        """What it shows. Raises Faulty."""
        return self._session.state(self._session.ask("state"), self._hello)

    def close(self) -> None:
        """Let go of it. Raises Faulty."""
        self._session.ask_for_nothing("close")

    def _open(self, *, resume: bool) -> None:
        opening = {"folder": str(self._folder), "resume": resume, **self._session.stage.opening}
        self._session.ask_for_nothing("open", **opening)
