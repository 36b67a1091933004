"""Keys are replaced: on the ledger and by its specification, for good, and not in retrospect."""

from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from checkers.explore.explorer import prepare
from impl.ledger.admission import Admission
from impl.ledger.keys import SigningKey
from impl.ledger.port import LedgerCorrupt, OpenContract
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction, parse, rotation
from spec.bytes.encoding import Value
from spec.ledger import ledger as machine
from spec.ledger import ledger_without_rotation
from tests.support.tally import MAIN, NODE

OLD, NEW, NEXT, OTHER = (SigningKey.from_seed(bytes([seed]) * 32) for seed in (1, 2, 3, 4))
ALICE, BOB = OLD.public, OTHER.public
UNSIGNED = "signature is the author's"
USED = "key is new to the author"
UNPROVED = "new key has signed as well"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger.create(path, MAIN, NODE) as ledger:
        yield ledger


def say(ledger: Ledger, key: SigningKey, author: bytes = ALICE) -> str | None:
    """Why a transaction is refused that a key has signed, if it is."""
    transaction = Transaction(MAIN.identity, "say", author, ledger.next_nonce(author), {})
    return submit(ledger, transaction, key)


def rotate(
    ledger: Ledger, old: SigningKey, new: SigningKey, author: bytes = ALICE, **changes: Value
) -> str | None:
    """Why the replacement of a key is refused, if it is."""
    transaction = rotation(MAIN.identity, author, ledger.next_nonce(author), new)
    body = {**transaction.body, **changes}
    return submit(ledger, attrs.evolve(transaction, body=body), old)


def submit(ledger: Ledger, transaction: Transaction, key: SigningKey) -> str | None:
    try:
        ledger.submit(transaction.signed(key))
    except Refused as refusal:
        return refusal.reason
    return None


def assert_replaced(ledger: Ledger) -> None:
    """NEW is in force, and OLD is not."""
    assert ledger.keys_of(ALICE) == [OLD.public, NEW.public]
    assert say(ledger, OLD) == UNSIGNED
    assert say(ledger, NEW) is None
    assert rotate(ledger, OLD, NEXT) == UNSIGNED
    assert rotate(ledger, NEW, OLD) == USED
    assert rotate(ledger, NEW, NEW) == USED
    ledger.verify()


def test_a_replaced_key_signs_nothing_and_never_comes_back(ledger: Ledger, path: Path) -> None:
    assert say(ledger, NEW) == UNSIGNED
    assert say(ledger, OLD) is None
    assert rotate(ledger, OLD, NEW) is None
    assert_replaced(ledger)
    ledger.close()
    with Ledger.open(path, NODE) as again:
        assert_replaced(again)
        assert rotate(again, NEW, NEXT) is None
        assert (say(again, NEW), say(again, NEXT)) == (UNSIGNED, None)


def test_a_new_key_must_agree_to_whom_it_signs_for(ledger: Ledger) -> None:
    """Otherwise a party could bring into force what others sign with, or what nobody can."""
    proof = rotation(MAIN.identity, ALICE, 0, NEW).body["proof"]
    assert rotate(ledger, OLD, NEXT, proof=proof) == UNPROVED
    assert rotate(ledger, OLD, NEXT, key=NEW.public) == UNPROVED
    assert rotate(ledger, OTHER, NEW, author=BOB, proof=proof) == UNPROVED
    assert rotate(ledger, OLD, NEW, key=b"short") == UNPROVED
    assert say(ledger, OLD) is None
    assert rotate(ledger, OLD, NEW, proof=proof) == UNPROVED  # it was for an earlier transaction
    assert rotate(ledger, OLD, NEW, more=1) == "transaction is well formed"
    assert rotate(ledger, OLD, NEW) is None


def test_a_key_of_two_parties_signs_for_each_what_names_it(ledger: Ledger) -> None:
    """Nobody keeps others from their name by taking it for a key."""
    assert rotate(ledger, OLD, OTHER) is None
    assert say(ledger, OTHER) is None
    assert say(ledger, OTHER, author=BOB) is None
    assert rotate(ledger, OTHER, NEW) is None
    assert say(ledger, OTHER) == UNSIGNED
    assert say(ledger, OTHER, author=BOB) is None


@attrs.define
class Closed(OpenContract):
    """A contract that lets nothing through."""

    def apply(self, transaction: Transaction) -> None:
        raise Refused("closed")


def test_no_contract_keeps_a_key_in_force(tmp_path: Path) -> None:
    with Ledger.create(tmp_path / "closed.db", MAIN, NODE, Closed) as ledger:
        assert say(ledger, OLD) == "closed"
        assert rotate(ledger, OLD, NEW) is None


def test_what_a_replaced_key_signed_on_disk_is_found(
    ledger: Ledger, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rotate(ledger, OLD, NEW) is None
    with monkeypatch.context() as patch:
        patch.setattr(Admission, "_check_signature", lambda self, signed: None)
        assert say(ledger, OLD) is None
    ledger.close()
    with pytest.raises(LedgerCorrupt, match=f"block 2, transaction 1: {UNSIGNED}"):
        Ledger.read(path)


def test_a_signature_is_of_one_key() -> None:
    signed = parse(Transaction(MAIN.identity, "say", ALICE, 0, {}).signed(NEW))
    assert signed.is_signed_with(NEW.public)
    assert not signed.is_signed_with(ALICE)


@pytest.mark.full
def test_the_check_of_the_key_in_force_bears_load() -> None:
    """If any key counted that a party ever had, a theft would never end."""
    sound = prepare(machine, machine.scope()).run()
    assert not sound.violations
    assert {w.property for w in sound.witnesses} == {t.__name__ for t in machine.sometimes}
    broken = prepare(ledger_without_rotation, machine.scope()).run()
    lengths = {v.property: v.trace.length for v in broken.violations}
    assert lengths == {"replaced_keys_sign_nothing": 2, "authors_signed": 3}
