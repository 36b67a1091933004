"""What only the hardened contract can refuse: `checkers.market.forgeries` says why."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

from checkers.market.forgeries import Body, Forgeries, Forgery, said
from checkers.market.hardened.agreed import (
    ANYBODY,
    CONSUMER,
    FIRST,
    JOINT,
    ONE,
    PARTIES,
    PROVIDER,
    SECOND,
    VERSIONS,
)
from checkers.market.hardened.stories import (
    AUDITED,
    DEMANDED,
    DONE,
    HALF,
    HONEST,
    LATE,
    MADE,
    SETTLED,
    UNTOLD,
    WORKING,
    halvings,
)
from checkers.market.ledger_file import LedgerFile
from checkers.market.values import NEGATE, keys
from impl.hardened.digests import request_id
from impl.ledger.block import Block, Stretch
from impl.ledger.keys import SigningKey
from spec.bytes.encoding import Value
from spec.bytes.suite import BLAKE3

FIRST_KEY, CONSUMER_KEY, PROVIDER_KEY = (PARTIES[p] for p in (FIRST, CONSUMER, PROVIDER))
[STRANGER] = keys(1, 70).values()
TERMS = VERSIONS[JOINT].terms.body()
UNOPENED = dict.fromkeys(("input", "output", "secret", "component"), b"")
DISPUTED = [*DONE, ("dispute", CONSUMER, 0, 1)]


def _of(**body: Value) -> Body:
    """What is said of the first request."""
    return lambda driver: {"request": driver.ids[0], **body}


def _but(action: str, *args: object, **changes: Value) -> Body:
    """What is said with an action, but for some of it."""
    return lambda driver: {**driver.submission(action, *args).body, **changes}


def _amounts(kind: str) -> Forgery:
    return said(kind, CONSUMER_KEY, "less than nothing", lambda _: {"amount": -1})


def _proposed(**changes: Value) -> Forgery:
    """A version on terms that cannot be kept, or that are none."""
    terms: Mapping[str, Value] = {**TERMS, **changes}
    return said("propose", PROVIDER_KEY, ", ".join(changes), lambda _: {"terms": dict(terms)})


def _steps(**changes: Any) -> list[Value]:  # of any attribute of a part
    """The steps of a version, of which the first is another."""
    first, *others = VERSIONS[JOINT].terms.steps
    return [part.body for part in (attrs.evolve(first, **changes), *others)]


_REQUEST = ("request", CONSUMER, 0, JOINT, ONE)


def _below_zero(driver: LedgerFile) -> Mapping[str, Value]:
    """A request of a number below 0, by the identifier that it would have."""
    name = request_id(BLAKE3, driver.ledger.identity, CONSUMER, -1, JOINT)
    return _but(*_REQUEST, nonce=-1, request=name)(driver)


_NO_ACCOUNT = "author has an account"
_NOT_THE_EXECUTOR = "author executed the step"
_NOT_ITS_TURN = "halving is the one whose turn it is"


def _fork(what: str, *blocks: Callable[[bytes], bytes], party: bytes = FIRST) -> Forgery:
    """Blocks of a ledger, of which its identity is given, that show nothing against a party."""

    def body(driver: LedgerFile) -> dict[str, Value]:
        first, second = (make(driver.ledger.identity) for make in blocks)
        return {"party": party, "first": first, "second": second}

    return said("show_fork", ANYBODY, what, body, "two histories are signed")


def _block(height: int, root: bytes, key: SigningKey = FIRST_KEY) -> Callable[[bytes], bytes]:
    def make(identity: bytes) -> bytes:
        return Stretch.of([Block(identity, height, identity, root, 1).signed(key)]).canonical()

    return make


def _before(height: int, root: bytes) -> Callable[[bytes], bytes]:
    """A block that nobody has signed, though the one after it is: by another."""

    def make(identity: bytes) -> bytes:
        block = Block(identity, height, identity, root, 1)
        blocks = block.signed(FIRST_KEY), block.next(root, 1).signed(CONSUMER_KEY)
        return Stretch.of(blocks).canonical()

    return make


def _elsewhere(root: bytes) -> Callable[[bytes], bytes]:
    """A block of another ledger."""
    return lambda identity: _block(1, root)(identity[::-1])


FORGERIES: Forgeries = [
    (
        [],
        [
            said("deposit", STRANGER, "by no party", lambda _: {"amount": 0}, _NO_ACCOUNT),
            _fork("of two places", _block(1, b"one"), _block(2, b"two")),
            _fork("the same twice", _block(1, b"one"), _block(1, b"one")),
            _fork("by two", _block(1, b"one"), _block(1, b"two", CONSUMER_KEY)),
            _fork("of two ledgers", _block(1, b"one"), _elsewhere(b"two")),
            _fork("of another ledger", _elsewhere(b"one"), _elsewhere(b"two")),
            _fork("vouched for by another", _block(1, b"one"), _before(1, b"two")),
            _fork("with junk", _block(1, b"one"), lambda _: b"junk"),
            _fork(
                "by no witness",
                _block(1, b"one", ANYBODY),
                _block(1, b"two", ANYBODY),
                party=ANYBODY.public,
            ),
        ],
    ),
    (
        [],
        [
            _amounts("deposit"),
            _amounts("withdraw"),
            said("tick", CONSUMER_KEY, "by a party", lambda _: {}, "author is the clock"),
            said("request", CONSUMER_KEY, "in the name of another", _but(*_REQUEST, nonce=1)),
            said("request", CONSUMER_KEY, "numbered below 0", _below_zero),
            said("request", CONSUMER_KEY, "of no digest", _but(*_REQUEST, input=b"short")),
            _proposed(steps=[[1, 2]]),
            _proposed(note=0),
            _proposed(spares=2),
            _proposed(rounds=["2", "2"]),
            _proposed(shares=[[PROVIDER, "all"]]),
            _proposed(shares=[[PROVIDER, 60], [FIRST, 40], [b"nobody", 0]]),
            _proposed(steps=_steps(holders=(FIRST, b"nobody"))),
            _proposed(steps=_steps(bound=b"short")),
        ],
    ),
    (
        MADE,
        [
            said("route", CONSUMER_KEY, "by a party", _of(beacon=b""), "author is the beacon"),
        ],
    ),
    (
        WORKING,
        [
            said(
                "record",
                FIRST_KEY,
                "of another step",
                _of(step=1, output=b""),
                "step is the one whose turn it is",
            ),
            said("record", FIRST_KEY, "of no digest", _of(step=0, output=b"short")),
            said("demand", FIRST_KEY, "for no key", _of(key=bytes(32))),
        ],
    ),
    (
        DEMANDED,
        [
            said(
                "publish",
                PARTIES[SECOND],
                "by another",
                _of(sealed=b""),
                "author is the sender of the data",
            ),
            said("publish", CONSUMER_KEY, "longer than may be", _of(sealed=bytes(1 << 20))),
        ],
    ),
    (
        [*HALF, ("demand", FIRST, 0), ("publish", 0, False)],
        [said("show_bad", ANYBODY, "with another key", _of(secret=bytes(32)))],
    ),
    (
        DONE,
        [
            said("draw_lots", CONSUMER_KEY, "by a party", _of(beacon=b""), "author is the beacon"),
            said("dispute", CONSUMER_KEY, "for no key", _but("dispute", CONSUMER, 0, 1, key=b"")),
        ],
    ),
    (
        DISPUTED,
        [
            said("open_step", CONSUMER_KEY, "by another", _of(**UNOPENED), _NOT_THE_EXECUTOR),
            said("open_step", FIRST_KEY, "of no component", _but("open_step", 0, component=b"")),
            said("open_step", FIRST_KEY, "of another", _but("open_step", 0, component=NEGATE)),
            *(
                said(
                    "open_step",
                    FIRST_KEY,
                    f"of another {field}",
                    _but("open_step", 0, **{field: b""}),
                )
                for field in ("input", "output", "secret")
            ),
            said(
                "narrow",
                CONSUMER_KEY,
                "by another",
                _but("narrow", 0, True, True),
                _NOT_THE_EXECUTOR,
            ),
            said(
                "narrow",
                FIRST_KEY,
                "of another halving",
                _but("narrow", 0, True, True, halvings=1),
                _NOT_ITS_TURN,
            ),
            said("narrow", FIRST_KEY, "of nothing", _but("narrow", 0, True, True, statement=b"")),
        ],
    ),
    (
        [*DISPUTED, *halvings(HONEST)],
        [
            said(
                "narrow",
                FIRST_KEY,
                f"{field} again",
                _but("narrow", 0, True, True, **{field: b"x"}),
            )
            for field in ("statement", "sealed")
        ],
    ),
    (
        [*DISPUTED, ("narrow", 0, True, True)],
        [
            said(
                "answer",
                FIRST_KEY,
                "by another",
                _but("answer", 0, True),
                "author is the opponent",
            ),
            said(
                "answer",
                CONSUMER_KEY,
                "of another halving",
                _but("answer", 0, True, halvings=2),
                _NOT_ITS_TURN,
            ),
        ],
    ),
    (
        [*DONE, ("dispute", PROVIDER, 0, 1), ("open_step", 0)],
        [
            said(
                "complain",
                ANYBODY,
                "of what is opened whole",
                _but("complain", 0),
                "opponent is to answer",
            )
        ],
    ),
    (
        [*DONE, *UNTOLD],
        [said("complain", ANYBODY, "with another secret", _but("complain", 0, secret=bytes(32)))],
    ),
    (
        AUDITED,
        [
            said(
                "audit",
                CONSUMER_KEY,
                "by another",
                _of(step=1, key=b""),
                "auditor has had time to begin",
            ),
            said("audit", PARTIES[SECOND], "for no key", _but("audit", 0, 1, key=bytes(32))),
        ],
    ),
    (
        [*AUDITED, *LATE, *LATE],
        [said("audit", CONSUMER_KEY, "for another's key", _but("audit", 0, 1))],
    ),
    (
        [*DISPUTED, *halvings((True, False), HONEST)],
        [
            said("open_row", CONSUMER_KEY, "by another", _but("open_row", 0), _NOT_THE_EXECUTOR),
            said("open_row", FIRST_KEY, "of nothing", _but("open_row", 0, witness=b"")),
            said("open_row", FIRST_KEY, "told again", _but("open_row", 0, statement=b"junk")),
        ],
    ),
    (
        [*DISPUTED, *halvings(HONEST, HONEST)],
        [said("open_row", FIRST_KEY, "past the end", _but("open_row", 0, witness=b"junk"))],
    ),
    (
        SETTLED,
        [
            said(
                "expose",
                ANYBODY,
                what,
                _of(step=0, key=FIRST, evidence=evidence),
                "two outputs are signed",
            )
            for what, evidence in (("with nothing", b""), ("with junk", b"junk"))
        ],
    ),
]
