"""`tallystick audit`: what a ledger comes to, in words, as data, and as an exit status."""

import json
import re
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path

import attrs
import pytest

from adversaries.deviating.hardened.vendors import LazyVendor
from adversaries.victim import parts, victim
from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from impl.database import unnote
from impl.folder import FILE
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.parties.vendor import Vendor
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import parse
from impl.storage import Storage
from spec.bytes.encoding import Value, encode
from tests.support.command import result, run
from tests.support.lived import LIVES, lived
from tests.support.tally import MAIN, NODE, Tally, adds
from tests.support.told import Told

pytestmark = pytest.mark.usefixtures("no_power_is_lost")


def told(name: str) -> Told:
    """A ledger on which parties were at work."""
    life = lived(name)
    return Told(life.genesis, life.node, [*chain(*life.blocks)])


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """The file of a hardened ledger."""
    path = tmp_path / "ledger.db"
    told("hardened").write(path)
    return path


@pytest.mark.parametrize("name", LIVES)
def test_it_tells_the_variant(name: str, tmp_path: Path) -> None:
    told(name).write(tmp_path / "ledger.db")
    assert run("audit", tmp_path / "ledger.db", "--json", tmp_path / "out.json") == OK
    found = result(tmp_path / "out.json")
    assert (found["variant"], found["behaves"], found["candidates"]) == (name, True, [])
    assert found["transactions"] == len(told(name).said)


def test_convictions_are_told_with_what_shows_them(
    ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("audit", ledger, "--json", tmp_path / "out.json") == OK
    found = result(tmp_path / "out.json")["convictions"]
    assert {conviction["rule"] for conviction in found} == {"replace"}
    said = capsys.readouterr().out
    assert "it is a behaviour of the specification" in said
    assert f"{found[0]['party']} is convicted" in said
    assert "replace: The executor's time is over: it is convicted, and the next holder" in said
    assert f"assign by {found[0]['party']}" in said


def test_what_is_left_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before each kind is first said, and at its end, at which nothing is under way."""
    whole = told("hardened")
    dues, first = [], dict[str, int]()
    for position, data in enumerate(whole.said):
        first.setdefault(parse(data).transaction.kind, position)
    for count in [*first.values(), len(whole.said)]:
        path = tmp_path / f"{count}.db"
        attrs.evolve(whole, said=whole.said[:count]).write(path)
        assert run("audit", path, "--json", tmp_path / "out.json") == OK
        dues += result(tmp_path / "out.json")["open"]
    what = {due["what"].partition(" ")[0].rstrip(",") for due in dues}
    always = {"route", "assign", "record"}
    assert what >= always | ({"publish", "narrow", "answer"} & {*first})  # as chance has it
    assert any("by block" in due["when"] for due in dues)
    assert "to collect from" in capsys.readouterr().out
    assert run("audit", path, "--json", tmp_path / "out.json") == OK
    assert result(tmp_path / "out.json")["open"] == []


def test_a_departure_is_a_verdict_against(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = told("hardened")
    without_first = attrs.evolve(whole, said=whole.said[1:])
    without_first.write(tmp_path / "ledger.db")
    assert run("audit", tmp_path / "ledger.db", "--json", tmp_path / "out.json") == FAILED
    found = result(tmp_path / "out.json")
    assert found["departure"]["why"] == "ledger"
    assert [candidate["party"] for candidate in found["candidates"]] == ["node"]
    said = capsys.readouterr().out
    assert "which no ledger admits: nonce is the author's next" in said
    assert "it has signed a block with a transaction that no ledger admits" in said


def test_a_record_that_may_be_of_another_request_leaves_it_undecided(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Records of the orchestrated protocol name no request, and who deviates records anything."""
    provider, orchestrator, consumer, vendor = [SigningKey() for _ in range(4)]
    genesis = Genesis("orchestrated", NODE.public, {"consumers": [consumer.public]})
    registered: Mapping[str, Value] = {
        "signature": b"model",
        "holders": [[vendor.public]],
        "orchestrator": orchestrator.public,
    }
    record = {"received": b"any", "produced": b"any", "claimed": b"any"}
    served = Told(genesis, NODE, []).saying(
        *(("register", provider, {"api": api, **registered}) for api in ("digits", "letters")),
        *(("request", consumer, {"api": api, "input": b"own"}) for api in ("digits", "letters")),
        *(("record", key, record) for key in (vendor, orchestrator)),
    )
    for request, status in ((0, OK), (1, UNKNOWN)):
        path = tmp_path / f"{request}.db"
        served.saying(("confirm", consumer, {"request": request, "output": b""})).write(path)
        assert run("audit", path) == status
    assert "undecided at transaction 6" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no ledger is here: give a ledger's file, or the folder of a market"),
        (b"", "not a ledger"),
        (b"SQLite format 3\0", "file is not a database"),
        (b"junk" * 1000, "file is not a database"),
    ],
)
def test_what_is_no_ledger_is_refused_in_one_line(
    content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    path = here / "ledger.db"
    if content is not None:
        path.write_bytes(content)
    for given in [path, here] if content is None else [path]:
        assert run("audit", given, "--json", tmp_path / "out.json") == USAGE
        [line] = capsys.readouterr().err.splitlines()
        assert said in line
    assert not (tmp_path / "out.json").exists()


def test_a_name_that_no_file_can_have_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit", "a" * 5000) == USAGE
    assert "File name too long" in capsys.readouterr().err


def test_the_ledger_of_another_contract_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    genesis = attrs.evolve(MAIN, agreed={"rules": "ours"})
    with Ledger.create(tmp_path / "ledger.db", genesis, NODE):
        pass
    assert run("audit", tmp_path / "ledger.db") == USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert "the ledger of another contract; not basic: genesis.agreed: no field 'rules'" in line


def test_a_ledger_on_which_nothing_is_of_a_known_kind_departs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its genesis may agree on nothing, as that of a basic ledger does."""
    with Ledger.create(tmp_path / "ledger.db", MAIN, NODE, Tally) as ledger:
        assert run("audit", tmp_path / "ledger.db") == OK
        ledger.append(adds(0, 3))
    assert run("audit", tmp_path / "ledger.db") == FAILED
    assert "at transaction 0, add by" in capsys.readouterr().out


TAMPERED = {
    "UPDATE entry SET data = zeroblob(9) WHERE position = 20": (18, "block 7: its root is not"),
    "UPDATE block SET signature = zeroblob(64) WHERE height = 2": (3, "block 2: its signature is"),
    "DELETE FROM entry WHERE position < 3": (0, "block 1: its root is not that"),
    "UPDATE block SET previous = zeroblob(32) WHERE height = 1": (0, "block 1: its previous is"),
}
"""What somebody did to the file; after how many transactions it shows; and how."""


@pytest.mark.parametrize("change", TAMPERED)
def test_a_ledger_that_was_altered_is_a_verdict_against(
    change: str, ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one that was cut is: it begins as a ledger, and is none any more."""
    count, how = TAMPERED[change]
    with closing(sqlite3.connect(ledger)) as file, file:
        file.execute(change)
    assert run("audit", ledger, "--json", tmp_path / "out.json") == FAILED
    assert f"after that, it is not as its node has signed it: {how}" in capsys.readouterr().out
    found = result(tmp_path / "out.json")
    assert (found["transactions"], found["behaves"], found["open"]) == (count, True, [])
    assert found["damage"].startswith(how)
    assert [party["party"] for party in found["candidates"]] == ["node", None]


@pytest.mark.parametrize("change", ["UPDATE genesis SET data = x'00'", "DROP TABLE entry"])
def test_what_does_not_begin_as_a_ledger_any_more_is_bad_input(
    change: str, ledger: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(ledger)) as file, file:
        file.execute(change)
    assert run("audit", ledger) == USAGE
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_ledger_is_not_written_to(ledger: Path) -> None:
    before = ledger.read_bytes()
    assert run("audit", ledger, "--json", ledger) == USAGE
    assert run("audit", ledger) == OK
    assert ledger.read_bytes() == before


# A known block


@pytest.fixture
def known(ledger: Path, tmp_path: Path) -> Path:
    """What an audit of the whole ledger wrote."""
    assert run("audit", ledger, "--json", tmp_path / "known.json") == OK
    return tmp_path / "known.json"


def test_a_ledger_with_the_known_block(ledger: Path, known: Path) -> None:
    assert run("audit", ledger, "--known", known) == OK
    assert run("audit", ledger, "--known", result(known)["head"]["digest"]) == OK


def test_a_ledger_that_was_cut_is_told(
    known: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = told("hardened")
    attrs.evolve(whole, said=whole.said[:30]).write(tmp_path / "cut.db")
    assert run("audit", tmp_path / "cut.db") == OK
    assert run("audit", tmp_path / "cut.db", "--known", known) == FAILED
    assert "it ends before block" in capsys.readouterr().out
    digest = result(known)["head"]["digest"]
    assert run("audit", tmp_path / "cut.db", "--known", digest) == FAILED
    assert f"no block has the digest {digest}" in capsys.readouterr().out


def test_a_ledger_that_goes_on_otherwise_is_told_and_its_node_did_it(
    known: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told("hardened").write(tmp_path / "fork.db", size=1)
    written = tmp_path / "out.json"
    assert run("audit", tmp_path / "fork.db", "--known", known, "--json", written) == FAILED
    assert "is another than the one that is known" in capsys.readouterr().out
    found = result(written)["candidates"]
    assert [(c["party"], c["because"]) for c in found] == [("node", "it has signed both")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("abcd", "No such file or directory; give the 64 digits of a block's digest"),
        ("[]", "there is no head in it"),
        ('{"head": {"height": 1}}', "there is no head in it"),
        ("\0", "there is no head in it"),
        ('{"head": null}', "there is no head in it"),
    ],
)
def test_what_is_no_known_block_is_refused(
    given: str, said: str, ledger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if given != "abcd":
        path = tmp_path / "known.json"
        path.write_text(given)
        given = str(path)
    assert run("audit", ledger, "--known", given) == USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert said in line


def test_a_known_block_that_somebody_else_signed_is_refused(
    ledger: Path, known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(known)
    found["head"]["signature"] = SigningKey().sign(b"").hex()
    known.write_text(json.dumps(found))
    assert run("audit", ledger, "--known", known) == USAGE
    assert "the known block is not its node's" in capsys.readouterr().err


@pytest.mark.parametrize("height", [-1, 2**63, 2**70, True])
def test_a_known_block_that_no_ledger_can_have_is_refused(
    height: int, ledger: Path, known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(known)
    found["head"]["height"] = height
    known.write_text(json.dumps(found))
    assert run("audit", ledger, "--known", known) == USAGE
    assert "there is no head in it" in capsys.readouterr().err


def test_a_known_block_of_another_ledger_is_refused(
    ledger: Path, known: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = result(known)
    found["head"]["ledger"] = bytes(32).hex()
    known.write_text(json.dumps(found))
    assert run("audit", ledger, "--known", known) == USAGE
    assert "the known block is another ledger's" in capsys.readouterr().err


def test_a_market_in_a_folder_has_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("market", "new", tmp_path / "shop") == OK
    assert run("market", "deploy", tmp_path / "shop") == OK
    assert run("market", "call", tmp_path / "shop", "digits:0") == OK
    capsys.readouterr()
    assert run("audit", tmp_path / "shop") == OK
    out = capsys.readouterr().out
    assert "consumer0" in out or "vendor" in out  # the opponent, while a step is being audited


def test_a_market_whose_ledger_was_cut_is_told_by_its_parties(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    assert run("market", "new", shop) == OK
    assert run("market", "wait", shop, 40) == OK
    assert run("audit", shop) == OK
    with closing(sqlite3.connect(shop / "ledger.db")) as file, file:
        file.execute("DELETE FROM checkpoint")
        file.execute("DELETE FROM block WHERE height > 5")
        file.execute("DELETE FROM entry WHERE height > 5")
    unnote(shop / "ledger.db")
    capsys.readouterr()
    assert run("audit", shop) == FAILED
    told = re.findall(
        r"it ends before block \d+, which is known: (\w+) has \w+ .+: (.+)",
        capsys.readouterr().out,
    )
    [(name, file)] = told
    assert file == str(Storage(shop / name).file)
    assert run("audit", shop / "ledger.db") == OK  # the file by itself cannot show it


def test_a_market_whose_ledger_goes_another_way_is_told_with_who_has_signed_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a party has acted upon shows that, also where no block was witnessed yet."""
    shop, other = tmp_path / "shop", tmp_path / "other"
    assert run("market", "new", shop) == OK
    shutil.copytree(shop, other)
    for amount in (1, 2):
        assert run("market", "deposit", shop, "vendor0", amount) == OK
    assert run("market", "wait", other, 20) == OK
    shutil.copy(other / "ledger.db", shop / "ledger.db")
    capsys.readouterr()
    assert run("audit", shop) == FAILED
    out = capsys.readouterr().out
    assert re.search(r"block \d+ is another than the one that is known: \w+ has acted upon it", out)
    assert re.search(r"ledger +it has signed both", out)
    assert run("market", "status", shop) == USAGE
    assert "and its node has signed both" in capsys.readouterr().err


# Openings


@attrs.frozen
class Shown:
    """A ledger with a recorded step, and what somebody knows of that.

    Attributes:
        ledger: the file.
        opening: the file with the opening of what the step was given.
        component: the file with what its holders were handed.
    """

    ledger: Path
    opening: Path
    component: Path

    @classmethod
    def by(cls, vendor: type[Vendor], folder: Path) -> "Shown":
        """Of a market in which all vendors are of a kind."""
        cast = {name: vendor if issubclass(role, Vendor) else role for name, role in CAST.items()}
        shown = cls(folder / "market" / FILE, folder / "opening", folder / "component")
        with HardenedMarket.create(folder / "market", cast) as market:
            version = market.deploy(parts())
            request = market.consumer.ask(version, encode(victim()[1][0].reshape(1, -1)))
            while not (made := market.contract.requests.get(request)) or made.turn < 1:
                market.pass_block()
            shown.opening.write_bytes(market.consumer.opening(made, 0))
            shown.component.write_bytes(market.provider.handed(made.terms, 0))
        return shown


@pytest.mark.parametrize(
    ("vendor", "status", "said"), [(Vendor, OK, "right"), (LazyVendor, FAILED, "wrong")]
)
def test_who_knows_data_and_component_sees_whether_a_step_is_right(
    vendor: type[Vendor], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown, out = Shown.by(vendor, tmp_path), tmp_path / "out.json"
    options = ["--opening", shown.opening, "--component", shown.component, "--json", out]
    assert run("audit", shown.ledger) == OK  # the ledger by itself does not show it
    assert run("audit", shown.ledger, *options) == status
    assert f"has recorded is {said}" in capsys.readouterr().out
    [opened] = result(out)["opened"]
    assert (opened["step"], opened["right"]) == (0, said == "right")


def test_who_does_not_know_the_component_cannot_see_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = Shown.by(Vendor, tmp_path)
    assert run("audit", shown.ledger, "--opening", shown.opening) == UNKNOWN
    assert "step 0: nobody has shown its component" in capsys.readouterr().out
    for options, said in (
        (["--opening", shown.component], "it opens nothing that a recorded step was given"),
        (["--opening", tmp_path / "none"], "No such file"),
        (["--component", shown.component], "give with --opening what the step was given, too"),
        (["--opening", shown.opening, "--component", shown.opening], "no version binds it"),
    ):
        assert run("audit", shown.ledger, *options) == USAGE
        [line] = capsys.readouterr().err.splitlines()
        assert said in line


@pytest.mark.parametrize("name", ["basic", "orchestrated"])
def test_only_a_hardened_ledger_has_something_to_open(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(name).write(tmp_path / "ledger.db")
    (tmp_path / "opening").write_bytes(bytes(99))
    assert run("audit", tmp_path / "ledger.db", "--opening", tmp_path / "opening") == USAGE
    assert "it has no commitments to be opened" in capsys.readouterr().err
