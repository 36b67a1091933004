"""A driver in Python as a program that speaks lines (docs/formats/wire.md)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, BinaryIO, Generic, TypeVar

import attrs

from checkers.conform.stage import Stage
from checkers.conform.values import Notation, Unreadable
from checkers.conform.wire import PROTOCOL
from checkers.conform.written import Json, Unwritten, line, parse, shown
from checkers.lockstep.driver import Driver, Setup
from checkers.lockstep.likeness import failure
from checkers.lockstep.replay import closed
from checkers.lockstep.run import Lockstep
from spec.notation import MachineError
from spec.notation.machine import Machine

S = TypeVar("S")

WINDOW = 64
"""Requests that can be sent before the first is answered."""
_ASKED: Mapping[Json, Sequence[str]] = {
    "hello": ("protocol", "machine"),
    "open": ("folder", "resume", "machine", "sizes", "functions", "start"),
    "take": ("action", "args"),
    "state": (),
    "restart": (),
    "close": (),
}
"""What a request has beside what it asks for."""


class Server(Generic[S]):
    """Answers what is asked of a machine by asking a driver.

    Args:
        machine: that the driver is driven as.
        setup: of the driver.

    Raises:
        MachineError: the setup does not fit the machine.
    """

    def __init__(self, machine: Machine[S], setup: Setup) -> None:
        self.setup = setup
        self.stage = Stage.of(machine, setup)
        # What is read and written stands for the driver's own values.
        driven = Lockstep(machine, attrs.evolve(setup, scope=closed(machine, setup)))
        self.actions = [act.name for act in driven.actions]
        self.notation = Notation(machine, driven.scope, driven.start)
        self.driver: Driver | None = None

    def answer(self, data: bytes) -> bytes:
        """The answer to a request, both lines without their ends."""
        number: Json = None
        try:
            asked = parse(data)
            number = asked.pop("id", None)
            said = self._done(asked.pop("do", None), asked)
        except (Unwritten, Unreadable, MachineError) as error:
            said = {"failed": str(error)}
        except Exception as error:  # of code that is not ours
            said = {"failed": failure(error, __file__)}
        return line({"id": number, **said})

    def _done(self, do: Json, asked: Mapping[str, Json]) -> Mapping[str, Json]:
        doing: dict[Json, Callable[..., Mapping[str, Json]]] = {
            "hello": self._hello,
            "open": self._open,
            "take": self._take,
            "state": self._state,
            "restart": self._restart,
            "close": self._close,
        }
        if not isinstance(do, str) or do not in doing:
            raise Unwritten(f"do is {shown(do)}: give one of {', '.join(doing)}")
        if asked.keys() != {*_ASKED[do]}:
            raise Unwritten(
                f"{do} has {_listed(asked)} beside id and do: give {_listed(_ASKED[do])}"
            )
        return doing[do](**asked)

    def _hello(self, protocol: Json, machine: Json) -> Mapping[str, Json]:
        name = self.stage.machine.name
        return {
            "protocol": PROTOCOL,
            "name": "tallystick",
            "version": version("tallystick"),
            "machine": name,
            "actions": self.actions,
            "fields": [n for n in self.notation.fields if n not in self.setup.hidden],
            "restarts": ["clean"],
            "window": WINDOW,
            "order": True,
        }

    def _open(self, folder: Json, resume: Json, **opening: Json) -> Mapping[str, Json]:
        if resume:
            raise Unwritten("nothing is kept when this program ends")
        if opening != self.stage.opening:
            differ = [n for n, told in self.stage.opening.items() if opening.get(n) != told]
            raise Unwritten(f"{', '.join(differ)}: this program has others")
        self.end()
        self.driver = self.setup.open()
        return {}

    def _take(self, action: Json, args: Json) -> Mapping[str, Json]:
        act = self.stage.machine.action(action)
        reason = self._opened.take(action, self.notation.read_arguments(act, args))
        return {"accepted": True} if reason is None else {"refused": reason}

    def _state(self) -> Mapping[str, Json]:
        return {"state": self.notation.state(self._opened.state())}

    def _restart(self) -> Mapping[str, Json]:
        self._opened.restart()
        return {}

    def _close(self) -> Mapping[str, Json]:
        self.end()
        return {}

    @property
    def _opened(self) -> Driver:
        if self.driver is None:
            raise Unwritten("nothing is open: ask for open first")
        return self.driver

    def end(self) -> None:
        """Let go of the driver, if one is open."""
        driver, self.driver = self.driver, None
        if driver is not None:
            driver.close()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


def serve(machine: Machine[Any], setup: Setup, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more.

    Args:
        machine: that the driver is driven as.
        setup: of the driver.
        requests, answers: a line each.

    Raises:
        MachineError: the setup does not fit the machine.
    """
    server = Server(machine, setup)
    for request in requests:
        answers.write(server.answer(request.rstrip(b"\r\n")) + b"\n")
        answers.flush()
    server.end()
