"""Witnesses: heads that a quorum has signed, ledgers that were cut, and histories that fork."""

import shutil
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing, suppress
from itertools import permutations
from pathlib import Path
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adversaries.deviating.hardened.node import AnnouncingNode, StillNode, keep, unsigning
from impl.database import unnote
from impl.folder import FILE, NODE, kept_key
from impl.hardened.charter import Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.network import Faults, Network
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.memory import Memory
from impl.hardened.parties.node import Node, Surroundings
from impl.hardened.parties.shown import HEADS
from impl.hardened.phases import Phase
from impl.ledger.block import BYTES, STRETCH, Block, SignedBlock, Stretch
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger, LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import MalformedTransaction
from impl.ledger.witness import (
    EVERY,
    Between,
    Forked,
    Head,
    Keeper,
    Witness,
    last_witnessed,
)
from impl.storage import Storage
from spec.bytes.encoding import Value, decode, encode

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

NODE_KEY, KEY = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))
GENESIS = Genesis("main", NODE_KEY.public, {})
WITNESSES = [name for name, role in CAST.items() if issubclass(role, Correspondent)]


# One witness


def chained(roots: Sequence[bytes], after: Sequence[SignedBlock] = ()) -> list[SignedBlock]:
    """Blocks that follow one another, with these roots."""
    blocks = [*after]
    for root in roots:
        previous = blocks[-1].block.digest if blocks else GENESIS.identity
        block = Block(GENESIS.identity, len(blocks) + 1, previous, root, 1)
        blocks.append(block.signed(NODE_KEY))
    return blocks


def witness(folder: Path) -> Witness:
    return Witness(GENESIS, KEY.public, KEY, Storage(folder))


def signs(folder: Path, announced: SignedBlock, ledger: Sequence[SignedBlock]) -> Head:
    """What a witness signs whose node announces a block, and shows a whole ledger."""
    begins = witness(folder).begins(announced)
    return witness(folder).sign(announced, [b for b in ledger if b.block.height >= begins])


def test_a_witness_signs_what_goes_on_from_what_it_signed_last(tmp_path: Path) -> None:
    blocks = chained([b"a", b"b", b"c", b"d"])
    for many, last in ((2, 2), (2, 2), (4, 4), (3, 4)):
        head = signs(tmp_path, blocks[many - 1], blocks)
        assert head.signed == blocks[many - 1]
        assert head.is_signed_by(KEY.public, KEY.public)
        assert Head.parse(head.canonical()) == head
        assert last_witnessed(Storage(tmp_path)) == blocks[last - 1]


ROOTS = st.lists(st.sampled_from([b"a", b"b"]), min_size=1, max_size=4)


@given(st.lists(st.tuples(ROOTS, ROOTS), min_size=2, max_size=6))
def test_of_two_blocks_for_one_place_a_witness_signs_one(
    tmp_path_factory: pytest.TempPathFactory, histories: Sequence[tuple[list[bytes], list[bytes]]]
) -> None:
    """Whatever a node announces beside what it shows, and though it forgets all it has not kept."""
    folder, signed = tmp_path_factory.mktemp("witness"), dict[int, Block]()
    for announced, shown in histories:
        try:
            head = signs(folder, chained(announced)[-1], chained(shown))
        except Forked:
            continue
        block = head.signed.block
        assert block in [each.block for each in chained(shown)]
        assert signed.setdefault(block.height, block) == block
    assert signed or all(chained(a)[-1] not in chained(shown) for a, shown in histories)


def test_a_witness_signs_nothing_that_does_not_follow(tmp_path: Path) -> None:
    one, two, three = chained([b"a", b"b", b"c"])
    after = two.block
    misplaced = [
        attrs.evolve(after, **other).signed(NODE_KEY)
        for other in ({"height": 1}, {"height": 3}, {"ledger": bytes(32)})
    ]
    foreign = attrs.evolve(one.block, ledger=bytes(32)).signed(NODE_KEY)
    late = attrs.evolve(one.block, height=9).signed(NODE_KEY)
    other = Block(GENESIS.identity, 2, bytes(32), b"b", 1).signed(NODE_KEY)
    stranger = two.block.signed(KEY)
    wrong = [[], [two], [one, other], [one, three], [one, stranger], [foreign], [late]]
    for blocks in (*wrong, *([one, block] for block in misplaced)):
        with pytest.raises(Forked):
            witness(tmp_path).sign(blocks[-1] if blocks else one, blocks)
    assert witness(tmp_path).last is None
    witness(tmp_path).sign(two, [one, two])
    for blocks in ([one], [three], chained([b"b"])):
        with pytest.raises(Forked):
            witness(tmp_path).sign(blocks[-1], blocks)


# Evidence

CHARTER = Charter({}, KEY.public, KEY.public, dict.fromkeys(Phase, 2))
CONTRACT = HardenedContract(attrs.evolve(GENESIS, agreed=CHARTER.body()))
LEDGER = CONTRACT.genesis.identity


def history(roots: Sequence[bytes], ledger: bytes = LEDGER) -> list[SignedBlock]:
    """The blocks of a ledger, the contract's unless given, that have these roots."""
    blocks = list[Block]()
    for root in roots:
        begun = Block(ledger, 1, ledger, root, 1)
        blocks.append(blocks[-1].next(root, 1) if blocks else begun)
    return [block.signed(NODE_KEY) for block in blocks]


def without(signed: Sequence[SignedBlock]) -> list[SignedBlock]:
    """Blocks that nobody has signed."""
    return [attrs.evolve(each, signature=bytes(64)) for each in signed]


def shows(*stretches: Stretch) -> bool:
    """Whether two stretches show that the node has vouched for two histories."""
    return CONTRACT.has_forked(NODE_KEY.public, *(each.canonical() for each in stretches))


def refusal(party: Witness, announced: SignedBlock, ledger: Sequence[SignedBlock]) -> Forked | None:
    """Why a witness does not sign what is announced, if it does not."""
    try:
        party.sign(announced, ledger)
    except Forked as forked:
        return forked
    return None


def contradict(one: Sequence[SignedBlock], other: Sequence[SignedBlock]) -> bool:
    """Whether two histories have other blocks in one place."""
    return any(a.block != b.block for a, b in zip(one, other, strict=False))


@given(ROOTS, ROOTS, st.booleans())
def test_a_node_is_shown_by_what_it_has_signed_whatever_it_leaves_unsigned(
    tmp_path_factory: pytest.TempPathFactory,
    seen: Sequence[bytes],
    then: Sequence[bytes],
    has_signed: bool,
) -> None:
    """Where it only signs what it announces, that vouches for all before it."""
    folder, one, other = tmp_path_factory.mktemp("witness"), history(seen), history(then)
    party = attrs.evolve(witness(folder), genesis=CONTRACT.genesis)
    party.sign(one[-1], one)
    ledger = without(other[:-1]) + (other[-1:] if has_signed else without(other[-1:]))
    refused = refusal(party, other[-1], ledger[party.begins(other[-1]) - 1 :])
    evidence = refused.evidence if refused else {}
    assert (refused is None) <= (not contradict(one, other))
    assert bool(evidence) is contradict(one[-1:], other[len(one) - 1 :])
    assert all(shows(*stretches) for stretches in evidence.values())


@given(ROOTS, ROOTS)
def test_a_node_is_shown_by_what_it_announces_beside_what_is_on_the_ledger(
    tmp_path_factory: pytest.TempPathFactory, shown: Sequence[bytes], told: Sequence[bytes]
) -> None:
    """Whether a witness has signed anything of it before or not."""
    ledger, [*_, announced] = history(shown), history(told)
    party = attrs.evolve(witness(tmp_path_factory.mktemp("witness")), genesis=CONTRACT.genesis)
    for _ in range(2):
        refused = refusal(party, announced, [*without(ledger[:-1]), ledger[-1]])
        evidence = refused.evidence if refused else {}
        assert (refused is None) is (announced in ledger)
        assert bool(evidence) is contradict([announced], ledger[len(told) - 1 :])
        assert all(shows(*stretches) for stretches in evidence.values())
        party.sign(ledger[-1], ledger)


SIGNERS = {key.public: key for key in map(SigningKey.from_seed, (b"a" * 32, b"b" * 32, b"c" * 32))}
SOME = st.sets(st.sampled_from([*SIGNERS]), min_size=2)
SIGNED = HardenedContract(
    attrs.evolve(GENESIS, agreed=attrs.evolve(CHARTER, witnesses=tuple(SIGNERS), quorum=2).body())
)


def vouched(signed: SignedBlock, parties: Collection[bytes]) -> Head:
    """A block that some parties have signed beside the node."""
    return Head(signed, {who: signed.block.signed(SIGNERS[who]).signature for who in parties})


def shown(blocks: Sequence[SignedBlock]) -> Between:
    """How a node shows a history."""
    return lambda first, last: [each for each in blocks if first <= each.block.height <= last]


def follower(folder: Path) -> Keeper:
    """A party, as it begins with what it has kept."""
    return Keeper(SIGNED.genesis, Storage(folder))


def why_not(
    keeper: Keeper, ledger: Sequence[SignedBlock], head: Head | None = None
) -> Forked | None:
    """Why a party does not go on to the end of a ledger, and to a head, if it does not."""
    try:
        keeper.look(ledger[-1] if ledger else None, head, shown(ledger))
    except Forked as forked:
        return forked
    return None


def convicted(forked: Forked | None) -> set[bytes]:
    """Who is convicted by what is shown of them, and that is all who are shown."""
    evidence = forked.evidence if forked else {}
    for party, stretches in evidence.items():
        assert SIGNED.has_forked(party, *(each.canonical() for each in stretches))
    return {*evidence}


@given(ROOTS, ROOTS, SOME, SOME)
def test_whoever_keeps_a_head_shows_who_has_signed_it_and_another_history(
    tmp_path_factory: pytest.TempPathFactory,
    before: Sequence[bytes],
    after: Sequence[bytes],
    early: set[bytes],
    late: set[bytes],
) -> None:
    """All of them and nobody else, once that is as high; until then it keeps what it has."""
    ledger = SIGNED.genesis.identity
    one, other = history(before, ledger), history(after, ledger)
    keeper = follower(tmp_path_factory.mktemp("keeper"))
    first, second = vouched(one[-1], early), vouched(other[-1], late)
    assert why_not(keeper, one, first) is None
    forked = why_not(keeper, other, second)
    is_other = contradict(one[-1:], other[len(one) - 1 :])
    assert convicted(forked) == (early & late | {NODE_KEY.public} if is_other else set())
    assert bool(forked) is (is_other or len(other) < len(one))
    assert keeper.head == (first if forked or second.signed == first.signed else second) or (
        keeper.head == Head(first.signed, {**first.witnessed, **second.witnessed})
    )


@given(st.lists(st.tuples(ROOTS, st.booleans(), st.booleans()), max_size=6))
def test_a_party_goes_on_from_what_it_has_acted_upon_and_nowhere_else(
    tmp_path_factory: pytest.TempPathFactory, histories: Sequence[tuple[list[bytes], bool, bool]]
) -> None:
    """However often it begins again; and the node is convicted of what it shows in its place."""
    folder, seen, kept = tmp_path_factory.mktemp("keeper"), list[SignedBlock](), list[SignedBlock]()
    keeper = follower(folder)
    for roots, acts, stops in histories:
        ledger = history(roots, SIGNED.genesis.identity)
        forked = why_not(keeper, ledger)
        assert (forked is None) is (ledger[: len(seen)] == seen)
        is_other = contradict(seen[-1:], ledger[len(seen) - 1 :]) if seen else False
        assert convicted(forked) == ({NODE_KEY.public} if is_other else set())
        seen = seen if forked else ledger
        if acts:
            keeper.keep()
            kept = seen
        if stops:
            keeper, seen = follower(folder), kept


HIGH = 9


@pytest.mark.parametrize("reach", [2, 4, STRETCH])
@pytest.mark.parametrize("low", range(1, HIGH))
@pytest.mark.parametrize("high", range(1, HIGH))
def test_a_node_that_has_signed_two_heads_is_shown_at_any_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, low: int, high: int, reach: int
) -> None:
    """Witnesses are, where the second head is as high, and a stretch leads there."""
    monkeypatch.setattr("impl.ledger.witness.STRETCH", reach)
    ledger = SIGNED.genesis.identity
    one, other = (history([root] * HIGH, ledger) for root in (b"a", b"b"))
    keeper = follower(tmp_path)
    first, second = vouched(one[low - 1], SIGNERS), vouched(other[high - 1], SIGNERS)
    assert why_not(keeper, one[:low], first) is None
    forked = why_not(keeper, other, second)
    witnesses = {*SIGNERS} if low <= high < low + reach else set()
    assert convicted(forked) == {NODE_KEY.public} | witnesses
    assert keeper.head == first


@pytest.mark.parametrize("high", range(1, HIGH))
def test_a_head_is_kept_only_if_it_stands_in_the_ledger(tmp_path: Path, high: int) -> None:
    """Neither one of another history over this one, nor the other way round."""
    ledger, many = SIGNED.genesis.identity, HIGH // 2
    one, other = history([b"a"] * many, ledger), history([b"a", *[b"b"] * HIGH], ledger)
    keeper, head = follower(tmp_path), vouched(other[high - 1], SIGNERS)
    assert why_not(keeper, one[:1], vouched(one[0], SIGNERS)) is None
    forked = why_not(keeper, one, head)
    assert bool(forked) is (high > 1)
    assert convicted(forked) == ({NODE_KEY.public} if 1 < high <= many else set())
    patched = [*one[:1], *other[1:]] if high > 1 else one
    unchained = [*history([b"c"], ledger), *other[1:]]
    assert why_not(follower(tmp_path / "new"), unchained, vouched(unchained[0], SIGNERS))
    assert why_not(keeper, patched, head) is None
    assert keeper.head
    assert keeper.head.signed == head.signed


def test_of_two_signatures_of_a_witness_the_one_that_counts_is_kept(tmp_path: Path) -> None:
    """It has replaced its key in between, and signed the same block again."""
    [*_, last] = ledger = history([b"a"], SIGNED.genesis.identity)
    [one, *others] = SIGNERS
    keeper, before = follower(tmp_path), vouched(last, SIGNERS)
    assert why_not(keeper, ledger, before) is None
    again = last.block.signed(KEY).signature
    assert why_not(keeper, ledger, Head(last, {one: again, others[0]: bytes(64)})) is None
    assert keeper.head == Head(last, {**before.witnessed, one: again, others[0]: bytes(64)})


@pytest.mark.parametrize("name", ["seen", "head"])
def test_what_is_kept_and_is_none_of_the_nodes_is_passed_over(tmp_path: Path, name: str) -> None:
    ledger = history([b"a", b"b"], SIGNED.genesis.identity)
    high = attrs.evolve(ledger[1].block, height=10**9)
    for signed in (high.signed(KEY), attrs.evolve(high, ledger=bytes(32)).signed(NODE_KEY)):
        for junk in (b"junk", signed.canonical(), vouched(signed, SIGNERS).canonical()):
            Storage(tmp_path).put(name, junk)
            assert follower(tmp_path).seen is None
            assert why_not(follower(tmp_path), ledger) is None


@given(st.lists(st.tuples(ROOTS, ROOTS), min_size=2, max_size=4))
def test_no_head_shows_two_histories_of_who_has_signed_one(
    tmp_path_factory: pytest.TempPathFactory, histories: Sequence[tuple[list[bytes], list[bytes]]]
) -> None:
    """Whatever it is shown, though it forgets all that it has not kept, and whoever keeps what."""
    folder, heads = tmp_path_factory.mktemp("witness"), list[tuple[Head, Sequence[SignedBlock]]]()
    for announced, ledger in histories:
        with suppress(Forked):
            heads.append((signs(folder, chained(announced)[-1], chained(ledger)), chained(ledger)))
    for number, ((kept, before), (head, ledger_then)) in enumerate(permutations(heads, 2)):
        keeper = Keeper(GENESIS, Storage(folder / f"{number}"))
        assert why_not(keeper, before, kept) is None
        forked = why_not(keeper, ledger_then, head)
        assert forked is None or KEY.public not in forked.evidence


@given(ROOTS, st.data())
def test_one_history_shows_nothing(roots: Sequence[bytes], data: st.DataObject) -> None:
    """Whatever is claimed of its blocks."""
    blocks = history(roots)
    stretches = list[Stretch]()
    for _ in range(2):
        first = data.draw(st.integers(0, len(blocks) - 1))
        last = data.draw(st.integers(first, len(blocks) - 1))
        stretch = Stretch.of(blocks[first : last + 1])
        assert Stretch.parse(stretch.canonical()) == stretch
        assert stretch.last == blocks[last]
        changed = [
            stretch,
            attrs.evolve(stretch, first=attrs.evolve(stretch.first, root=b"c")),
            attrs.evolve(stretch, after=(*stretch.after, (b"c", 1))),
            attrs.evolve(stretch, signature=bytes(64)),
        ]
        stretches.append(data.draw(st.sampled_from(changed)))
    assert not shows(*stretches)


@pytest.mark.parametrize(
    "changes",
    [
        {"after": [[b"root"]]},
        {"after": [[b"root", True]]},
        {"after": [b"root"]},
        {"after": b""},
        {"height": 2**63 - 1},
        {"after": [[b"root", 2**63]]},
        {"signature": None},
        {"more": 1},
        {"after": [[b"", 1]] * STRETCH},
        {"after": [[]] * 20_000},
    ],
)
def test_what_is_no_stretch_shows_nothing_and_is_told(changes: dict[str, Value]) -> None:
    whole = decode(Stretch.of(history([b"a", b"b"])).canonical())
    assert isinstance(whole, dict)
    data = encode(whole | changes)
    with pytest.raises(MalformedTransaction, match=r"^block"):
        Stretch.parse(data)
    assert not CONTRACT.has_forked(NODE_KEY.public, data, data)


def test_a_block_of_another_ledger_shows_nobody(tmp_path: Path) -> None:
    """The same node may keep it."""
    party = attrs.evolve(witness(tmp_path), genesis=CONTRACT.genesis)
    ledger = history([b"a"])
    foreign = attrs.evolve(ledger[0].block, ledger=bytes(32)).signed(NODE_KEY)
    refused = refusal(party, foreign, ledger)
    assert refused
    assert not refused.evidence


def test_what_is_left_unsigned_for_too_long_is_told_and_shows_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("impl.ledger.witness.STRETCH", 2)
    party = attrs.evolve(witness(tmp_path), genesis=CONTRACT.genesis)
    party.sign(history([b"a"])[0], history([b"a"]))
    for many in (1, 2, 3):
        *before, announced = history([b"b"] * many)
        refused = refusal(party, announced, [*without(before), announced])
        assert refused
        assert bool(refused.evidence) is (many <= 2)


# Heads


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        encode([]),
        encode({"signed": b"", "witnessed": []}),
        encode({"signed": chained([b"a"])[0].canonical(), "witnessed": [[b"key"]]}),
        encode({"signed": chained([b"a"])[0].canonical(), "witnessed": [b"key"], "more": 1}),
        encode({"signed": chained([b"a"])[0].canonical(), "witnessed": [[b"a", b""]] * 2}),
        encode({"signed": chained([b"a"])[0].canonical(), "witnessed": [[b"b", b""], [b"a", b""]]}),
    ],
)
def test_what_is_no_head_is_told(data: bytes) -> None:
    with pytest.raises(MalformedTransaction, match=r"^(head|block)"):
        Head.parse(data)


def test_what_is_too_large_is_not_read() -> None:
    """It would take long, and anybody can send it."""
    assert len(chained([bytes(32)])[0].canonical()) < BYTES // 2
    with pytest.raises(MalformedTransaction, match=f"give {BYTES} at most"):
        SignedBlock.parse(b"\x9f" * (BYTES + 1))
    with pytest.raises(MalformedTransaction, match="head: more than 16384 values"):
        Head.parse(encode([[]] * 20_000))


OTHERS = [SigningKey.from_seed(bytes([number]) * 32) for number in (3, 4, 5)]
IN_FORCE = {key.public: key.public for key in OTHERS}


def headed(signers: Sequence[SigningKey], node: SigningKey = NODE_KEY) -> Head:
    """A head with the signatures of some."""
    [block] = chained([b"a"])
    signed = block.block.signed(node)
    return Head(signed, {key.public: signed.block.signed(key).signature for key in signers})


@pytest.mark.parametrize(
    ("head", "quorum", "stands"),
    [
        (headed(OTHERS[:2]), 2, True),
        (headed(OTHERS), 2, True),
        (headed(OTHERS[:1]), 2, False),
        (headed([]), 2, False),
        (headed([]), 0, False),
        (headed([OTHERS[0], KEY]), 2, False),  # who is no witness
        (headed(OTHERS, node=KEY), 2, False),
        (Head(headed([]).signed, {key.public: bytes(64) for key in OTHERS}), 2, False),
    ],
)
def test_a_head_stands_with_the_signatures_of_a_quorum(
    head: Head, quorum: int, stands: bool
) -> None:
    assert head.stands(NODE_KEY.public, IN_FORCE, quorum) is stands


def test_a_head_stands_with_the_keys_in_force_alone() -> None:
    replaced = IN_FORCE | {OTHERS[0].public: KEY.public}
    assert not headed(OTHERS[:2]).stands(NODE_KEY.public, replaced, 2)


# A market with witnesses


def signers(market: HardenedMarket) -> set[str]:
    """Whose signatures are in the last head."""
    head = market.around.node.head
    if head is None:
        return set()
    parties = [market.members[name] for name in market.members]
    return {p.name for p in parties if head.is_signed_by(p.identity, p.identity)}


def pass_blocks(market: HardenedMarket, blocks: int) -> None:
    for _ in range(blocks):
        market.pass_block()


def begun(folder: Path) -> Path:
    """A market in which few blocks have passed, and a copy of its ledger, which is returned."""
    before = folder / "before.db"
    with HardenedMarket.create(folder / "market") as market:
        pass_blocks(market, 2)
    shutil.copy(folder / "market" / FILE, before)
    return before


@pytest.mark.parametrize("faults", [Faults(), Faults(loss=50, delay=2, disorder=True)])
def test_a_head_has_the_signatures_of_a_quorum(tmp_path: Path, faults: Faults) -> None:
    with HardenedMarket.create(tmp_path, faults=faults) as market:
        pass_blocks(market, 3 * EVERY)
        head = market.around.node.head
        assert head
        assert head.signed in market.around.node.ledger.blocks(1, market.around.node.ledger.height)
        assert len(signers(market)) >= market.contract.charter.quorum
        assert signers(market) <= {*WITNESSES}


def test_without_a_quorum_the_ledger_goes_on_and_has_no_head(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        away = [market.members[name] for name in WITNESSES[: market.contract.charter.quorum]]
        market.around.network.severed |= {(member.identity, HEADS) for member in away}
        pass_blocks(market, 3 * EVERY)
        assert market.contract.now >= 3 * EVERY
        assert market.around.node.head is None


def test_a_head_has_all_who_have_signed_and_whoever_sees_it_keeps_them(tmp_path: Path) -> None:
    """Also those who were not needed any more, and though the node stopped meanwhile."""
    with HardenedMarket.create(tmp_path) as market:
        network, last = market.around.network, market.members[WITNESSES[-1]]
        network.severed.add((last.identity, HEADS))
        while market.around.node.head is None:
            market.pass_block()
        assert last.identity not in market.around.node.head.witnessed
        market.around.node = market.around.node.restart()
    with HardenedMarket.open(tmp_path, CAST) as market:
        pass_blocks(market, 3)
        head = market.around.node.head
        assert head
        assert {market.named(who) for who in head.witnessed} == {*WITNESSES}
        keepers = [Keeper(market.contract.genesis, m.storage) for m in market.members.values()]
        assert all(keeper.head == head for keeper in keepers)


def test_the_last_head_is_kept(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2 * EVERY)
        head = market.around.node.head
    with HardenedMarket.open(tmp_path, CAST) as market:
        assert market.around.node.head == head
        pass_blocks(market, 2 * EVERY)
        later = market.around.node.head
        assert later
        assert head
        assert later.signed.block.height > head.signed.block.height


@pytest.mark.parametrize("few", [0, 1])
def test_a_kept_head_with_too_few_signatures_counts_for_nothing(tmp_path: Path, few: int) -> None:
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2 * EVERY)
        head = market.around.node.head
    assert head
    lacking = Head(head.signed, dict([*head.witnessed.items()][:few]))
    Memory(tmp_path / NODE).put("head", lacking.canonical())
    with HardenedMarket.open(tmp_path, CAST) as market:
        assert market.around.node.head is None


def cut(path: Path, height: int) -> None:
    """Take the last blocks from a ledger, whose node may have done it."""
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("DELETE FROM checkpoint")
        file.execute("DELETE FROM block WHERE height > ?", (height,))
        file.execute("DELETE FROM entry WHERE height > ?", (height,))
    unnote(path)


def test_a_ledger_that_was_cut_is_told_by_any_witness(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2 * EVERY)
        head = market.around.node.head
        assert head
    height = head.signed.block.height
    cut(tmp_path / FILE, height - 1)
    for name in WITNESSES:
        said = f"block {height} is gone or is another than it was: {name} has witnessed it"
        with pytest.raises(LedgerError, match=said):
            HardenedMarket.open(tmp_path, {name: CAST[name]})
    Storage(tmp_path / WITNESSES[0]).put("witnessed", b"junk")
    with pytest.raises(LedgerError, match="is gone or is another than it was"):
        HardenedMarket.open(tmp_path, CAST)


@pytest.mark.parametrize(
    ("name", "kept", "does"),
    [
        ("provider", "seen", "has acted upon it"),
        ("watcher", "head", "knows it as a head"),
        (NODE, "announced", "has announced it"),
        (NODE, "head", "knows it as a head"),
    ],
)
def test_a_ledger_that_was_cut_is_told_by_whoever_has_followed_it(
    tmp_path: Path, name: str, kept: str, does: str
) -> None:
    """Before its node, which is honest, signs another block in the place of one that is gone."""
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2 * EVERY)
        market.provider.set_aside(1)
        pass_blocks(market, 2)
    for each in (NODE, *CAST):
        with closing(Storage(tmp_path / each)) as storage:
            for other in ("seen", "head", "announced", "witnessed"):
                if (each, other) != (name, kept):
                    storage.remove(other)
    storage = Storage(tmp_path / name)
    data = storage.get(kept)
    signed = Head.parse(data).signed if kept == "head" else SignedBlock.parse(data)
    height = signed.block.height
    storage.close()
    cut(tmp_path / FILE, height)
    HardenedMarket.open(tmp_path, CAST, reading=True).close()
    cut(tmp_path / FILE, height - 1)
    said = f"block {height} is gone or is another than it was: {name} {does}: {storage.file}"
    with pytest.raises(LedgerError, match=said):
        HardenedMarket.open(tmp_path, CAST)


def test_a_ledger_that_goes_another_way_is_told_with_who_has_signed_both(tmp_path: Path) -> None:
    before = begun(tmp_path)
    with HardenedMarket.open(tmp_path / "market", CAST) as market:
        for amount in (1, 2):
            market.provider.set_aside(amount)
            pass_blocks(market, 2)
        seen = SignedBlock.parse(market.provider.storage.get("seen")).block
    (tmp_path / "market" / FILE).unlink()
    unnote(tmp_path / "market" / FILE)
    before.rename(tmp_path / "market" / FILE)
    with shown_another(tmp_path / "market", tmp_path / "market" / FILE) as market:
        pass_blocks(market, 4)
    said = f"block {seen.height} is gone or is another .*, and its node has signed both: provider"
    with pytest.raises(LedgerError, match=said):
        HardenedMarket.open(tmp_path / "market", CAST)


def forged(ledger: KeptLedger, node: SigningKey) -> dict[str, bytes]:
    """What can stand where a witness keeps what it has signed last, and no node has signed."""
    assert ledger.last
    high = attrs.evolve(ledger.last.block, height=10**9)
    return {
        "junk": b"junk",
        "cut": ledger.last.canonical()[:-1],
        "unsigned": SignedBlock(high, bytes(64)).canonical(),
        "stranger's": high.signed(KEY).canonical(),
        "another ledger's": attrs.evolve(high, ledger=bytes(32)).signed(node).canonical(),
        "too high": attrs.evolve(high, height=2**64 - 1).signed(node).canonical(),
    }


@pytest.mark.parametrize(
    "name", ["junk", "cut", "unsigned", "stranger's", "another ledger's", "too high"]
)
def test_what_no_node_has_signed_is_passed_over_and_told(tmp_path: Path, name: str) -> None:
    """By whoever opens the market; and who keeps it signs nothing, for it may have signed more."""
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2 * EVERY)
        junk = forged(market.around.node.ledger, market.around.node.key)[name]
    one = WITNESSES[0]
    Storage(tmp_path / one).put("witnessed", junk)
    with HardenedMarket.open(tmp_path, CAST) as market:
        [passed_over] = market.passed_over
        assert passed_over.passed_over.startswith(f"{Storage(tmp_path / one).file}: ")
        height = market.around.node.ledger.height
        pass_blocks(market, 2 * EVERY)
        head = market.around.node.head
        assert head
        assert head.signed.block.height > height
        assert one not in signers(market)
        assert Storage(tmp_path / one).get("witnessed") == junk


def test_a_ledger_that_lost_its_log_is_told_though_it_has_what_was_witnessed(
    tmp_path: Path,
) -> None:
    market = HardenedMarket.create(tmp_path / "market")
    pass_blocks(market, 2 * EVERY)
    ledger = market.around.node.ledger
    assert isinstance(ledger, Ledger)
    ledger._connection.execute("PRAGMA wal_checkpoint(FULL)")
    pass_blocks(market, 2)
    shutil.copytree(tmp_path / "market", tmp_path / "copy")
    (tmp_path / "copy" / f"{FILE}-wal").unlink()
    with pytest.raises(
        LedgerError, match="in which its writer went on, with `-wal` after the name, is missing"
    ):
        HardenedMarket.open(tmp_path / "copy", CAST)
    market.close()


def shown_another(folder: Path, path: Path, kind: type[Ledger] = Ledger) -> HardenedMarket:
    """A market whose node shows its parties the ledger in another file, as if it were the one."""
    key, network = kept_key(Storage(folder / NODE)), Network(Faults(), Random(0))
    ledger = kind.open(path, key, HardenedContract)
    around = Surroundings(Node(ledger, network, key, Memory(folder / "forger")), network)
    return HardenedMarket.gather(folder, CAST, around, Random(0))


def test_a_node_that_shows_another_history_is_convicted_and_has_no_head(tmp_path: Path) -> None:
    before = begun(tmp_path)
    with HardenedMarket.open(tmp_path / "market", CAST) as market:
        market.provider.set_aside(1)  # which the other history lacks
        pass_blocks(market, 2 * EVERY)
        assert market.around.node.head
        assert not market.contract.convicted
    with shown_another(tmp_path / "market", before) as market:
        pass_blocks(market, 4 * EVERY)
        assert market.contract.convicted == {market.around.node.key.public}
        assert market.around.node.head is None


def test_a_node_that_has_not_signed_where_it_forks_is_convicted(tmp_path: Path) -> None:
    """It has signed what it announced, and by that all before."""
    before = begun(tmp_path)
    with HardenedMarket.open(tmp_path / "market", CAST) as market:
        pass_blocks(market, EVERY - 3)
        market.provider.set_aside(1)  # so that it announces a block of another height
        pass_blocks(market, EVERY)
        assert market.around.node.announced
        assert market.around.node.announced.block.height % EVERY == 1
    with shown_another(tmp_path / "market", before, unsigning(Ledger)) as market:
        pass_blocks(market, 2 * EVERY)
        assert market.around.node.announced
        assert market.around.node.announced.block.height % EVERY == 0
        told = {name: member.refused.get("ledger", "") for name, member in market.members.items()}
        assert all("one history" in said for said in told.values())
        assert market.contract.convicted == {market.around.node.key.public}
        assert market.around.node.head is None


def test_whoever_has_acted_upon_a_block_tells_also_if_it_begins_again(tmp_path: Path) -> None:
    """Nothing is witnessed yet, and nobody is to witness anything of the other history."""
    before = begun(tmp_path)
    with HardenedMarket.open(tmp_path / "market", CAST) as market:
        for amount in (1, 2):  # of which the second rests on the first
            market.provider.set_aside(amount)
            pass_blocks(market, 2)
        assert market.around.node.announced is None
    with shown_another(tmp_path / "market", before) as market:
        keep(StillNode, market)
        pass_blocks(market, EVERY)
        assert market.contract.convicted == {market.around.node.key.public}


def test_a_head_above_the_end_of_the_ledger_is_told_and_ends_nobody(tmp_path: Path) -> None:
    """Of those who keep a lower one it stays."""
    before, folder = begun(tmp_path), tmp_path / "market"
    with HardenedMarket.open(folder, CAST) as market:
        pass_blocks(market, EVERY + 2)
        low = market.around.node.head
        assert low
    with HardenedMarket.open(folder, {name: CAST[name] for name in WITNESSES}) as market:
        pass_blocks(market, EVERY)
        high = market.around.node.head
    assert low != high
    with shown_another(folder, before) as market:
        market.around.node.head = high
        pass_blocks(market, 2)
        told = {member.refused["ledger"] for member in market.members.values()}
        assert all(said.startswith("node shows one history: block ") for said in told)
        assert not market.contract.convicted
        watcher = market.members["watcher"]
        assert Keeper(market.contract.genesis, watcher.storage).head == low


def test_a_node_that_announces_another_block_than_it_appended_is_convicted(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        keep(AnnouncingNode, market)
        pass_blocks(market, 2 * EVERY)
        assert market.contract.convicted == {market.around.node.key.public}
        assert market.around.node.head is None


def test_what_a_node_announces_and_has_not_appended_is_told(tmp_path: Path) -> None:
    """It may be cut, or announced too early: that shows nobody."""
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 2)
        node = market.around.node
        node.announced = Block(node.ledger.identity, 10**6, bytes(32), bytes(32), 1).signed(
            node.key
        )
        pass_blocks(market, 2)
        told = {market.members[name].refused["witness"] for name in WITNESSES}
        assert told == {
            "node shows one history: block 1000000: gone, or another than it has signed"
        }
        assert not market.contract.convicted


@pytest.mark.parametrize(
    "change",
    ["height = -1", "height = 99", "previous = x'00'", "root = x'00'", "count = -1", "count = 99"],
)
def test_what_a_node_has_done_to_its_file_is_told_and_stops_nobody(
    tmp_path: Path, change: str
) -> None:
    with HardenedMarket.create(tmp_path) as market:
        pass_blocks(market, 3)
        with closing(sqlite3.connect(tmp_path / FILE)) as file, file:
            file.execute(f"UPDATE block SET {change} WHERE height = 2")
        pass_blocks(market, 2 * EVERY)
        assert market.contract.now == 2 * EVERY + 3
        told = {market.members[name].refused["witness"] for name in WITNESSES}
        assert all(said.startswith("node shows one history: ") for said in told)
        assert market.around.node.head is None
        assert not market.contract.convicted


def test_an_honest_node_is_never_convicted_though_it_stops_at_any_time(tmp_path: Path) -> None:
    with HardenedMarket.create(tmp_path) as market:
        for _ in range(4 * EVERY):
            market.around.node = market.around.node.restart()
            market.pass_block()
        assert not market.contract.convicted
        assert market.around.node.head
