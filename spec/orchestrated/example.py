"""A small market to look at: what is decided in it, for runs that cannot leave it open.

One party provides, two hold components, one orchestrates and one consumes. Model 0 is held by both
for every step; any other by the second alone.
"""

from collections.abc import Callable, Mapping

from spec.notation.sorts import Value

PROVIDER, FIRST, SECOND, ORCHESTRATOR, CONSUMER = range(5)

EXAMPLE: Mapping[str, Callable[..., Value]] = {
    "holder": lambda m, i, p: (
        p not in (PROVIDER, ORCHESTRATOR, CONSUMER) if m == 0 else p == SECOND
    ),
    "component": lambda m, i: 0,
    "digest": lambda c: c,
    "run": lambda c, d: d if c == 0 else 0,
    "hash": lambda d: d,
    "owner": lambda m: PROVIDER,
    "consumes": lambda p: p == CONSUMER,
    "orchestrator": lambda a: ORCHESTRATOR,
    "random": lambda r, i: FIRST + i % 2,
}
