"""Openings: what somebody who has data and components can see of a hardened ledger's steps.

A ledger has commitments to data, and who recorded what; whether that is right shows who has the
opening of what went into a step, and what its holders were handed: its secret and its component.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.parties.computing import is_bound
from impl.hardened.records import Request
from impl.quarrel.run import execute
from impl.quarrel.salts import Occasion
from spec.notation import MachineError


@attrs.frozen
class Opened:
    """A step of which somebody has shown what went in.

    Attributes:
        request: of which it is.
        step: which.
        executor: who recorded it.
        is_right: whether what is recorded is what its component makes of that; None where nobody
            has shown the component.
    """

    request: bytes
    step: int
    executor: bytes
    is_right: bool | None


def read(paths: Sequence[Path]) -> Mapping[Path, bytes]:
    """What is in files. Raises MachineError, naming the one that cannot be read."""
    found = {}
    for path in paths:
        try:
            found[path] = path.read_bytes()
        except OSError as error:
            raise MachineError(f"{path}: {error.strerror}") from None
    return found


def decide(
    contract: HardenedContract, openings: Mapping[Path, bytes], components: Mapping[Path, bytes]
) -> Iterator[Opened]:
    """What openings and components, each from a file, show of recorded steps.

    Raises MachineError for an opening of nothing that a recorded step was given, and for a
    component of no version's.
    """
    handed: dict[tuple[bytes, int], bytes] = {}
    for path, component in components.items():
        places = [*_places(contract, component)]
        if not places:
            raise MachineError(f"{path}: no version binds it: give a secret and its component")
        handed |= dict.fromkeys(places, component)
    for path, opening in openings.items():
        given = [*_given(contract, opening)]
        if not given:
            mend = "give a salt and the data after it"
            raise MachineError(f"{path}: it opens nothing that a recorded step was given: {mend}")
        for made, step in given:
            held = handed.get((made.version, step))
            is_right = None if held is None else _is_right(made, step, held, opening)
            yield Opened(made.id, step, made.executors[step], is_right)


def _given(contract: HardenedContract, opening: bytes) -> Iterator[tuple[Request, int]]:
    """The recorded steps that were given what an opening opens."""
    for made in contract.requests.values():
        yield from ((made, step) for step in range(made.turn) if made.opens(step, opening))


def _places(contract: HardenedContract, handed: bytes) -> Iterator[tuple[bytes, int]]:
    """The versions, and their steps, whose component something is."""
    for root, version in contract.versions.items():
        steps = range(len(version.terms.steps))
        yield from ((root, step) for step in steps if is_bound(version.terms, step, handed))


def _is_right(made: Request, step: int, handed: bytes, opening: bytes) -> bool:
    output = execute(handed, opening, made.terms.rounds[step], Occasion(made.id, step))
    return made.opens(step + 1, output)
