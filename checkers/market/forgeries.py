"""Forgeries: what only a ledger or its contract can refuse, and no machine speaks of.

Who signs, for which ledger, and whether a body is well formed and shows what it must: in the
machines whoever acts is who may, and evidence is what it is. So each of these is tried on the
implementation alone, after steps that both sides take. It must be refused for its reason, and
nothing may have changed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs

from checkers.lockstep.run import Lockstep, Tally
from checkers.lockstep.stories import Story, tell
from checkers.market.ledger_file import LedgerFile
from impl.ledger.keys import SigningKey
from impl.ledger.transaction import Transaction, rotation
from spec.bytes.encoding import Value, encode

S = TypeVar("S")

MALFORMED = "transaction is well formed"


@attrs.frozen
class Forgery:
    """What must be refused.

    Attributes:
        what: is wrong with it.
        made: the bytes that are submitted, by what drives the implementation.
        reason: for which they are refused.
    """

    what: str
    made: Callable[[Any], bytes]  # Any: a driver of whichever contract
    reason: str = MALFORMED

    def submitted(self, driver: LedgerFile) -> str | None:
        """Have a driver submit it; why it is refused, if it is."""
        return driver.submit(self.made(driver))


Forgeries: TypeAlias = Sequence[tuple[Story, Sequence[Forgery]]]
"""What must be refused, after each of some stories."""


def try_forgeries(lockstep: Lockstep[S], forgeries: Forgeries, tally: Tally) -> None:
    """Have an implementation refuse each. Raises Divergence, also where a story does not go on."""
    for story, forged in forgeries:
        with lockstep.run(tally) as run:
            tell(run, story)
            for forgery in forged:
                run.refuse(forgery.what, forgery.submitted, forgery.reason)


Body: TypeAlias = Callable[[Any], Mapping[str, Value]]  # Any: a driver of whichever contract
"""What a transaction says, by what drives the implementation."""


def said(kind: str, key: SigningKey, what: str, body: Body, reason: str = MALFORMED) -> Forgery:
    """Somebody's next transaction, rightly signed, that must be refused for what it says."""
    return Forgery(f"{kind}, {what}", lambda driver: driver.signed(kind, key, body(driver)), reason)


def on_any_ledger(kind: str, key: SigningKey, body: Mapping[str, Value]) -> Sequence[Forgery]:
    """What every ledger must refuse; the transaction itself would be accepted."""

    def right(driver: LedgerFile) -> Transaction:
        nonce = driver.ledger.next_nonce(key.public)
        return Transaction(driver.ledger.identity, kind, key.public, nonce, dict(body))

    def but(**changes: Any) -> Callable[[LedgerFile], bytes]:  # Any: of whichever field
        return lambda driver: attrs.evolve(right(driver), **changes).signed(key)

    def bare(**fields: Value) -> Callable[[LedgerFile], bytes]:
        def made(driver: LedgerFile) -> bytes:
            told = {**right(driver).fields(), **fields}
            return encode({**told, "signature": key.sign(encode(told))})

        return made

    def turned(new: SigningKey, **fields: Value) -> Callable[[LedgerFile], bytes]:
        def made(driver: LedgerFile) -> bytes:
            to = rotation(driver.ledger.identity, key.public, right(driver).nonce, new)
            return attrs.evolve(to, body={**to.body, **fields}).signed(key)

        return made

    def ahead(driver: LedgerFile) -> bytes:
        return attrs.evolve(right(driver), nonce=right(driver).nonce + 1).signed(key)

    other = SigningKey.from_seed(bytes([99]) * 32)
    return [
        Forgery("junk", lambda _: b"junk"),
        Forgery("no dictionary", lambda _: encode(0)),
        Forgery("unsigned", lambda driver: encode(right(driver).fields())),
        Forgery("another version", bare(version=2)),
        Forgery("a field too many", bare(note="")),
        Forgery("a nonce that is no number", bare(nonce="0")),
        Forgery("another ledger's", but(ledger=bytes(32)), "transaction is for this ledger"),
        Forgery(
            "signed by another",
            lambda driver: right(driver).signed(other),
            "signature is the author's",
        ),
        Forgery("ahead of its turn", ahead, "nonce is the author's next"),
        Forgery("of no kind", but(kind="shout")),
        Forgery("a body of no kind", but(body={"shout": ""})),
        Forgery("a body of other types", but(body={field: [0] for field in body})),
        Forgery("a rotation to no key", turned(other, key=0)),
        Forgery("a rotation to the key in force", turned(key), "key is new to the author"),
        Forgery("a rotation unsigned", turned(other, proof=b""), "new key has signed as well"),
    ]
