"""What parties compute about runs of components.

A party looks at everything again before each act, so what takes long is remembered.
"""

from functools import lru_cache

from impl.hardened.records import Request
from impl.models.model import Component, ModelError
from impl.quarrel.binding import NOTHING, bind
from impl.quarrel.outline import Outline
from impl.quarrel.run import Run, rerun
from impl.quarrel.step import boundary_state
from spec.bytes.encoding import EncodingError

REMEMBERED = 64
"""How many results are remembered."""


@lru_cache(REMEMBERED)
def outline_of(component: bytes) -> Outline:
    """The outline of a component by its bytes. Raises ModelError or EncodingError."""
    return Outline.of(Component.parse(component))


@lru_cache(REMEMBERED)
def follow(component: bytes, data: bytes, rounds: int) -> Run | None:
    """A run, as who holds the component can follow it; None if it does not take the data."""
    if not outline_of(component).takes(bind(data), rounds):
        return None
    return Run.of(Component.parse(component), data)


output_of = lru_cache(REMEMBERED)(rerun)
"""What a component makes of data, as the contract would find."""


def state_at(run: Run | None, position: int) -> bytes:
    """What binds the state of a run after so many steps; one that takes no step stays."""
    return boundary_state(NOTHING.digest) if run is None else run.digest(position)


def agrees(made: Request, known: tuple[bytes, bytes] | None) -> bool:
    """Whether an opponent's own run was in the middle where the executor says that it was.

    Who could not learn what went into the step has no run of its own, and must say something.
    """
    assert made.game is not None  # the executor has opened it
    if known is None:
        return True
    run = follow(*known, made.terms.rounds[made.disputed])
    return state_at(run, made.game.middle) == made.game.claimed


def is_true(component: bytes, rounds: int) -> bool:
    """Whether bytes are a component, and so many rounds lead a quarrel about it down to a row."""
    try:
        return (outline_of(component).steps(1) - 1).bit_length() <= rounds
    except (ModelError, EncodingError):
        return False


def outline_digest(component: bytes) -> bytes:
    """What binds a component by its bytes; if they are none, nothing that a leaf binds."""
    try:
        return outline_of(component).digest
    except (ModelError, EncodingError):
        return b""
