"""Random protocols over the whole grammar of the notation, as text.

A protocol is a file as an author would write it, of a few small sorts, and says of itself all that
can be said of a machine. Most are in the grammar; what is not is refused in one line. The same seed
gives the same text.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from math import prod
from random import Random
from typing import Literal, TypeAlias, TypeVar

import attrs

T = TypeVar("T")

Base: TypeAlias = Literal["bool", "Enum", "Sort", "Ordinal"]

_MOST_STARTS = 256
"""Choices of what `init` leaves alone, and of tables of functions."""


class Nothing(Exception):
    """There is no value of that sort to be written here."""


@attrs.frozen
class Kind:
    """A sort, as a text declares it: its name, what it is, and how many elements a run gives it."""

    name: str
    base: Base
    size: int

    @property
    def is_number(self) -> bool:
        """Whether its elements are numbers."""
        return self.base == "Ordinal"

    @property
    def members(self) -> list[str]:
        """Elements that a text can name; of many, the first."""
        if self.base == "bool":
            return ["False", "True"]
        if self.base == "Enum":
            return [f"{self.name}.M{number}" for number in range(self.size)]
        few = range(min(self.size, 8) if self.is_number else 0)
        return [f"{self.name}({number})" for number in few]


BOOL = Kind("bool", "bool", 2)


@attrs.frozen
class Field:
    """A field of the state: a scalar without keys, a map, or a function."""

    name: str
    keys: Sequence[Kind]
    kind: Kind
    fixed: bool = False

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return prod(key.size for key in self.keys)

    @property
    def annotation(self) -> str:
        """Its sort, as the text writes it."""
        names = ", ".join(key.name for key in self.keys)
        if self.fixed:
            return f"Fun[[{names}], {self.kind.name}]"
        if len(self.keys) > 1:
            names = f"tuple[{names}]"
        return f"Map[{names}, {self.kind.name}]" if self.keys else self.kind.name


Names: TypeAlias = Mapping[str, Kind]
"""What a place of a text can name, by name."""


@attrs.frozen
class Case:
    """A protocol, as text.

    Attributes:
        seed: what it was made from.
        text: a file, in which `machine` is the protocol.
        used: how often it uses each construct of the notation.
    """

    seed: int
    text: str
    used: Mapping[str, int]


def generate(seed: int) -> Case:
    """The protocol of a seed."""
    writer = _Writer(Random(seed))
    return Case(seed, writer.text(), dict(writer.used))


class _Writer:
    """Writes one protocol."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.used: Counter[str] = Counter()
        self.kinds = self._kinds()
        self.symmetric = self.chance(0.7)
        """Whether its parties are to be symmetric: then no text may name the first of them."""
        self.falling = self._falling() if self.chance(0.2) else None
        """A field that one action lowers, and no other writes: a ranking, for an ending."""
        self.rises = self.chance(0.4)
        """Whether that field is raised instead, up to its size or less far."""
        self.fields = self._fields()
        self.helpers: list[tuple[str, Kind, Kind]] = []  # name, parameter, result
        self.only_fixed = False
        """Whether what is written may name nothing of the state but functions."""
        self._fresh = 0

    # Chance

    def chance(self, part: float) -> bool:
        """True so often."""
        return self.random.random() < part

    def few(self, *weights: int) -> int:
        """A number below that of the weights."""
        return self.random.choices(range(len(weights)), weights)[0]

    def name(self, prefix: str) -> str:
        """A name that nothing has."""
        self._fresh += 1
        return f"{prefix}{self._fresh}"

    def first_of(self, ways: Sequence[tuple[int, str, Callable[[], str]]]) -> str:
        """What one of some ways writes: a likely one, else another that has something to write."""
        left = list(ways)
        while left:
            weights = [weight for weight, _, _ in left]
            way = left.pop(self.random.choices(range(len(left)), weights)[0])
            try:
                written = way[2]()
            except Nothing:
                continue
            self.used[way[1]] += 1
            return written
        raise Nothing

    # Sorts and fields

    def _kinds(self) -> list[Kind]:
        kinds = [Kind(f"Party{n}", "Sort", 1 + self.few(1, 5, 2)) for n in range(self.few(2, 5, 2))]
        sizes = (1, 2, 3, 3, 4, 5)
        kinds += [
            Kind(f"Level{n}", "Ordinal", self.random.choice(sizes))
            for n in range(self.few(2, 5, 2))
        ]
        kinds += [
            Kind(f"Phase{n}", "Enum", 1 + self.few(1, 5, 5)) for n in range(self.few(3, 4, 1))
        ]
        if self.chance(0.1):
            kinds.append(Kind("Wide", "Ordinal", self.random.choice((70, 200, 1 << 20))))
        return [*kinds, BOOL]

    def _fields(self) -> list[Field]:
        fields = [self._field(number) for number in range(1 + self.few(1, 4, 5, 3))]
        if self.chance(0.2):  # several words
            keys = [Kind("Wide_key", "Ordinal", self.random.choice((33, 64, 65)))]
            self.kinds.append(keys[0])
            fields.append(Field("wide", keys, self.random.choice(self.values)))
        fields += [self._function(number) for number in range(self.few(6, 3, 2))]
        if len(fields) > 1 and fields[-2].fixed and self.chance(0.5):  # two that can be alike
            fields[-1] = attrs.evolve(fields[-2], name=fields[-1].name)
        if not any(not field.fixed for field in fields):
            fields.append(Field("flag", (), BOOL))
        return [*fields, *([self.falling] if self.falling else [])]

    def _falling(self) -> Field:
        self.kinds.insert(0, kind := Kind("Left", "Ordinal", self.random.choice((2, 3, 4))))
        parties = [party for party in self.kinds if party.base == "Sort"]
        return Field("left", [self._pick(parties)] if parties and self.chance(0.6) else [], kind)

    @property
    def values(self) -> list[Kind]:
        """The sorts of what fields hold, truth values more often than others."""
        return [*self.kinds, BOOL]

    @property
    def keys(self) -> list[Kind]:
        """The sorts that are few enough to be keys or to be quantified over."""
        return [kind for kind in self.kinds if kind.size <= 5]

    def _field(self, number: int) -> Field:
        count = self.few(4, 5, 2, 1)
        keys = [self.random.choice(self.keys) for _ in range(count)]
        while prod(key.size for key in keys) > 12:
            keys.pop()
        return Field(f"f{number}", keys, self.random.choice(self.values))

    def _function(self, number: int) -> Field:
        keys = [self.random.choice(self.keys) for _ in range(1 + self.few(4, 1))]
        kind = self.random.choice([kind for kind in self.values if kind.size <= 4])
        self.used["function"] += 1
        return Field(f"g{number}", keys, kind, fixed=True)

    # Values

    def value(self, kind: Kind, names: Names, depth: int) -> str:
        """An expression of a sort."""
        if kind.base == "bool":
            return self.condition(names, depth)
        if kind.is_number:
            return self.number(kind, names, depth)
        return self.first_of(self._leaves(kind, names, depth))

    def _leaves(
        self, kind: Kind, names: Names, depth: int
    ) -> list[tuple[int, str, Callable[[], str]]]:
        """Ways to write a value of any sort."""
        ways: list[tuple[int, str, Callable[[], str]]] = [
            (8, "variable", lambda: self._variable(kind, names)),
            (1, "constant", lambda: self._constant(kind)),
        ]
        ways.append((12, "read", lambda: self._read(kind, names, depth)))
        if depth > 0:
            ways += [
                (1, "ite", lambda: self._ite(kind, names, depth - 1)),
                (1, "helper", lambda: self._helped(kind, names, depth - 1)),
            ]
        return ways

    def _variable(self, kind: Kind, names: Names) -> str:
        return self._pick([name for name, its in names.items() if its == kind])

    def _constant(self, kind: Kind) -> str:
        if kind.is_number and self.chance(0.1):
            self.used["constant past its size"] += 1
            return f"{kind.name}({kind.size})"
        return self._pick(kind.members)

    def _pick(self, ones: Sequence[T]) -> T:
        if not ones:
            raise Nothing
        return self.random.choice(ones)

    def _read(self, kind: Kind, names: Names, depth: int) -> str:
        fields = [
            field
            for field in self.fields
            if field.kind == kind
            and (field.fixed or not self.only_fixed)
            and (depth > 0 or not field.keys)
        ]
        field = self._pick(fields)
        keys = [self.value(key, names, min(depth - 1, 1)) for key in field.keys]
        if field.fixed:
            return f"s.{field.name}({', '.join(keys)})"
        return f"s.{field.name}[{', '.join(keys)}]" if keys else f"s.{field.name}"

    def _ite(self, kind: Kind, names: Names, depth: int) -> str:
        parts = [self.condition(names, depth)] + [self.value(kind, names, depth) for _ in range(2)]
        return f"ite({', '.join(parts)})"

    def _helped(self, kind: Kind, names: Names, depth: int) -> str:
        if self.only_fixed:
            raise Nothing
        name, parameter, _ = self._pick([one for one in self.helpers if one[2] == kind])
        return f"{name}(s, {self.value(parameter, names, depth)})"

    # Numbers

    def number(self, kind: Kind, names: Names, depth: int) -> str:
        """A number, which need not be one of its sort."""
        ways = self._leaves(kind, names, depth)
        if depth > 0:
            ways += [
                (3, "arithmetic", lambda: self._arithmetic(kind, names, depth - 1)),
                (1, "total", lambda: self._total(kind)),
                (1, "size", lambda: f"size({self._pick(self.numbers).name})"),
            ]
        return self.first_of(ways)

    @property
    def sized(self) -> list[Kind]:
        """The sorts that a run gives a size."""
        return [kind for kind in self.kinds if kind.base in ("Sort", "Ordinal")]

    @property
    def numbers(self) -> list[Kind]:
        """The sorts whose elements are numbers."""
        return [kind for kind in self.kinds if kind.is_number]

    def _arithmetic(self, kind: Kind, names: Names, depth: int) -> str:
        operator = self.random.choice(("+", "+", "-", "-", "*", "//", "%"))
        other = str(self.random.choice((1, 1, 2, 3)))
        if self.chance(0.5) and operator in "+-*":
            other = self.number(kind, names, depth)
        first = self.number(kind, names, depth)
        self.used[operator] += 1
        return f"({first} {operator} {other})"

    def _total(self, kind: Kind) -> str:
        if self.only_fixed:
            raise Nothing
        field = self._pick([f for f in self.fields if f.keys and not f.fixed and f.kind == kind])
        return f"total(s.{field.name})"

    # Conditions

    def condition(self, names: Names, depth: int) -> str:
        """A truth value."""
        ways = self._leaves(BOOL, names, depth)
        if depth > 0:
            lower = depth - 1
            ways += [
                (6, "equality", lambda: self._equality(names, lower)),
                (5, "comparison", lambda: self._comparison(names, lower)),
                (3, "connective", lambda: self._connective(names, lower)),
                (3, "word", lambda: self._word(names, lower)),
                (3, "quantifier", lambda: self._quantifier(names, lower)),
            ]
        return self.first_of(ways)

    def _equality(self, names: Names, depth: int) -> str:
        operator = self.random.choice(("==", "==", "!="))
        first, kind = self._something(names, depth, self.kinds)
        other = self._constant(kind) if kind.members and self.chance(0.4) else None
        return f"({first} {operator} {other or self.value(kind, names, depth)})"

    def _something(self, names: Names, depth: int, kinds: Sequence[Kind]) -> tuple[str, Kind]:
        """A value that differs from state to state or from choice to choice, with its sort."""
        kinds = list(kinds)
        while kinds:
            kind = kinds.pop(self.random.randrange(len(kinds)))
            try:
                read = partial(self._read, kind, names, depth)
                variable = partial(self._variable, kind, names)
                return self.first_of([(3, "read", read), (2, "variable", variable)]), kind
            except Nothing:
                continue
        raise Nothing

    def _comparison(self, names: Names, depth: int) -> str:
        operator = self.random.choice(("<", "<=", ">", ">="))
        first, kind = self._something(names, depth, self.numbers)
        if self.chance(0.3):
            first = self.number(kind, names, depth)
        other = self.number(kind, names, depth) if self.chance(0.6) else str(self.few(1, 2, 2, 1))
        return f"({first} {operator} {other})"

    def _connective(self, names: Names, depth: int) -> str:
        operator = self.random.choice("&&||^")
        self.used[operator] += 1
        return f"({self.condition(names, depth)} {operator} {self.condition(names, depth)})"

    def _word(self, names: Names, depth: int) -> str:
        word = self.random.choice(("not_", "implies", "all_of", "any_of"))
        count = {"not_": 1, "implies": 2}.get(word) or 1 + self.few(1, 2, 2)
        self.used[word] += 1
        return f"{word}({', '.join(self.condition(names, depth) for _ in range(count))})"

    def _quantifier(self, names: Names, depth: int) -> str:
        word = self.random.choice(("forall", "exists"))
        kinds = [self._pick(self.keys) for _ in range(1 + self.few(5, 2))]
        bound = {self.name("q"): kind for kind in kinds}
        body = self.condition({**names, **bound}, depth)
        self.used[word] += 1
        said = ", ".join(kind.name for kind in kinds)
        return f"{word}({said}, lambda {', '.join(bound)}: {body})"

    # Statements

    def statements(self, names: Names, *, starts: bool) -> Iterator[str]:
        """What an action does, or `init`: locals, effects, loops over what is fixed."""
        names = dict(names)
        for _ in range(self.few(5, 1) if not starts else 0):
            kind = self._pick(self.kinds)
            local = self.name("x")
            yield f"{local} = {self.value(kind, names, 1)}"
            names[local] = kind
            self.used["local"] += 1
        for _ in range(1 + self.few(4, 4, 2)):
            yield from self._effect(names)

    def _effect(self, names: Names) -> Iterator[str]:
        fields = [field for field in self.fields if not field.fixed]
        field = self._pick([field for field in fields if field is not self.falling])
        place = f"s.{field.name}"
        if not field.keys:
            yield from self._assigned(place, field.kind, names)
            return
        way = self.few(9, 1, 1, 1, 1)
        if way == 1:
            self.used["fill"] += 1
            yield f"{place}.fill({self.value(field.kind, names, 1)})"
        elif way == 2:
            self.used["fill_by"] += 1
            yield f"{place}.fill_by({self._by_key(field, names)})"
        elif way == 3 and not self._names_a_party(field):
            self.used["reset"] += 1
            yield f"{place}.reset()"
        elif way == 4 and field.keys[0].members:
            self.used["loop"] += 1
            turn = self.name("t")
            keys = [turn, *(self.value(key, names, 1) for key in field.keys[1:])]
            within = {**names, turn: field.keys[0]}
            yield f"for {turn} in ({', '.join(field.keys[0].members[:2])},):"
            yield from _indented(
                [*self._assigned(f"{place}[{', '.join(keys)}]", field.kind, within)]
            )
        else:
            keys = [self.value(key, names, 1) for key in field.keys]
            yield from self._assigned(f"{place}[{', '.join(keys)}]", field.kind, names)

    def _assigned(self, place: str, kind: Kind, names: Names) -> Iterator[str]:
        if kind.is_number and self.chance(0.3):
            self.used["augmented"] += 1
            yield f"{place} {self.random.choice(('+', '-'))}= {self.random.choice((1, 1, 2))}"
        elif self.chance(0.4) and kind.members:
            self.used["next in turn"] += 1
            yield f"{place} = {self._next(place, kind)}"
        else:
            yield f"{place} = {self.value(kind, names, 2)}"

    def _next(self, place: str, kind: Kind) -> str:
        """What comes after a value of a place, in turn, so that runs go far."""
        if kind.base == "bool":
            return f"not_({place})"
        if kind.is_number:
            return f"({place} + 1) % size({kind.name})"
        *members, last = kind.members
        following = last
        for member, after in zip(members, kind.members[1:], strict=True):
            following = f"ite({place} == {member}, {after}, {following})"
        return f"ite({place} == {last}, {kind.members[0]}, {following})"

    def _by_key(self, field: Field, names: Names) -> str:
        key = self.name("k")
        parts = [key] if len(field.keys) == 1 else [f"{key}[{n}]" for n in range(len(field.keys))]
        bound = dict(zip(parts, field.keys, strict=True))
        return f"lambda {key}: {self.value(field.kind, {**names, **bound}, 2)}"

    # Texts

    def text(self) -> str:
        """The whole file."""
        helpers = [self._helper() for _ in range(self.few(5, 2, 1))]
        parts = [
            *map(self._sort, self.kinds),
            self._state(),
            *filter(None, helpers),
            self._init(),
            *self._actions(),
            *self._said(),
        ]
        return "\n\n\n".join([_HEAD, *filter(None, parts), self._machine()]) + "\n"

    def _sort(self, kind: Kind) -> str:
        if kind.base == "bool":
            return ""
        self.used[f"{kind.base} of {kind.size}"] += 1
        if kind.base == "Enum":
            members = "\n".join(f"    M{number} = {number}" for number in range(kind.size))
            return f"class {kind.name}(Enum):\n{members}"
        return f"class {kind.name}({kind.base}):\n    pass"

    def _state(self) -> str:
        lines = [f"    {field.name}: {field.annotation}" for field in self.fields]
        for field in self.fields:
            self.used[f"{'function' if field.fixed else 'field'} of {len(field.keys)} keys"] += 1
        return "\n".join(["@state", "class World:", *lines])

    def _helper(self) -> str:
        parameter, result = self._pick(self.keys), self._pick([BOOL, *self.kinds])
        name = self.name("helper")
        try:
            body = self.value(result, {"a": parameter}, 2)
        except Nothing:
            return ""
        self.helpers.append((name, parameter, result))
        returns = "int" if result.is_number else result.name
        return f"def {name}(s: World, a: {parameter.name}) -> {returns}:\n    return {body}"

    def _init(self) -> str:
        lines, free = [], 1
        functions = (f for f in self.fields if f.fixed)
        free *= prod(f.kind.size**f.cells for f in functions)
        for field in self.fields:
            if field.fixed:
                continue
            choices: int = field.kind.size**field.cells
            often = 1 if self._names_a_party(field) else 0.2
            if self.chance(often) and free * choices <= _MOST_STARTS:
                free *= choices
                self.used["left alone"] += 1
                continue
            lines.append(self._started(field))
        if free > 1 and self.chance(0.2):
            self.used["init requires"] += 1
            lines.insert(0, f'require({self._likely({}, 2)}, "it starts so")')
        return "\n".join(["def init(s: World) -> None:", *_indented(lines or ["pass"])])

    def _names_a_party(self, field: Field) -> bool:
        """Whether to reset a field would tell a symmetric party from the others."""
        return self.symmetric and field.kind.base == "Sort"

    def _started(self, field: Field) -> str:
        place = f"s.{field.name}"
        if not field.keys:
            if field.kind.members:
                return f"{place} = {self._pick(field.kind.members[:4])}"
            return self._first(field)
        way = self.few(6, 2, 2)
        if way == 1 and field.cells <= 12:
            try:
                return f"{place}.fill_by({self._by_key(field, {})})"
            except Nothing:
                pass
        if way != 2 and field.kind.members:
            return f"{place}.fill({self._pick(field.kind.members[:4])})"
        return f"{place}.reset()"

    def _first(self, field: Field) -> str:
        """A start for a scalar whose sort has no elements with names: what is there is kept."""
        return f"s.{field.name} = s.{field.name}"

    def _actions(self) -> list[str]:
        self.acts: list[tuple[str, Mapping[str, Kind]]] = []
        written = [self._action() for _ in range(1 + self.few(1, 4, 5, 3))]
        return [*written, *([self._fall(self.falling)] if self.falling else [])]

    def _action(self) -> str:
        parameters = {f"p{n}": self._pick(self.keys) for n in range(self.few(2, 5, 3))}
        while prod(kind.size for kind in parameters.values()) > 12:
            parameters.popitem()
        name = self.name("act")
        lines = [
            f'require({self._guard(parameters)}, "reason {n}")' for n in range(self.few(2, 5, 2))
        ]
        while True:
            try:
                lines += [*self.statements(parameters, starts=False)]  # all or none
                break
            except Nothing:
                continue
        self.acts.append((name, parameters))
        said = "".join(f", {p}: {kind.name}" for p, kind in parameters.items())
        return "\n".join(["@action", f"def {name}(s: World{said}) -> None:", *_indented(lines)])

    def _fall(self, field: Field) -> str:
        """What lowers a field, or raises it, mostly where it can."""
        key = "p0" if field.keys else ""
        names = {"p0": field.keys[0]} if field.keys else {}
        place = f"s.{field.name}[p0]" if key else f"s.{field.name}"
        last = self.random.choice((f"size({field.kind.name}) - 1", "1", "2"))
        possible = f"{place} < {last}" if self.rises else f"{place} > 0"
        guards = [possible] * self.chance(0.7) + [self._guard(names)] * self.chance(0.3)
        lines = [f'require({guard}, "reason {n}")' for n, guard in enumerate(guards)]
        self.acts.append(("fall", names))
        said = f", p0: {field.keys[0].name}" if key else ""
        step = f"{place} {'+' if self.rises else '-'}= {self.random.choice((1, 1, 1, 2))}"
        body = _indented([*lines, step])
        return "\n".join(["@action", f"def fall(s: World{said}) -> None:", *body])

    def _guard(self, names: Names) -> str:
        return self.condition(names, 1) if self.chance(0.5) else self._likely(names, 2)

    # What is said of the machine

    def _likely(self, names: Names, depth: int) -> str:
        """A condition that holds in most states."""
        parts = [self.condition(names, depth) for _ in range(2 + self.few(2, 1))]
        word = self.random.choice(("any_of", "not_all", "implies"))
        self.used[word] += 1
        if word == "any_of":
            return f"any_of({', '.join(parts)})"
        if word == "not_all":
            return f"not_({' & '.join(parts)})"
        return f"implies({' & '.join(parts[:-1])}, {parts[-1]})"

    def _claim(self, names: Names) -> str:
        """A condition of the kind that authors claim: of all elements, and likely."""
        if self.chance(0.3):
            return self.condition(names, 3)
        kinds = [self._pick(self.keys) for _ in range(self.few(2, 3, 1))]
        bound = {self.name("c"): kind for kind in kinds}
        body = self._likely({**names, **bound}, 2)
        if not kinds:
            return body
        said = ", ".join(kind.name for kind in kinds)
        return f"forall({said}, lambda {', '.join(bound)}: {body})"

    def _said(self) -> list[str]:
        self.claims: dict[str, list[str]] = {}
        texts = []
        for role, most in (("always", 3), ("sometimes", 2), ("lemmas", 2), ("refuted", 1)):
            count = self.random.randint(0, most)
            names = [self.name(role.rstrip("s")) for _ in range(count)]
            self.claims[role] = names
            for name in names:
                likely = role in ("always", "lemmas")
                body = self._claim({}) if likely else self.condition({}, 3)
                texts.append(f"def {name}(s: World) -> bool:\n    return {body}")
        self.claims["assumptions"] = []
        if any(field.fixed for field in self.fields) and self.chance(0.4):
            self.only_fixed = True
            name = self.name("assumed")
            try:
                texts.append(self._alike(name) if self.chance(0.4) else self._predicate(name, 2))
                self.claims["assumptions"] = [name]
                self.used["assumption"] += 1
            except Nothing:
                pass
            self.only_fixed = False
        return texts

    def _alike(self, name: str) -> str:
        """That two functions are the same."""
        *_, one, other = [None, None, *(field for field in self.fields if field.fixed)]
        if not one or not other or (one.keys, one.kind) != (other.keys, other.kind):
            raise Nothing
        keys = [self.name("k") for _ in one.keys]
        given = ", ".join(keys)
        said = ", ".join(kind.name for kind in one.keys)
        body = f"forall({said}, lambda {given}: s.{one.name}({given}) == s.{other.name}({given}))"
        self.used["functions that are the same"] += 1
        return f"def {name}(s: World) -> bool:\n    return {body}"

    def _predicate(self, name: str, depth: int, parameters: Names = {}) -> str:  # noqa: B006 - read only
        said = "".join(f", {p}: {kind.name}" for p, kind in parameters.items())
        body = self.condition(parameters, depth)
        return f"def {name}(s: World{said}) -> bool:\n    return {body}"

    def _machine(self) -> str:
        extra, texts = self._extras()
        sizes = ", ".join(f"{kind.name}: {kind.size}" for kind in self.sized)
        lines = [
            'name="machine"',
            "state=World",
            "init=init",
            f"actions={_tuple(name for name, _ in self.acts)}",
            *(f"{role}={_tuple(names)}" for role, names in self.claims.items() if names),
            *extra,
            f"sizes={{{sizes}}}",
        ]
        machine = "\n".join(["machine = Machine(", *(f"    {line}," for line in lines), ")"])
        return "\n\n\n".join([*texts, machine])

    def _extras(self) -> tuple[list[str], list[str]]:
        """Symmetry, an ending, secrets and roles: arguments of the machine, and their texts."""
        arguments, texts = [], []
        parties = [kind for kind in self.kinds if kind.base == "Sort"]
        if parties and self.symmetric:
            self.used["symmetric"] += 1
            arguments.append(f"symmetric={_tuple(kind.name for kind in parties)}")
        for chance, extra in (
            (0.5, self._ending),
            (0.5, self._secrecy),
            (0.4, self._accountability),
        ):
            if self.chance(chance):
                try:
                    argument, more = extra()
                except Nothing:
                    continue
                self.used[argument.partition("=")[0]] += 1
                arguments.append(argument)
                texts += more
        known: list[Field] = []
        for role in ("definitions", "example"):
            tables = [f for f in self.fields if f.fixed and f not in known and self.chance(0.15)]
            known += tables
            if tables:
                self.used[role] += 1
                texts += [self._table(role, field) for field in tables]
                said = ", ".join(f'"{field.name}": {role}_{field.name}' for field in tables)
                arguments.append(f"{role}={{{said}}}")
        if self.chance(0.1):
            self.used["dormant"] += 1
            arguments.append(f'dormant=(({self._pick(self.acts)[0]}, "it is said to be"),)')
        return arguments, texts

    def _table(self, role: str, field: Field) -> str:
        """A function on plain values, which gives elements that there are at every size."""
        keys = {f"k{number}": kind for number, kind in enumerate(field.keys)}
        same = [name for name, kind in keys.items() if kind == field.kind]
        ranks = {"Enum": "{}.value", "bool": "int({})"}
        ranked = [ranks.get(kind.base, "{}").format(name) for name, kind in keys.items()]
        place = " + ".join(f"{self.few(1, 2, 1)} * {rank}" for rank in ranked)
        if field.kind.base in ("bool", "Enum"):
            given = f"{_tuple(field.kind.members)}[({place}) % {field.kind.size}]"
        else:
            given = self._pick([*same, "0"])
        return f"def {role}_{field.name}({', '.join(keys)}):\n    return {given}"

    def _ending(self) -> tuple[str, list[str]]:
        return self._fallen(self.falling) if self.falling and self.chance(0.8) else self._ended()

    def _fallen(self, field: Field) -> tuple[str, list[str]]:
        """An ending where a field has fallen, by which it is ranked."""
        self.used["ranking of a field that rises" if self.rises else "ranking that falls"] += 1
        said = f", p0: {field.keys[0].name}" if field.keys else ""
        place = f"s.{field.name}[p0]" if field.keys else f"s.{field.name}"
        goal, rank = self.name("goal"), self.name("rank")
        others = [name for name, _ in self.acts if name != "fall" and self.chance(0.2)]
        size = f"size({field.kind.name})"
        reached = self.random.choice(("== 0", "== 0", "< 2"))
        if self.rises:
            reached = self.random.choice((f"== {size} - 1", "== 1", "> 1"))
        left = f"{size} - {place}" if self.rises else place
        texts = [
            f"def {goal}(s: World{said}) -> bool:\n    return {place} {reached}",
            f"def {rank}(s: World{said}) -> int:\n    return {left}",
        ]
        return f"ending=Ending({goal}, {_tuple(['fall', *others])}, ({rank},))", texts

    def _ended(self) -> tuple[str, list[str]]:
        name = self._pick(["e", "p0"])  # one that an action may have is the same one
        parameters = {name: self._pick(self.keys)} if self.chance(0.3) else {}
        goal = self.name("goal")
        texts = [self._predicate(goal, 2, parameters)]
        fair = [name for name, _ in self.acts if self.chance(0.6)]
        ranks = []
        said = "".join(f", {p}: {kind.name}" for p, kind in parameters.items())
        for _ in range(self.few(2, 3, 1) if self.numbers else 0):
            rank = self.name("rank")
            body = self.number(self._pick(self.numbers), parameters, 2)
            texts.append(f"def {rank}(s: World{said}) -> int:\n    return {body}")
            ranks.append(rank)
        return f"ending=Ending({goal}, {_tuple(fair)}, {_tuple(ranks)})", texts

    def _secrecy(self) -> tuple[str, list[str]]:
        names = [f.name for f in self.fields]
        secret = [name for name in names if self.chance(0.4)]
        private = [
            f'({name}, "{self._pick(list(parameters))}")'
            for name, parameters in self.acts
            if parameters and self.chance(0.3)
        ]
        if not secret and not private:
            raise Nothing
        texts, alike = [], []
        for _ in range(self.few(2, 1)):
            alike.append(self.name("alike"))
            texts.append(self._predicate(alike[-1], 1))
        refusals = self.random.choice(("unseen", "seen", "reasons"))
        said = ", ".join(repr(name) for name in secret)
        secrets = f"({said},)" if secret else "()"
        return (
            f"secrecy=Secrecy({secrets}, {_tuple(private)}, {_tuple(alike)}, "
            f'refusals="{refusals}")',
            texts,
        )

    def _accountability(self) -> tuple[str, list[str]]:
        parties = [kind for kind in self.keys if kind.base == "Sort"]
        held = self.random.sample(parties, min(len(parties), 1 + self.few(2, 1)))
        self._pick(held)  # there is somebody
        fields = [field.name for field in self.fields if not field.fixed]
        verdicts = [self._pick(fields)]
        evidence = [name for name in fields if name in verdicts or self.chance(0.5)]
        said = [self._role(party) for party in held]
        self.used[f"{len(held)} roles"] += 1
        texts = [text for _, its in said for text in its]
        over = self.name("over")
        texts.append(self._predicate(over, 2))
        quoted = [_tuple(map(repr, names)) for names in (evidence, verdicts)]
        roles = _tuple(role for role, _ in said)
        return f"accountability=Accountability({', '.join(quoted)}, {roles}, {over})", texts

    def _role(self, party: Kind) -> tuple[str, list[str]]:
        """A role of an accountability, and its texts."""
        names, texts = [], []
        for part in ("deviated", "convicted", "harmed", "repaid"):
            names.append(self.name(part))
            texts.append(self._predicate(names[-1], 2, {"a": party}))
        return f"Role({', '.join(names)})", texts


def _tuple(names: Sequence[str] | Iterator[str]) -> str:
    written = "".join(f"{name}, " for name in names)
    return f"({written.rstrip()})"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]


_HEAD = '''"""A random protocol."""

from enum import Enum

from tallystick import (
    Accountability,
    Ending,
    Fun,
    Machine,
    Map,
    Ordinal,
    Role,
    Secrecy,
    Sort,
    action,
    all_of,
    any_of,
    exists,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
    state,
    total,
)'''
