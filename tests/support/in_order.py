"""What a value holds, with what equality does not look at: the order of dictionaries, and types."""

from collections import Counter

import attrs


def in_order(value: object) -> object:
    """A value as one that is equal to another's only if both hold the same in the same order."""
    kind = type(value)
    if attrs.has(kind):
        return kind, [in_order(getattr(value, field.name)) for field in attrs.fields(kind)]
    match value:
        case dict():
            kinds = Counter if isinstance(value, Counter) else dict
            return kinds, [(key, in_order(inner)) for key, inner in value.items()]
        case list():
            return [*map(in_order, value)]
        case set():
            return {*value}
    return value
