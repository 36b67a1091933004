"""What parties compute about runs of components.

A party looks at everything again before each act, so what takes long is remembered.
"""

from functools import lru_cache

from impl.hardened.digests import SALT, leaf
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.models.model import Component, ModelError, parse_tensor
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


def is_bound(terms: Terms, step: int, handed: bytes) -> bool:
    """Whether something is the component of a step, with its salt, that the terms bind."""
    salt, outline = handed[:SALT], outline_digest(handed[SALT:])
    return leaf(salt, terms.api, terms.number, step, outline) == terms.steps[step].bound


def is_true(component: bytes, terms: Terms, step: int) -> bool:
    """Whether bytes are a component of which the terms of a version say the truth.

    It takes what they state of what goes into the step, and gives what they state of what goes
    into the next, and a quarrel about as many rows as they allow comes down to one operation.
    """
    try:
        outline = outline_of(component)
    except (ModelError, EncodingError):
        return False
    is_fitting = [outline.inputs, outline.outputs] == [*terms.widths[step : step + 2]]
    return is_fitting and outline.halvings(terms.rows) == terms.rounds[step]


def fits(data: bytes, terms: Terms, step: int) -> bool:
    """Whether data is what the terms of a version state of what goes into a step."""
    try:
        return terms.fits(parse_tensor(data).shape, step)
    except (ModelError, EncodingError):
        return False


def outline_digest(component: bytes) -> bytes:
    """What binds a component by its bytes; if they are none, nothing that a leaf binds."""
    try:
        return outline_of(component).digest
    except (ModelError, EncodingError):
        return b""
