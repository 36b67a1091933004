"""The machines of the project, with what there is to check each by, and how others are named."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from checkers.lockstep.driver import Setup
from checkers.lockstep.stories import Rehearsal
from checkers.market.basic import basic_setup
from checkers.market.bisection import bisection_setup
from checkers.market.hardened.driver import HARDENED, HARDENED_AT_WORK
from checkers.market.hardened.stories import REHEARSALS
from checkers.market.ledger import ledger_setup
from checkers.market.orchestrated import orchestrated_setup
from checkers.naming.names import find_attribute
from spec.basic import basic
from spec.bisection import bisection
from spec.hardened import at_work, hardened
from spec.ledger import ledger
from spec.notation import Machine, MachineError, Scope
from spec.orchestrated import orchestrated
from spec.textbook.consensus import consensus
from spec.textbook.die_hard import die_hard
from spec.textbook.dining_philosophers import dining_philosophers
from spec.textbook.lock_server import lock_server
from spec.textbook.peterson import peterson
from spec.textbook.pipeline import pipeline
from spec.textbook.sharded_store import sharded_store
from spec.textbook.token_ring import token_ring
from spec.textbook.transaction_commit import transaction_commit
from spec.textbook.two_phase import two_phase

AnyMachine = Machine[Any]  # a machine whose state only its own texts know


@attrs.frozen
class Subject:
    """A machine, and what there is to check it by.

    Attributes:
        machine: the protocol.
        setup: how the reference implementation is driven as this machine, if it can be.
        stories: what can happen in it, told beside the implementation.
        sizes: at each of these, by the names of the sorts that differ from the machine's own sizes,
            it is quick to visit every state; none where no size at which everything can happen is.
        published: distinct and generated states at the machine's own sizes, as the TLA+ examples
            publish them.
    """

    machine: AnyMachine
    setup: Setup | None = None
    stories: Sequence[Rehearsal[Any]] = ()
    sizes: Sequence[Mapping[str, int]] = ({},)
    published: tuple[int, int] | None = None

    @property
    def scopes(self) -> list[Scope]:
        """The sizes at which it is quick to visit every state."""
        return [self.machine.scope(**sizes) for sizes in self.sizes]


SUBJECTS: Mapping[str, Subject] = {
    subject.machine.name: subject
    for subject in (
        Subject(
            basic,
            basic_setup(),
            sizes=(  # among these, two of everything meet
                {"Step": 1},
                {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
                {"Step": 1, "Request": 3, "Consumer": 2, "Data": 1},
                {"Step": 1, "Model": 2, "Api": 2, "Provider": 2, "Component": 1, "Data": 1},
            ),
        ),
        Subject(
            orchestrated,
            orchestrated_setup(),
            sizes=(
                {"Step": 1, "Record": 2},
                {"Step": 1, "Record": 3, "Component": 1, "Digest": 1},
                {"Step": 1, "Record": 2, "Model": 2, "Component": 1, "Digest": 1},
                {"Step": 1, "Record": 2, "Request": 3, "Data": 1, "Hash": 1},
                {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
            ),
        ),
        Subject(hardened, HARDENED, stories=REHEARSALS, sizes=()),
        # The first version is in force from the start.
        Subject(at_work, HARDENED_AT_WORK, sizes=({}, {"Version": 2})),
        Subject(ledger, ledger_setup()),
        Subject(bisection, bisection_setup()),
        Subject(transaction_commit, published=(34, 94)),
        Subject(two_phase, published=(288, 1_146)),
        Subject(dining_philosophers, published=(67, 336)),
        Subject(peterson, published=(42, 77)),
        Subject(die_hard, published=(16, 97)),
        Subject(token_ring, published=(46_656, 248_832)),
        Subject(lock_server),
        Subject(sharded_store),
        Subject(consensus),
        Subject(pipeline),
    )
}
"""The machines of the project, by name."""


def find_subject(name: str) -> Subject:
    """A machine by its name, or any by `package.module:attribute` or `path/file.py:attribute`.

    Raises:
        MachineError: there is none; the message says what was looked for where.
    """
    if name in SUBJECTS:
        return SUBJECTS[name]
    known = ", ".join(SUBJECTS)
    return Subject(find_attribute(name, Machine, f"machine: it is none of {known}"))


def find_machine(name: str) -> AnyMachine:
    """The machine alone of what `find_subject` finds.

    Raises:
        MachineError: there is none.
    """
    return find_subject(name).machine


def find_setup(machine: str, name: str) -> Setup:
    """The setup that `--against` names for a machine.

    Raises:
        MachineError: there is none.
    """
    if name == "reference":
        return reference(machine)
    return find_attribute(name, Setup, "driver but reference")


def reference(machine: str) -> Setup:
    """How the reference implementation is driven as a machine of the project.

    Raises:
        MachineError: it cannot be.
    """
    driven = {known: subject.setup for known, subject in SUBJECTS.items() if subject.setup}
    if machine not in driven:
        raise MachineError(
            f"the reference implementation has no driver for {machine}, "
            f"only for {', '.join(driven)}"
        )
    return driven[machine]
