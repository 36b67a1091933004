"""Who is heard on a hardened ledger, and how often: what is free to say is not free to say anew."""

from pathlib import Path

import attrs
import pytest

from checkers.market.hardened.agreed import CONSUMER
from checkers.market.hardened.driver import HardenedDriver, at_work_setup
from checkers.market.hardened.stories import DONE, LATE, LOTS
from impl.hardened.charter import Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.limits import HANDFUL, PIECE
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction, rotation
from spec.bytes.encoding import Value

NODE, ALICE, BOB, STRANGER, BEACON = (
    SigningKey.from_seed(bytes([number]) * 32) for number in range(5)
)
QUOTA = 3
CHARTER = Charter(
    {ALICE.public: 10, BOB.public: 0},
    BEACON.public,
    NODE.public,
    dict.fromkeys(Phase, 2),
    quota=QUOTA,
)


@attrs.define
class Said:
    """A ledger on which somebody says something."""

    ledger: Ledger

    def say(self, key: SigningKey, kind: str, **body: Value) -> str | None:
        """Say something; why it is refused, if it is."""
        nonce = self.ledger.next_nonce(key.public)
        said = Transaction(self.ledger.identity, kind, key.public, nonce, body).signed(key)
        try:
            self.ledger.submit(said)
        except Refused as refusal:
            return refusal.reason
        return None


@pytest.fixture
def said(tmp_path: Path) -> Said:
    genesis = Genesis("main", NODE.public, CHARTER.body())
    return Said(Ledger.create(tmp_path / "ledger.db", genesis, NODE, HardenedContract))


def test_who_has_no_account_is_not_heard(said: Said) -> None:
    for amount in (0, 1):
        assert said.say(STRANGER, "deposit", amount=amount) == "author has an account"
    assert said.say(BOB, "deposit", amount=0) is None  # an account can be empty


def test_a_party_is_heard_so_often_in_a_block(said: Said) -> None:
    for _ in range(2):
        for _ in range(QUOTA):
            assert said.say(ALICE, "deposit", amount=11) == "party has the money"  # does not count
            assert said.say(ALICE, "deposit", amount=1) is None
        assert said.say(ALICE, "deposit", amount=1) == "author has not used up its quota"
        assert said.say(BOB, "deposit", amount=0) is None
        assert said.say(NODE, "tick") is None


@pytest.mark.parametrize(("size", "most"), [(0, 3), (PIECE, 2), (2 * PIECE, 1), (8 * PIECE, 1)])
def test_a_large_transaction_counts_as_several(size: int, most: int) -> None:
    """However large it is, the first can be said."""
    contract = HardenedContract(Genesis("main", NODE.public, CHARTER.body()))
    body: dict[str, Value] = {"request": b"", "sealed": bytes(size)}
    assert heard(contract, body) == most


@pytest.mark.parametrize(("values", "most"), [(0, 3), (HANDFUL, 2), (2 * HANDFUL, 1)])
def test_what_has_many_values_takes_as_long_as_several(values: int, most: int) -> None:
    contract = HardenedContract(Genesis("main", NODE.public, CHARTER.body()))
    assert heard(contract, {"terms": {"costs": [0] * values}}) == most


def heard(contract: HardenedContract, body: dict[str, Value]) -> int:
    """How often the same is said until its author's quota is used up."""
    said = Transaction(b"", "publish", ALICE.public, 0, body)
    return [why_not(contract, said) for _ in range(QUOTA + 1)].index(
        "author has not used up its quota"
    )


def why_not(contract: HardenedContract, said: Transaction) -> str | None:
    """Why something is not heard; None if it is."""
    try:
        contract.hear(said)
    except Refused as refused:
        return refused.reason
    return None


def test_what_was_published_leaves_the_state_when_nobody_can_show_it_bad() -> None:
    driver = at_work_setup(HardenedContract).open()
    assert isinstance(driver, HardenedDriver)
    demanded = [*DONE, ("demand", CONSUMER, 0), ("publish", 0, True)]
    kept: list[bytes | None] = []
    for action, *args in [*demanded, *LOTS, *LATE, ("settle", 0)]:
        assert driver.take(str(action), args) is None
        contract = driver.ledger.contract
        assert isinstance(contract, HardenedContract)
        kept += [made.published for made in contract.requests.values()]
    driver.close()
    *_, before, after = kept
    assert before
    assert after == b""  # that something was, is remembered


def test_the_clock_and_the_beacon_are_always_heard(said: Said) -> None:
    """Whoever makes requests decides how much the beacon has to say."""
    assert [said.say(NODE, "tick") for _ in range(3 * QUOTA)] == [None] * (3 * QUOTA)
    body: dict[str, Value] = {"request": b"", "beacon": b""}
    answers = {said.say(BEACON, "route", **body) for _ in range(3 * QUOTA)}
    assert answers == {"request waits for the beacon"}


def test_replacing_a_key_is_heard_as_anything_else(said: Said) -> None:
    ledger, new = said.ledger, SigningKey.from_seed(bytes([9]) * 32)
    right = rotation(ledger.identity, STRANGER.public, 0, new)
    unproved = attrs.evolve(right, body={**right.body, "proof": b""})
    for rotated in (right, unproved, rotation(ledger.identity, STRANGER.public, 0, STRANGER)):
        with pytest.raises(Refused, match="author has an account"):
            ledger.submit(rotated.signed(STRANGER))
    ledger.submit(rotation(ledger.identity, BOB.public, 0, new).signed(BOB))
