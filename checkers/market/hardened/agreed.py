"""What is agreed before the first transaction: parties, purses, versions, and what chance means."""

from collections.abc import Mapping, Sequence

import attrs

from checkers.market.values import (
    NEGATE,
    NOTHING,
    SAME,
    SplitModel,
    data_of,
    keys,
    run_component,
)
from impl.hardened.chance import auditor, drawn, is_audited
from impl.hardened.charter import SHORTEST, Charter
from impl.hardened.digests import leaf
from impl.hardened.parties.computing import fits
from impl.hardened.phases import Phase
from impl.hardened.terms import Part, Terms
from impl.ledger.genesis import Genesis
from impl.models.component import Component
from impl.quarrel.outline import Outline
from impl.quarrel.run import rerun
from impl.quarrel.salts import SALT, leaf_salt
from spec.bytes.digest import digest
from spec.bytes.encoding import encode
from spec.bytes.suite import BLAKE3, Suite
from spec.hardened import state as sorts
from spec.notation import Scope
from spec.notation.sorts import Value

PARTIES = keys(4, 50)
PROVIDER, FIRST, SECOND, CONSUMER = PARTIES
BEACON, CLOCK, ANYBODY = keys(3, 60).values()
PURSES = dict(zip(PARTIES, (12, 13, 13, 9), strict=True))
WINDOWS = dict.fromkeys(Phase, SHORTEST) | {
    Phase.ROUTED: SHORTEST + 1,
    Phase.DEMANDED: SHORTEST + 1,
    Phase.DISPUTED: SHORTEST + 1,
    Phase.NARROWED: SHORTEST + 1,
    Phase.OPENED: 0,
    Phase.SETTLED: SHORTEST + 1,
    Phase.FORFEITED: SHORTEST + 1,
}
ROUNDS = 2
"""Times that a quarrel is halved: about multiplying, adding, the end of the layer, and nothing."""
_DATA = [data_of(1), data_of(-1)]
ONE, MINUS_ONE = (bytes([1 + i]) * SALT + data for i, data in enumerate(_DATA))
"""What stands for a commitment: what opens it, but for the salt of an output, which follows."""
QUIET, AUDITING, AUDITING_FIRST = (digest("seed", bytes([n])) for n in (0, 1, 3))
"""Seeds: of the first version, the second audits step 1, and the third step 0."""
SEEDED = BLAKE3
"""The suite by which a seed of the machine decides, whichever the contract's is."""


def genesis(suite: Suite = BLAKE3, each: int = 1) -> Genesis:
    """What a ledger begins with: so many times its purse for each party."""
    purses = {party: each * money for party, money in PURSES.items()}
    purses |= {key.public: 0 for key in (BEACON, ANYBODY)}
    quorum = len(PARTIES) // 2 + 1
    charter = Charter(purses, BEACON.public, CLOCK.public, WINDOWS, suite, (*PARTIES,), quorum)
    return Genesis("hardened", CLOCK.public, charter.body())


@attrs.frozen
class AgreedVersion(SplitModel):
    """A version: the terms on the ledger, and the components behind their leaves."""

    terms: Terms

    @classmethod
    def make(
        cls, number: int, parts: Sequence[bytes], holders: Sequence[Sequence[bytes]]
    ) -> "AgreedVersion":
        """A version that costs 2 for each step, or 1 for the last one, and 2 for the providers."""
        steps = [
            Part(contributor, tuple(held), _leaf(number, i, part))
            for i, (contributor, held, part) in enumerate(
                zip((PROVIDER, FIRST), holders, parts, strict=False)
            )
        ]
        terms = Terms(
            api="digits",
            number=number,
            provider=PROVIDER,
            shares={PROVIDER: 60, FIRST: 40},
            steps=steps,
            rows=1,
            widths=[1] * (len(steps) + 1),
            spares=1,
            costs=[5, 3, 2] if len(steps) == 2 else [4, 3],
            stake=6,
            toll=1,
            rounds=[ROUNDS] * len(steps),
        )
        return cls(tuple(parts), terms)

    def cost(self, step: int) -> int:
        """What is paid from a step on."""
        return self.terms.costs[min(step, self.last + 1)]

    def handed(self, step: int) -> bytes:
        """What the holders of a step are to be handed: its component, after its secret."""
        return _secret(self.terms.number, step) + self.part(step)

    def drawn(self, suite: Suite, step: int, seed: bytes, attempt: int) -> bytes:
        """Whom chance draws; where there is no such step, or nobody is left, just anybody."""
        holders = self.terms.holders(step)
        return drawn(suite, holders, seed, step, attempt) if attempt < len(holders) else PROVIDER

    def checks(self, suite: Suite, step: int, lot: bytes, executor: bytes) -> bytes:
        """Who checks what that one recorded; where there is no such step, the provider."""
        return auditor(suite, self.terms, lot, step, executor)

    def draws(self, suite: Suite, seed: bytes) -> list[Value]:
        """All that a seed decides about who executes a request."""
        steps, attempts = range(self.last + 1), range(self.terms.spares + 1)
        return [self.drawn(suite, i, seed, a) for i in steps for a in attempts]

    def audits(self, suite: Suite, lot: bytes) -> list[Value]:
        """All that a seed decides about the audits of a request."""
        steps = range(self.last + 1)
        held = [(i, lot, v) for i in steps for v in self.terms.holders(i)]
        return [
            *(self.checks(suite, *place) for place in held),
            *(is_audited(suite, lot, i) for i in steps),
        ]


def _leaf(number: int, step: int, part: bytes) -> bytes:
    secret = _secret(number, step)
    outline = Outline.of(Component.parse(part), secret).digest
    return leaf(leaf_salt(secret), "digits", number, step, outline)


def _secret(number: int, step: int) -> bytes:
    """The secret of the component of a version's step."""
    return digest("secret", encode([number, step]))[:SALT]


VERSIONS = {
    version.terms.root: version
    for version in (
        AgreedVersion.make(1, (NEGATE, SAME), ((FIRST, SECOND), (SECOND, FIRST, PROVIDER))),
        AgreedVersion.make(2, (NEGATE,), ((SECOND, CONSUMER),)),
    )
}
JOINT, SINGLE = VERSIONS
"""Version 1 has two steps, of which the second leaves data as it is; version 2 has the first."""


def held(version: AgreedVersion) -> list[tuple[int, bytes]]:
    """The steps of a version, each with all its holders."""
    return [(i, v) for i in range(version.last + 1) for v in version.terms.holders(i)]


OFFERED: Sequence[tuple[Value, ...]] = [
    *(
        taken
        for m, version in VERSIONS.items()
        for taken in (
            ("propose", version.terms.provider, m),
            *(("hand_over", m, i, v, version.part(i)) for i, v in held(version)),
            *(("acknowledge", v, m, i) for i, v in held(version)),
        )
    ),
    *(("sign", p, JOINT) for p in VERSIONS[JOINT].terms.shares),
    ("activate", JOINT),
]
"""The steps to where every holder has its component, and one version is active, and one to be."""

SCOPE = Scope(
    sizes={
        sorts.Request: 2,
        sorts.Step: 3,
        sorts.Attempt: 2,
        sorts.Chance: 2,
        sorts.Round: ROUNDS + 1,
        sorts.Key: 3,
        sorts.Time: sum(WINDOWS.values()) + 1,
        sorts.Money: 2 * sum(PURSES.values()) + 1,
        sorts.Percent: 101,
    },
    universe={
        sorts.Party: list(PARTIES),
        sorts.Api: ["digits"],
        sorts.Version: list(VERSIONS),
        sorts.Component: [NOTHING, SAME, NEGATE],
        sorts.Data: [*_DATA, NOTHING],
        sorts.Commitment: [ONE, MINUS_ONE],
        sorts.Seed: [QUIET, AUDITING, AUDITING_FIRST],
    },
)
FUNCTIONS: Mapping[str, Value] = {
    "balance": PURSES,
    "api": lambda m: VERSIONS[m].terms.api,
    "provider": lambda m: VERSIONS[m].terms.provider,
    "contributes": lambda m, p: p in VERSIONS[m].terms.shares,
    "share": lambda m, p: VERSIONS[m].terms.shares.get(p, 0),
    "last": lambda m: VERSIONS[m].last,
    "component": lambda m, i: VERSIONS[m].part(i),
    "contributor": lambda m, i: VERSIONS[m].terms.contributor(i),
    "holder": lambda m, i, p: p in VERSIONS[m].terms.holders(i),
    "spares": lambda m: VERSIONS[m].terms.spares,
    "cost": lambda m, i: VERSIONS[m].cost(i),
    "stake": lambda m: VERSIONS[m].terms.stake,
    "toll": lambda m: VERSIONS[m].terms.toll,
    "rounds": lambda m, i: ROUNDS,
    "true": lambda m, i: True,
    "takes": lambda m, i, d: fits(d, VERSIONS[m].terms, min(int(i), VERSIONS[m].last)),
    "gives": lambda m, i, d: fits(d, VERSIONS[m].terms, min(int(i), VERSIONS[m].last) + 1),
    "window": lambda phase: WINDOWS[Phase[phase.name]] if phase.value else 0,
    "agreeing": lambda m: sum(WINDOWS.values()),
    "purse": lambda p: PURSES[p],
    "run": run_component,
    "rerun": lambda part, data: rerun(part, data, ROUNDS),
    "opens": lambda x: x[SALT:],
    # The machine's numbers are of classes of their own, which have no canonical bytes.
    "drawn": lambda m, i, b, a: VERSIONS[m].drawn(SEEDED, int(i), b, int(a)),
    "checks": lambda m, i, b, p: VERSIONS[m].checks(SEEDED, int(i), b, p),
    "audited": lambda b, i: is_audited(SEEDED, b, int(i)),
}
"""The real code and tables behind the functions of the machine."""
