"""Whatever a machine is made of, and however it is malformed: one line says what to write."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from checkers.lockstep.driver import Setup
from spec.notation import (
    Accountability,
    Ending,
    MachineError,
    Role,
    Secrecy,
)
from tests.support.door import Door, Key, Level, door, enter, turn


def is_open(s: Door) -> bool:
    return s.open


def is_turned(s: Door, k: Key) -> bool:
    return s.turned[k]


def is_turned_at(s: Door, k: Key, level: Level) -> bool:
    return s.turned[k] & (s.level == level)


def keyless() -> Any:  # Any: no driver, and nobody opens it
    return True


ROLE: Role[Door] = Role(is_turned)
ENDING = Ending(is_open, fair=(turn,))
SECRECY: Secrecy[Door] = Secrecy(secret=("fits",), private=((turn, "k"),))
ACCOUNT = Accountability(("open",), ("turned",), (ROLE,), is_open)
DOOR = door(turn, enter, ending=ENDING, secrecy=SECRECY, accountability=ACCOUNT)

PARTS: list[tuple[object, Callable[[Any], object]]] = [
    (DOOR, lambda made: made),
    (ENDING, lambda made: attrs.evolve(DOOR, ending=made)),
    (SECRECY, lambda made: attrs.evolve(DOOR, secrecy=made)),
    (ACCOUNT, lambda made: attrs.evolve(DOOR, accountability=made)),
    (ROLE, lambda made: door(turn, accountability=attrs.evolve(ACCOUNT, roles=(made,)))),
    (Setup(open=keyless), lambda made: made),
]
FIELDS = [
    pytest.param(part, field.name, use, id=f"{type(part).__name__}.{field.name}")
    for part, use in PARTS
    for field in attrs.fields(type(part))  # type: ignore[arg-type]  # each is a class of attrs
    if field.init
]

ALONE: list[Any] = [
    *(3, -1, True, None, "open", "", b"open", 2.5, object()),
    *(turn, is_open, is_turned, is_turned_at, keyless, len, lambda s: True),
    *(Key, Level, Door, DOOR, ROLE, ENDING, SECRECY, ACCOUNT),
]
MALFORMED: list[Any] = [
    *ALONE,
    *((one,) for one in ALONE),
    *([one] for one in ALONE),
    *((one, one) for one in ALONE),
    *(((one,),) for one in ALONE),
    *(((one, "k"),) for one in ALONE),
    *(((turn, one),) for one in ALONE),
    *({"open": one} for one in ALONE),
    *({"fits": one} for one in ALONE),
    *({Key: one} for one in ALONE),
    *({turn: "k"}, {3: 3}, {turn}, {"open"}, (), [], {}, ((),), ((turn, "k", "k"),)),
]


@pytest.mark.parametrize(("part", "field", "use"), FIELDS)
def test_a_malformed_part_is_refused_in_words_of_the_notation(
    part: Any, field: str, use: Callable[[Any], object]
) -> None:
    refused = 0
    for wrong in MALFORMED:
        if error := refusal(use, part, {field: wrong}):
            refused += 1
            assert "Error:" not in str(error), wrong
            assert "<function" not in str(error), wrong
            assert error.at is not None, wrong
    assert refused > len(MALFORMED) / 2


def refusal(
    use: Callable[[Any], object], part: Any, given: dict[str, object]
) -> MachineError | None:
    try:
        use(attrs.evolve(part, **given))
    except MachineError as error:
        return error
    return None


@pytest.mark.parametrize("part", [part for part, _ in PARTS], ids=lambda part: type(part).__name__)
def test_a_misspelt_part_says_what_was_meant(part: object) -> None:
    called = type(part).__name__
    name = attrs.fields(type(part))[0].name  # type: ignore[arg-type]
    said = f"{called} takes no {name}s; did you mean {name}"
    with pytest.raises(MachineError, match=said):
        type(part)(**{f"{name}s": 3})
    with pytest.raises(MachineError, match=f"{called}: missing a required argument: '{name}'"):
        type(part)()


def test_each_kind_of_pairs_is_told_by_an_example() -> None:
    wrong: Any = ("k",)  # as of a user without mypy
    with pytest.raises(MachineError, match=r'as in private=\(\(acquire, "c"\),\), not as \(.k.,\)'):
        Secrecy(secret=(), private=wrong)
    with pytest.raises(MachineError, match=r'as in dormant=\(\(acquire, "why"\),\), not as \(.k.,'):
        attrs.evolve(DOOR, dormant=wrong)
    by_action: Any = {turn: "k"}
    with pytest.raises(MachineError, match=r'as in private=\(\(acquire, "c"\),\), not as'):
        Secrecy(secret=(), private=by_action)
