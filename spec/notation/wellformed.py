"""What a machine is made of is what it is taken for: told apart by identity, and named once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spec.notation.errors import MachineError, where
from spec.notation.sorts import Field, Fun, Ordinal, Sort, SortType, Value, is_sort
from spec.notation.term import Term

if TYPE_CHECKING:
    from spec.notation.machine import Machine

# What holds one thing after another; each of these also takes the place of none.
_LISTS = (
    "dormant",
    "actions",
    "always",
    "refuted",
    "sometimes",
    "lemmas",
    "assumptions",
    "symmetric",
)

_KINDS = {"ending": "Ending", "secrecy": "Secrecy", "accountability": "Accountability"}
"""What is said of a machine in a thing of its own, and what that is."""


def check_parts(machine: "Machine[Any]", fields: Mapping[str, Field]) -> None:
    """Refuse a machine that is given anything but what its arguments take.

    Args:
        machine: the machine, none of whose texts need be readable yet.
        fields: every field of its state, by name.

    Raises:
        MachineError: it says what was given, and what is wanted.
    """
    for problem in _problems(machine, fields):
        raise MachineError(f"{machine.name}: {problem}")


def _problems(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    if not isinstance(machine.name, str) or not machine.name.strip():
        yield "a machine has a name, in text"
    for name in _LISTS:
        yield from _not_listed(name, getattr(machine, name))
    for name, kind in _KINDS.items():
        given = getattr(machine, name)
        if given is not None and type(given).__name__ != kind:
            yield f"{name} is given as {name}={kind}(...), not as {_called(given)}"
    yield from _of_actions(machine)
    yield from _of_texts(machine)
    yield from _of_sizes(machine.sizes)
    yield from _of_functions(machine, fields)
    yield from _of_symmetric(machine)
    yield from _of_dormant(machine)
    yield from _of_ending(machine)
    yield from _of_accountability(machine, fields)
    yield from _of_secrecy(machine, fields)


def _not_listed(name: str, given: object) -> Iterator[str]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        yield f"{name} is a tuple, as in {name}=(a, b), not {_called(given)}"


def _called(given: object) -> str:
    """How something that was given is told to its author."""
    return str(getattr(given, "__name__", None) or getattr(given, "name", None) or repr(given))


def _repeated(names: Iterable[str]) -> Iterator[str]:
    seen = set()
    for name in names:
        if name in seen:
            yield name
        seen.add(name)


def _is_action(given: object) -> bool:
    from spec.notation.machine import Action

    return isinstance(given, Action)


def _of_actions(machine: "Machine[Any]") -> Iterator[str]:
    for act in machine.actions:
        if not _is_action(act):
            raise MachineError(f"{_called(act)} is no action; put @action above it", where(act))
    for name in _repeated(act.name for act in machine.actions):
        yield f"two actions are called {name}; rename one"


def _of_texts(machine: "Machine[Any]") -> Iterator[str]:
    said = [machine.init, *machine.predicates]
    for text in said:
        if _is_action(text) or not callable(text):
            yield f"{_called(text)} is no function of the state"
    names = [_called(text) for text in said] + [act.name for act in machine.actions]
    for name in _repeated(names):
        yield f"two texts are called {name}; rename one"


def _of_sizes(sizes: Mapping[SortType, int]) -> Iterator[str]:
    if not isinstance(sizes, Mapping):
        yield f"sizes are given by sort, as in sizes={{Client: 3}}, not as {_called(sizes)}"
        return
    for sort, size in sizes.items():
        if not (isinstance(sort, type) and issubclass(sort, Sort | Ordinal)):
            yield f"sizes are given by sort, as in sizes={{Client: 3}}, not by {sort!r}"
        elif type(size) is not int or size < 1:
            yield f"sizes are whole numbers of 1 or more, and {sort.__name__} has {size!r}"


def _of_functions(machine: "Machine[Any]", fields: Mapping[str, Field]) -> Iterator[str]:
    for name, definition in (*machine.definitions.items(), *machine.example.items()):
        if name not in fields or fields[name].kind is not Fun:
            yield f"it defines {name}, which is no function of its state"
        elif not callable(definition):
            yield f"the definition of {name} is no function, but {_called(definition)}"
    for name in machine.definitions.keys() & machine.example.keys():
        yield f"{name} is defined in definitions and in example; leave it out of one of them"


def _of_symmetric(machine: "Machine[Any]") -> Iterator[str]:
    for sort in machine.symmetric:
        if not (isinstance(sort, type) and issubclass(sort, Sort)):
            yield (
                f"{_called(sort)} is not symmetric, since its elements can be told apart; "
                "subclasses of Sort are"
            )


def _not_among(machine: "Machine[Any]", named: Iterable[Any], role: str) -> Iterator[str]:
    for act in named:
        if not any(act is own for own in machine.actions):
            name = act.name if _is_action(act) else _called(act)
            yield f"{name} is said to be {role}, and is none of its actions"


def _of_dormant(machine: "Machine[Any]") -> Iterator[str]:
    if any(not isinstance(pair, tuple) or len(pair) != 2 for pair in machine.dormant):
        yield 'dormant is a tuple of actions, each with why, as in dormant=((release, "why"),)'
        return
    yield from _not_among(machine, (act for act, _ in machine.dormant), "dormant")
    for act, why in machine.dormant:
        if not isinstance(why, str) or not why.strip():
            yield f"say why {act.name} is dormant"


def _not_callable(texts: Iterable[object], role: str) -> Iterator[str]:
    for text in texts:
        if _is_action(text) or not callable(text):
            yield f"{role} is a function, not {_called(text)}"


def _of_ending(machine: "Machine[Any]") -> Iterator[str]:
    ending = machine.ending
    if ending is None:
        return
    yield from _not_listed("fair", ending.fair)
    yield from _not_listed("ranking", ending.ranking)
    yield from _not_callable([ending.goal], "a goal")
    yield from _not_callable(ending.ranking, "a rank")
    yield from _not_among(machine, ending.fair, "fair")
    for name in _repeated(act.name for act in ending.fair):
        yield f"{name} is said twice to be fair"


def _no_fields(names: Sequence[str], fields: Mapping[str, Field], role: str) -> Iterator[str]:
    yield from _not_listed(role, names)
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
    yield from _not_listed("roles", account.roles)
    yield from _not_callable([account.over], "what is over")
    yield from _not_callable(account.bounds, "a bound")
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
    yield from _not_callable(secrecy.alike, "what is given away")
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
