"""What a machine is made of is what it is taken for: told apart by identity, and named once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spec.notation.arguments import told
from spec.notation.errors import MachineError, where
from spec.notation.sorts import Field, Fun, Ordinal, Sort, SortType, Value, is_sort
from spec.notation.term import Term

if TYPE_CHECKING:
    from spec.notation.machine import Machine


def check_parts(machine: "Machine[Any]", fields: Mapping[str, Field]) -> None:
    """Refuse a machine whose parts, each of the kind that it should be, do not fit together.

    Args:
        machine: the machine, none of whose texts need be readable yet.
        fields: every field of its state, by name.

    Raises:
        MachineError: it says what was given, and what is wanted.
    """
    for problem in _problems(machine, fields):
        raise MachineError(f"{machine.name}: {problem}")


def _problems(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    if not machine.name.strip():
        yield "a machine has a name, in text"
    yield from _of_actions(machine)
    yield from _of_texts(machine)
    yield from _of_sizes(machine.sizes)
    yield from _of_functions(machine, fields)
    yield from _of_symmetric(machine)
    yield from _of_dormant(machine)
    yield from _of_ending(machine)
    yield from _of_accountability(machine, fields)
    yield from _of_secrecy(machine, fields)


def _repeated(names: Iterable[str]) -> Iterator[str]:
    seen = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)


def _shared(texts: Sequence[object], kind: str) -> Iterator[str]:
    """The names of more than one of some texts; or of one that is given more than once."""
    for name in _repeated(map(told, texts)):
        different = {id(text) for text in texts if told(text) == name}
        if len(different) == 1:
            yield f"{name} is given twice; leave one out"
        else:
            yield f"two {kind} are called {name}; rename one"


def _is_action(given: object) -> bool:
    from spec.notation.machine import Action

    return isinstance(given, Action)


def _of_actions(machine: "Machine[Any]") -> Iterator[str]:
    for act in machine.actions:
        if not _is_action(act):
            raise MachineError(f"{told(act)} is no action; put @action above it", where(act))
    yield from _shared(machine.actions, "actions")


def _of_texts(machine: "Machine[Any]") -> Iterator[str]:
    yield from _shared([machine.init, *machine.predicates, *machine.actions], "texts")


def _of_sizes(sizes: Mapping[SortType, int]) -> Iterator[str]:
    for sort, size in sizes.items():
        if not (isinstance(sort, type) and issubclass(sort, Sort | Ordinal)):
            yield f"sizes are given by sort, as in sizes={{Client: 3}}, not by {told(sort)}"
        elif type(size) is not int or size < 1:
            yield f"sizes are whole numbers of 1 or more, and {sort.__name__} has {told(size)}"


def _of_functions(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    for name, definition in (*machine.definitions.items(), *machine.example.items()):
        if name not in fields or fields[name].kind is not Fun:
            yield f"it defines {told(name)}, which is no function of its state"
        elif not callable(definition):
            yield f"the definition of {name} is no function, but {told(definition)}"
    for name in machine.definitions.keys() & machine.example.keys():
        yield f"{name} is defined in definitions and in example; leave it out of one of them"


def _of_symmetric(machine: "Machine[Any]") -> Iterator[str]:
    for sort in machine.symmetric:
        if not issubclass(sort, Sort):
            yield (
                f"{sort.__name__} is not symmetric, since its elements can be told apart; "
                "subclasses of Sort are"
            )


def _not_among(machine: "Machine[Any]", named: Iterable[Any], role: str) -> Iterator[str]:
    for act in named:
        if not any(act is own for own in machine.actions):
            yield f"{told(act)} is said to be {role}, and is none of its actions"


def _of_dormant(machine: "Machine[Any]") -> Iterator[str]:
    yield from _not_among(machine, (act for act, _ in machine.dormant), "dormant")
    for act, why in machine.dormant:
        if not why.strip():
            yield f"say why {act.name} is dormant"


def _of_ending(machine: "Machine[Any]") -> Iterator[str]:
    ending = machine.ending
    if ending is None:
        return
    yield from _not_among(machine, ending.fair, "fair")
    for name in _repeated(act.name for act in ending.fair):
        yield f"{name} is said twice to be fair"


def _no_fields(names: Sequence[str], fields: Mapping[str, Field], role: str) -> Iterator[str]:
    for name in names:
        if name not in fields:
            yield f"{role} names {name!r}, which is no field of its state"
    for name in _repeated(names):
        yield f"{role} names {name} twice"


def _of_accountability(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    account = machine.accountability
    if account is None:
        return
    yield from _no_fields(account.evidence, fields, "evidence")
    yield from _no_fields(account.verdicts, fields, "verdicts")
    yield from _no_fields(account.shown, fields, "shown")
    if not account.roles:
        yield "roles say of whom somebody is held to account; give one"
    sorts = [role.sort for role in account.roles]
    for name in _repeated(sort.__name__ for sort in sorts):
        yield f"two roles are of {name}; give one"


def _of_secrecy(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    secrecy = machine.secrecy
    if secrecy is None:
        return
    yield from _no_fields(secrecy.secret, fields, "secret")
    if not secrecy.secret and not secrecy.private:
        yield "nothing is secret; name fields or parameters"
    yield from _not_among(machine, (act for act, _ in secrecy.private), "private")
    yield from _not_among(machine, secrecy.leaks, "leaking")
    for act, parameter in secrecy.private:
        if _is_action(act) and parameter not in act.parameters:
            yield f"{act.name} has no parameter {parameter!r} that could be private"


def check_sorts(name: str, sorts: Iterable[SortType]) -> None:
    """Refuse two sorts of one name, which sizes, tables and files could not tell apart, and two
    names of one member, which nothing tells apart.

    Raises:
        MachineError: there are two.
    """
    sorts = list(dict.fromkeys(sorts))
    for repeated in _repeated(sort.__name__ for sort in sorts if is_sort(sort)):
        raise MachineError(f"{name}: two sorts are called {repeated}; rename one")
    for sort in sorts:
        for other, member in getattr(sort, "__members__", {}).items():
            if other != member.name:
                called = f"{sort.__name__}.{other} is another name of {member}"
                raise MachineError(f"{name}: {called}; give each member a value of its own")


def check_assumption(name: str, assumption: Callable[..., bool], value: Value) -> None:
    """Refuse an assumption about what actions change.

    Args:
        name: the machine's.
        assumption: the text.
        value: what it says, as a term.
    """
    fields = list(_fields_of(value))
    for field in fields:
        if field.kind is not Fun:
            raise MachineError(
                f"{name}.{assumption.__name__} assumes something of {field.name}, which actions "
                "change; assumptions are about functions: require it in init, or prove it",
                where(assumption),
            )
    if not fields and isinstance(value, Term):
        raise MachineError(
            f"{name}.{assumption.__name__} assumes something, and of no function; assumptions are "
            "about functions of the state",
            where(assumption),
        )


def _fields_of(value: Value) -> Iterator[Field]:
    if isinstance(value, Field):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _fields_of(part)
    elif isinstance(value, Term):
        yield from _fields_of(value.args)
