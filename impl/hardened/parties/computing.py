"""What parties compute about runs of components.

A party looks at everything again before each act, so what takes long is remembered.
"""

from impl.hardened.digests import leaf
from impl.hardened.records import Request
from impl.hardened.statement import Statement
from impl.hardened.terms import DIGEST, OUTLINE, Terms
from impl.ledger.limits import excess
from impl.models.component import Component, component_of, parse_tensor
from impl.models.operators import ModelError
from impl.quarrel.binding import NOTHING, bind
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline
from impl.quarrel.plan import Plan
from impl.quarrel.run import Run, execute
from impl.quarrel.salts import SALT, Occasion, leaf_salt
from impl.quarrel.step import boundary_state
from impl.recent import remembered
from spec.bytes.encoding import EncodingError, encode

ROOM = 1 << 26
"""Bytes for the results of each kind that are remembered."""


@remembered(ROOM)
def outline_of(handed: bytes) -> Outline:
    """The outline of a component, by its secret and its bytes. Raises ModelError or EncodingError.

    `handed` is what a step's holders are handed: the component's secret, and then the component.
    """
    problem = excess(handed[SALT:])  # an outline would not fit, and to read it takes long
    if problem is not None:
        raise ModelError(f"component: {problem}")
    return Outline.of(component_of(handed[SALT:]), handed[:SALT])


@remembered(ROOM // 4)  # whoever asks for its steps has it grow by trees over its numbers
def follow(handed: bytes, opening: bytes, rounds: int, quarrel: Occasion) -> Run | None:
    """A run, as who holds the component can follow it; None if it does not take the data."""
    if outline_of(handed).plan.rows_of(bind(opening).shape, rounds) is None:
        return None
    return Run.of(handed, opening, quarrel, rounds)


output_of = remembered(ROOM)(execute)
"""The opening of what a step gives, as the contract would find."""
stated = remembered(ROOM)(Statement.of)
"""What an executor is bound to about its step."""


def claim_at(run: Run | None, game: Game) -> bytes:
    """What binds to the middle of a run, as it is to be claimed; one that takes no step stays."""
    return boundary_state(NOTHING.digest) if run is None else run.claim(game.middle, game.salted)


def agrees(made: Request, known: tuple[bytes, bytes] | None) -> bool:
    """Whether an opponent's own run was in the middle where the executor says that it was.

    Who does not know the component has no run of its own, and takes the executor's word for it.
    """
    assert made.game is not None  # the executor has opened it
    if known is None:
        return True
    run = follow(*known, made.terms.rounds[made.disputed], made.quarrel)
    return claim_at(run, made.game) == made.game.claimed


def is_bound(terms: Terms, step: int, handed: bytes) -> bool:
    """Whether something is the component of a step, with its secret, that the terms bind."""
    salt, outline = leaf_salt(handed[:SALT]), outline_digest(handed)
    return leaf(salt, terms.api, terms.number, step, outline) == terms.steps[step].bound


def is_sound(component: bytes, terms: Terms, step: int) -> bool:
    """Whether bytes are a component that can be quarrelled about as the terms of a version say.

    It takes what they state of what goes into the step, and gives what they state of what goes
    into the next, and a quarrel about as many rows as they allow comes down to one operation; and
    there is room for what an executor states of it.
    """
    try:
        part = component_of(component)
        plan = Plan(part.program)
    except (ModelError, EncodingError):
        return False
    is_fitting = [plan.program.takes, plan.program.gives] == [*terms.widths[step : step + 2]]
    return is_fitting and plan.halvings(terms.rows) == terms.rounds[step] and is_brief(part)


def is_brief(component: Component) -> bool:
    """Whether a component's outline can be stated beside whatever goes into the component."""
    hidden = Outline(component.program, bytes(DIGEST), bytes(DIGEST))  # as long as any other
    return len(encode(hidden.body)) <= OUTLINE


def fits(data: bytes, terms: Terms, step: int) -> bool:
    """Whether data is what the terms of a version state of what goes into a step."""
    try:
        return terms.fits(parse_tensor(data).shape, step)
    except (ModelError, EncodingError):
        return False


def outline_digest(handed: bytes) -> bytes:
    """What binds a component with its secret; if it is none, nothing that a leaf binds."""
    try:
        return outline_of(handed).digest
    except (ModelError, EncodingError):
        return b""
