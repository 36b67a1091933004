"""What a ledger has come to, in canonical bytes and back, by the annotations of its classes.

Bytes may come from anywhere, so nothing in them says what is made of them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from impl.ledger.chain import Chain
from impl.ledger.port import AGREED, Contract
from impl.ledger.undo import Undoable
from spec.bytes.digest import digest
from spec.bytes.encoding import EncodingError, Value, decode, encode

_Hint: TypeAlias = Any  # an annotation can be anything
_Bound: TypeAlias = Mapping[_Hint, _Hint]  # what type variables stand for


class NoState(Exception):
    """Something is not what its annotation says, or the annotation nothing that has bytes."""


@attrs.frozen
class _Form:
    """How something with a certain annotation is written. Both ways raise NoState.

    Attributes:
        layout: of what it consists, as text.
        write: what stands for it.
        read: what that stands for.
    """

    layout: str
    write: Callable[[Any], Value]  # of what is so annotated
    read: Callable[[Value], Any]  # of the same


class Codec:
    """The bytes of ledgers with one contract.

    What is frozen is written once, however many hold it, and all hold it again when it is read.
    What changes stands in one place: of two, it would be two things from then on.

    Attributes:
        layout: the digest of what is written, by names and annotations.
    """

    def __init__(self, begun: Contract) -> None:
        """For a contract as it has begun, into which its state is read.

        Raises NoState if not all of it is annotated with what has canonical bytes.
        """
        self._begun = begun
        self._bytes: dict[int, bytes] = {}
        self._changing: set[int] = set()
        self._objects: dict[tuple[type, bytes], object] = {}
        self._form = self._object(Chain)
        self.layout = digest("layout", self._form.layout.encode())

    def write(self, chain: Chain) -> bytes:
        """The bytes of a ledger. Raises NoState."""
        self._bytes.clear()  # of what was interrupted
        self._changing.clear()
        try:
            return encode(self._form.write(chain))
        except EncodingError as error:
            raise NoState(str(error)) from None
        finally:
            self._bytes.clear()
            self._changing.clear()

    def read(self, data: bytes) -> Chain:
        """The ledger of these bytes. Raises NoState."""
        try:
            chain: Chain = self._form.read(decode(data))
        except EncodingError as error:
            raise NoState(str(error)) from None
        finally:
            self._objects.clear()
        return chain

    def _of(self, hint: _Hint, bound: _Bound) -> _Form:
        """The form of what has an annotation."""
        hint = bound.get(hint, hint)
        kind: _Hint = get_origin(hint) or hint
        if kind in (Union, UnionType) or kind in _OF_PARTS:
            return self._of_parts(hint, kind, bound)
        if kind in (bool, int, str, bytes):
            return _Form(kind.__name__, _exactly(kind), _exactly(kind))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return _member(kind)
        if kind is Contract:
            kind = type(self._begun)
        if isinstance(kind, type) and attrs.has(kind):
            return self._object(kind)
        raise NoState(f"{hint}: has no canonical bytes")

    def _of_parts(self, hint: _Hint, kind: _Hint, bound: _Bound) -> _Form:
        parts = get_args(hint)
        forms = [self._of(part, bound) for part in parts if part not in (..., NoneType)]
        if kind is tuple and ... not in parts:
            return _row(forms, tuple)
        if kind in _OF_PARTS and parts:
            return _OF_PARTS[kind](*forms)
        if len(forms) == 1 and NoneType in parts:
            return _optional(*forms)
        raise NoState(f"{hint}: has no canonical bytes")

    def _object(self, cls: type[attrs.AttrsInstance]) -> _Form:
        """The form of objects of a class, by their attributes."""
        try:
            hints, bound = get_type_hints(cls, include_extras=True), _bound(cls)
        except NameError as error:
            raise NoState(f"{cls.__name__}: not to be read here: {error}") from None
        fields = [field.name for field in attrs.fields(cls)]
        names = [name for name in fields if AGREED not in get_args(hints[name])]
        is_undoable = cls.__setattr__ is Undoable.__setattr__  # otherwise it is frozen
        put = setattr if is_undoable else object.__setattr__
        begun = self._begun if isinstance(self._begun, cls) else None

        def make(values: Sequence[object]) -> object:
            made = cls.__new__(cls) if begun is None else begun
            for name, value in zip(names, values, strict=True):
                put(made, name, value)
            return made

        row = _row([self._of(hints[name], bound) for name in names], make)

        def write(held: object) -> Value:
            if type(held) is not cls or {*getattr(held, "__dict__", ())} - {*fields}:
                raise NoState(f"a {type(held).__name__}: not just what {cls.__name__} has")
            if is_undoable and id(held) in self._changing:
                raise NoState(f"a {cls.__name__}: it changes, and stands in two places")
            self._changing.add(id(held))
            return row.write([getattr(held, name) for name in names])

        form = _Form(f"{cls.__name__} {' '.join(names)} {row.layout}", write, row.read)
        return form if is_undoable else self._shared(cls, form)

    def _shared(self, cls: type, form: _Form) -> _Form:
        """The form of what never changes: its bytes, made once, and again made into one object."""

        def write(held: object) -> Value:
            if id(held) not in self._bytes:  # all that is written is held meanwhile
                self._bytes[id(held)] = encode(form.write(held))
            return self._bytes[id(held)]

        def read(value: Value) -> object:
            data: bytes = _exactly(bytes)(value)
            if (cls, data) not in self._objects:
                self._objects[cls, data] = form.read(decode(data))
            return self._objects[cls, data]

        return _Form(form.layout, write, read)


def _bound(cls: type) -> _Bound:
    """What the type variables of a class's bases stand for."""
    bases = [base for each in cls.__mro__ for base in getattr(each, "__orig_bases__", ())]
    named = {base: getattr(get_origin(base), "__parameters__", ()) for base in bases}
    return {
        variable: hint
        for base, variables in named.items()
        for variable, hint in zip(variables, get_args(base), strict=False)  # Generic has none
    }


def _exactly(kind: type) -> Callable[[Any], Any]:  # it returns what it is given
    def check(value: object) -> object:
        if type(value) is not kind:
            raise NoState(f"a {type(value).__name__}: not of type {kind.__name__}")
        return value

    return check


def _items(value: Value) -> list[Value]:
    items: list[Value] = _exactly(list)(value)
    return items


def _optional(form: _Form) -> _Form:
    """The form of something or None."""
    some = _row([form], lambda parts: parts[0])
    return _Form(
        f"{form.layout}?",
        lambda held: None if held is None else some.write([held]),
        lambda value: None if value is None else some.read(value),
    )


def _row(forms: Sequence[_Form], make: Callable[[Sequence[object]], object]) -> _Form:
    """The form of something of so many parts."""
    writes, reads = [form.write for form in forms], [form.read for form in forms]

    def write(held: Sequence[object]) -> Value:
        if len(held) != len(writes):
            raise NoState(f"{len(held)} parts: not {len(writes)}")
        return [put(each) for put, each in zip(writes, held, strict=True)]

    def read(value: Value) -> object:
        items = _items(value)
        if len(items) != len(reads):
            raise NoState(f"{len(items)} parts: not {len(reads)}")
        return make([get(item) for get, item in zip(reads, items, strict=True)])

    return _Form(f"({', '.join(form.layout for form in forms)})", write, read)


def _many(name: str, make: Callable[[Iterable[object]], object]) -> Callable[[_Form], _Form]:
    """The form of many in order."""
    return lambda form: _Form(
        f"{name}[{form.layout}]",
        lambda held: [*map(form.write, held)],
        lambda value: make(map(form.read, _items(value))),
    )


def _group(form: _Form) -> _Form:
    """The form of a set, whose order is that of the bytes."""
    return _Form(
        f"set[{form.layout}]",
        lambda held: sorted(map(form.write, held), key=encode),
        lambda value: {*map(form.read, _items(value))},
    )


def _dict(pairs: Iterable[Any]) -> dict[Any, Any]:  # of forms that nobody knows here
    return dict(pairs)


def _table(key: _Form, value: _Form) -> _Form:
    """The form of a dictionary: pairs in its order, which can matter."""
    pairs = _many("dict", _dict)(_row([key, value], tuple))
    return _Form(pairs.layout, lambda held: pairs.write(held.items()), pairs.read)


def _counts(key: _Form) -> _Form:
    table = _table(key, _Form("int", _exactly(int), _exactly(int)))
    return _Form(table.layout, table.write, lambda value: Counter(table.read(value)))


def _member(kind: type[Enum]) -> _Form:
    """The form of an enumeration's members: their names."""
    exactly, members = _exactly(kind), {member.name: member for member in kind}

    def write(held: object) -> Value:
        name: str = exactly(held).name
        return name

    def read(value: Value) -> Enum:
        name: str = _exactly(str)(value)
        if name not in members:
            raise NoState(f"{name!r}: no {kind.__name__}")
        return members[name]

    return _Form(f"{kind.__name__} {' '.join(members)}", write, read)


_OF_PARTS: Mapping[object, Callable[..., _Form]] = {
    list: _many("list", list),
    Sequence: _many("list", list),
    Collection: _many("list", list),
    tuple: _many("tuple", tuple),
    set: _group,
    dict: _table,
    Mapping: _table,
    Counter: _counts,
}
