"""The machines of the project, with what there is to check each by, and how others are named."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs

from checkers.naming.names import find_attribute
from spec import textbook
from spec.notation import Machine, MachineError, Scope
from spec.notation.errors import close

if TYPE_CHECKING:
    from checkers.lockstep.driver import Setup
    from checkers.lockstep.stories import Rehearsal, Story
    from checkers.market.forgeries import Forgeries
    from impl.ledger.port import KeptLedger

AnyMachine = Machine[Any]  # a machine whose state only its own texts know


@attrs.frozen(eq=False)
class Subject:
    """A machine, and what there is to check it by; like machines, one is no other's equal.

    Attributes:
        machine: the protocol.
        setup: how the reference implementation is driven as this machine, if it can be.
        stories: what can happen in it, told beside the implementation.
        ways: where the search for its refusals sets out: from anywhere on these.
        unrefused: what is never refused for which reason, by action and reason, with why.
        forgeries: what only the implementation can refuse, and must.
        on: how the reference implementation is driven on a ledger of some kind, if it is on one.
        sizes: at each of these, by the names of the sorts that differ from the machine's own sizes,
            it is quick to visit every state; none where no size at which everything can happen is.
        published: distinct and generated states at the machine's own sizes, as the TLA+ examples
            publish them.
    """

    machine: AnyMachine
    setup: "Setup | None" = None
    stories: "Sequence[Rehearsal[Any]]" = ()
    ways: "Sequence[Story]" = ()
    unrefused: Mapping[tuple[str, str], str] = attrs.field(factory=dict)
    forgeries: "Forgeries" = ()
    sizes: Sequence[Mapping[str, int]] = ({},)
    on: "Callable[[type[KeptLedger]], Setup] | None" = None
    published: tuple[int, int] | None = None

    @property
    def scopes(self) -> list[Scope]:
        """The sizes at which it is quick to visit every state."""
        return [self.machine.scope(**sizes) for sizes in self.sizes]


# What a subject is made of is imported when it is asked for: all of it takes two seconds.


def _basic() -> Subject:
    from checkers.market.basic import FORGERIES, basic_setup
    from spec.basic import basic

    sizes: Sequence[Mapping[str, int]] = (  # among these, two of everything meet
        {"Step": 1},
        {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
        {"Step": 1, "Request": 3, "Consumer": 2, "Data": 1},
        {"Step": 1, "Model": 2, "Api": 2, "Provider": 2, "Component": 1, "Data": 1},
    )
    return Subject(
        basic,
        basic_setup(),
        forgeries=FORGERIES,
        sizes=sizes,
        on=lambda ledger: basic_setup(ledger=ledger),
    )


def _orchestrated() -> Subject:
    from checkers.market.orchestrated import FORGERIES, orchestrated_setup
    from spec.orchestrated import orchestrated

    sizes: Sequence[Mapping[str, int]] = (
        {"Step": 1, "Record": 2},
        {"Step": 1, "Record": 3, "Component": 1, "Digest": 1},
        {"Step": 1, "Record": 2, "Model": 2, "Component": 1, "Digest": 1},
        {"Step": 1, "Record": 2, "Request": 3, "Data": 1, "Hash": 1},
        {"Step": 2, "Record": 3, "Component": 1, "Digest": 1},
    )
    return Subject(
        orchestrated,
        orchestrated_setup(),
        forgeries=FORGERIES,
        sizes=sizes,
        on=lambda ledger: orchestrated_setup(ledger=ledger),
    )


def _hardened() -> Subject:
    from checkers.market.hardened.driver import HARDENED, hardened_setup
    from checkers.market.hardened.stories import FROM_NOTHING, REHEARSALS
    from checkers.market.hardened.unrefused import UNREFUSED
    from spec.hardened import hardened

    return Subject(
        hardened,
        HARDENED,
        REHEARSALS,
        FROM_NOTHING,
        UNREFUSED,
        sizes=(),
        on=lambda ledger: hardened_setup(ledger=ledger),
    )


def _at_work() -> Subject:
    from checkers.market.hardened.driver import HARDENED_AT_WORK, at_work_setup
    from checkers.market.hardened.forgeries import FORGERIES
    from checkers.market.hardened.stories import STORIES
    from checkers.market.hardened.unrefused import UNREFUSED_AT_WORK
    from spec.hardened import at_work

    return Subject(
        at_work,
        HARDENED_AT_WORK,
        ways=list(STORIES.values()),
        unrefused=UNREFUSED_AT_WORK,
        forgeries=FORGERIES,
        sizes=({}, {"Version": 2}),  # the first version is in force from the start
        on=lambda ledger: at_work_setup(ledger=ledger),
    )


def _ledger() -> Subject:
    from checkers.market.ledger import ledger_setup
    from spec.ledger import ledger

    return Subject(ledger, ledger_setup(), on=ledger_setup)


def _bisection() -> Subject:
    from checkers.market.bisection import bisection_setup
    from spec.bisection import bisection

    return Subject(bisection, bisection_setup())


def _of_textbooks(name: str, published: tuple[int, int] | None = None) -> Subject:
    machine: AnyMachine = getattr(import_module(f"{textbook.__name__}.{name}"), name)
    return Subject(machine, published=published)


class _Subjects(Mapping[str, Subject]):
    """Subjects that are made when they are asked for, each once."""

    def __init__(self, made: Mapping[str, Callable[[], Subject]]) -> None:
        self._made = {name: cache(make) for name, make in made.items()}

    def __getitem__(self, name: str) -> Subject:
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


SUBJECTS: Mapping[str, Subject] = _Subjects(
    {
        "basic": _basic,
        "orchestrated": _orchestrated,
        "hardened": _hardened,
        "hardened_at_work": _at_work,
        "ledger": _ledger,
        "bisection": _bisection,
        "transaction_commit": partial(_of_textbooks, "transaction_commit", (34, 94)),
        "two_phase": partial(_of_textbooks, "two_phase", (288, 1_146)),
        "dining_philosophers": partial(_of_textbooks, "dining_philosophers", (67, 336)),
        "peterson": partial(_of_textbooks, "peterson", (42, 77)),
        "die_hard": partial(_of_textbooks, "die_hard", (16, 97)),
        "token_ring": partial(_of_textbooks, "token_ring", (46_656, 248_832)),
        "lock_server": partial(_of_textbooks, "lock_server"),
        "sharded_store": partial(_of_textbooks, "sharded_store"),
        "consensus": partial(_of_textbooks, "consensus"),
        "pipeline": partial(_of_textbooks, "pipeline"),
    }
)
"""The machines of the project, by name."""


def find_subject(name: str) -> Subject:
    """A machine by its name, or any by `package.module:attribute` or `path/file.py:attribute`.

    Raises:
        MachineError: there is none; the message says what was looked for where.
    """
    if name in SUBJECTS:
        return SUBJECTS[name]
    like = close(name, SUBJECTS)
    known = f"{', '.join(SUBJECTS)}{f' ({like})' if like else ''}"
    return Subject(find_attribute(name, Machine, f"machine: it is none of {known}"))


def find_machine(name: str) -> AnyMachine:
    """The machine alone of what `find_subject` finds.

    Raises:
        MachineError: there is none.
    """
    return find_subject(name).machine


def find_setup(machine: str, name: str, ledger: str | None = None) -> "Setup":
    """The setup that `--against` names for a machine.

    Args:
        machine: its name.
        name: the setup's.
        ledger: that of the kind of ledger on which the reference is driven, if not as it comes.

    Raises:
        MachineError: there is none.
    """
    from checkers.lockstep.driver import Setup

    if ledger is not None:
        if name != "reference":
            raise MachineError(f"--ledger is of the reference: {name} says itself what it is on")
        return _on_ledger(machine, ledger)
    if name == "reference":
        return reference(machine)
    return find_attribute(name, Setup, "driver but reference")


def _on_ledger(machine: str, name: str) -> "Setup":
    """How the reference implementation is driven as a machine, on a ledger of a kind by its name.

    Raises MachineError: it is on none, or that is no kind of ledger.
    """
    from checkers.market.ledger_file import check_kind

    subject = SUBJECTS.get(machine)
    if subject is None or subject.on is None:
        known = [known for known, each in SUBJECTS.items() if each.on]
        raise MachineError(f"--ledger: {machine} is on no ledger, only {', '.join(known)}")
    kind = find_attribute(name, type, "ledger", "class")
    check_kind(kind, name)
    return subject.on(kind)


def reference(machine: str) -> "Setup":
    """How the reference implementation is driven as a machine of the project.

    Raises:
        MachineError: it cannot be.
    """
    subject = SUBJECTS.get(machine)
    if subject is None or subject.setup is None:
        driven = [known for known, each in SUBJECTS.items() if each.setup]
        raise MachineError(
            f"the reference implementation has no driver for {machine}, "
            f"only for {', '.join(driven)}"
        )
    return subject.setup
