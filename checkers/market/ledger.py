"""Drives the ledger itself as the machine `ledger`."""

from collections.abc import Mapping, Sequence

import attrs

from checkers.lockstep.driver import Setup
from checkers.market.dispatch import methods
from checkers.market.ledger_file import Fleeting, LedgerFile
from checkers.market.values import keys
from impl.ledger.genesis import Genesis
from impl.ledger.port import KeptLedger, OpenContract
from impl.ledger.transaction import ROTATE, Transaction, rotation
from spec.ledger import Body, Chain, Key, Nonce, Party, Position, ledger
from spec.notation import Scope
from spec.notation.sorts import Value

_SECRETS = keys(4)
_PARTIES = list(_SECRETS)[:2]
_MAKERS = dict(zip(_SECRETS, 2 * _PARTIES, strict=True))
"""Each party has made its first key, and another one."""
_GENESIS, _OTHER = (Genesis("main", node, {}) for node in _PARTIES)
"""Ledgers of one name, which others keep."""


@attrs.frozen
class _Signing:
    """What an onlooker sees of a transaction that no ledger knows.

    Attributes:
        signer: who signed it.
        key: with which key.
        exposed: whether somebody else than its author could have signed it.
    """

    signer: bytes
    key: bytes
    exposed: bool


class LedgerDriver(LedgerFile):
    """Drives the ledger as the machine `ledger`. It also is the onlooker, who sees thefts."""

    def __init__(self, kind: type[KeptLedger]) -> None:
        super().__init__(_GENESIS, _SECRETS[_GENESIS.node], OpenContract, kind)
        self._methods = methods(self, ledger)
        self._stolen: set[bytes] = set()
        self._signings: list[_Signing] = []

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit a transaction that names an author; or steal a key, without one."""
        refusal: str | None = self._methods[action](*args)
        return refusal

    def _steal(self, k: bytes) -> None:
        self._stolen.add(k)

    def _submit(
        self, chain: bytes, signer: bytes, k: bytes, author: bytes, n: int, b: bytes
    ) -> str | None:
        return self._sign(signer, k, Transaction(chain, "say", author, n, {"body": b}))

    def _rotate(
        self, chain: bytes, signer: bytes, k: bytes, author: bytes, n: int, new: bytes
    ) -> str | None:
        said = rotation(chain, author, n, _SECRETS[new])
        if not self._can_sign(signer, new):
            said.body["proof"] = _SECRETS[k].sign(b"")
        return self._sign(signer, k, said)

    def _sign(self, signer: bytes, key: bytes, said: Transaction) -> str | None:
        """Submit what somebody signs with a key; why it is refused, if it is."""
        if not self._can_sign(signer, key):
            return "signer has the key"
        in_force = self.ledger.keys_of(said.author)[-1]
        exposed = _MAKERS[in_force] != said.author or in_force in self._stolen
        refusal = self.submit(said.signed(_SECRETS[key]))
        if refusal is None:
            self._signings.append(_Signing(signer, key, exposed))
        return refusal

    def _can_sign(self, party: bytes, key: bytes) -> bool:
        return _MAKERS[key] == party or key in self._stolen

    def state(self) -> Mapping[str, Value]:
        """What stands on the ledger, whose key is which, and what an onlooker saw."""
        entries = dict(self.ledger)
        signings = list(enumerate(self._signings))
        had = {author: self.ledger.keys_of(author) for author in _PARTIES}
        return {
            "name": self.ledger.identity,
            "height": len(entries),
            "author": {p: entry.author for p, entry in entries.items()},
            "nonce": {p: entry.nonce for p, entry in entries.items()},
            "body": {p: e.body["body"] for p, e in entries.items() if e.kind != ROTATE},
            "rotates": {p: entry.kind == ROTATE for p, entry in entries.items()},
            "next": {author: self.ledger.next_nonce(author) for author in _PARTIES},
            "in_force": {author: used[-1] for author, used in had.items()},
            "used": {(author, key): True for author, used in had.items() for key in used},
            "stolen": dict.fromkeys(self._stolen, True),
            "key": {p: signing.key for p, signing in signings},
            "signer": {p: signing.signer for p, signing in signings},
            "exposed": {p: signing.exposed for p, signing in signings},
        }


def ledger_setup(ledger: type[KeptLedger] = Fleeting) -> Setup:
    """How a ledger of some kind is driven."""
    return Setup(
        open=lambda: LedgerDriver(ledger),
        scope=Scope(
            sizes={Nonce: 4, Position: 6},
            universe={
                Party: _PARTIES,
                Key: list(_SECRETS),
                Chain: [_GENESIS.identity, _OTHER.identity],
                Body: [b"yes", b"no"],
            },
        ),
        functions={"name": _GENESIS.identity, "maker": _MAKERS, "first": lambda p: p},
    )
