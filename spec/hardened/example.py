"""A small market to look at: what is agreed in it, for runs that cannot leave it open.

Party 0 provides, parties 1 and 2 hold every component, party 3 consumes. Version 0 has two steps
and is on the market; version 1, of the same API, has one step and is yet to come. Everything costs
4: 1 for each step, and the rest for the provider.
"""

from collections.abc import Callable, Mapping

from spec.hardened.state import Phase
from spec.notation.sorts import Value

PROVIDER, FIRST, SECOND, CONSUMER = range(4)
PRICE, WAGE, STAKE, TOLL = 4, 1, 5, 1


def _last(m: Value) -> Value:
    return 1 - m % 2


EXAMPLE: Mapping[str, Callable[..., Value]] = {
    "api": lambda m: 0,
    "provider": lambda m: PROVIDER,
    "contributes": lambda m, p: p == PROVIDER,
    "share": lambda m, p: 100 if p == PROVIDER else 0,
    "last": _last,
    "component": lambda m, i: 0,
    "contributor": lambda m, i: PROVIDER,
    "holder": lambda m, i, p: p in (FIRST, SECOND) and i <= _last(m),
    "spares": lambda m: 1,
    "cost": lambda m, i: PRICE - WAGE * i,
    "stake": lambda m: STAKE,
    "toll": lambda m: TOLL,
    "rounds": lambda m, i: 1,
    "true": lambda m, i: True,
    "takes": lambda m, i, d: d == 0,
    "gives": lambda m, i, d: d == 0,
    "window": lambda phase: 0 if phase is Phase.FREE else 2,
    "agreeing": lambda m: 2,
    "purse": lambda p: PRICE + 2 * TOLL,
    "run": lambda c, d: d if c == 0 else 0,
    "opens": lambda x: x,
    "drawn": lambda m, i, b, a: FIRST + (m + i + a) % 2,
    "checks": lambda m, i, b, p: SECOND if p == FIRST else FIRST,
    "audited": lambda b, i: i == 1,
}

ONE_STEP: Mapping[str, Callable[..., Value]] = {
    **EXAMPLE,
    "last": lambda m: 0,
    "holder": lambda m, i, p: p in (FIRST, SECOND) and i == 0,
    "window": lambda phase: 0,
    "agreeing": lambda m: 0,
    "audited": lambda b, i: True,
}
"""One step, which is audited, and no deadline that anybody could count on."""

THIRD = 4
THREE_VENDORS: Mapping[str, Callable[..., Value]] = {
    **ONE_STEP,
    "rounds": lambda m, i: 0,
    "holder": lambda m, i, p: p in (FIRST, SECOND, THIRD) and i == 0,
    "drawn": lambda m, i, b, a: (FIRST, SECOND, THIRD)[(m + a) % 3],
    "checks": lambda m, i, b, p: {FIRST: SECOND, SECOND: THIRD}.get(p, FIRST),
}
"""A third vendor, party 4; what is disputed is a single row."""
