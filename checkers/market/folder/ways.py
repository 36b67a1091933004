"""The ways in which somebody can be cast to deviate."""

from collections.abc import Iterator
from inspect import getdoc

import attrs

from checkers.market.folder.kept import Report
from checkers.market.folder.opening import VARIANTS
from checkers.results.page import Table


@attrs.frozen
class Way:
    """A way to deviate, in one variant.

    Attributes:
        cast: what `--cast` calls it.
        party: who can.
        does: what that does instead of what it should.
    """

    variant: str
    cast: str
    party: str
    does: str


def ways(variant: str) -> Iterator[Way]:
    """Those of a variant."""
    for role, made in VARIANTS[variant]().roles.items():
        cast, _, party = role.rpartition(" ")
        if cast:
            yield Way(variant, cast, party, " ".join((getdoc(made) or "").split("\n\n")[0].split()))


def told(variant: str) -> Report:
    """Those of a variant, for people and for machines."""
    found = sorted(ways(variant), key=lambda way: (way.party, way.cast))
    rows = [(way.party, way.cast, way.does) for way in found]
    return Report(
        [Table.of(("who", "--cast NAME=", "does"), rows)], {"ways": [*map(attrs.asdict, found)]}
    )
