"""A market in a folder, as people type it: what is shown, refused, and left by a kill."""

import fcntl
import json
import os
import re
from errno import EROFS
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adversaries.victim import victim
from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from checkers.cli.market import market_command
from checkers.host.files import write_whole
from checkers.market.folder.basic import Basic
from checkers.market.folder.hardened import Hardened
from checkers.market.folder.kept import Kept
from checkers.market.folder.orchestrated import Orchestrated
from impl.folder import NODE, kept_key
from impl.hardened.contract import HardenedContract
from impl.hardened.parties.vendor import Vendor
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import LedgerError
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, rotation
from impl.models.component import labels
from impl.storage import Storage
from spec.bytes.encoding import Value, encode
from spec.notation import MachineError
from tests.support.command import ROOT, run

pytestmark = pytest.mark.usefixtures("no_power_is_lost")


def market(verb: str, folder: Path, *arguments: object) -> Any:
    """What a verb writes down, when it comes out as it should."""
    code, found = ended(verb, folder, *arguments)
    assert code == OK
    return found


def ended(verb: str, folder: Path, *arguments: object) -> tuple[int, Any]:
    """How a verb ends, and what it writes down."""
    written = folder.parent / "out.json"
    code = run("market", verb, folder, *arguments, "--json", written)
    return code, json.loads(written.read_text())


def right(sample: int) -> int:
    """What the whole model answers to a sample."""
    model, traffic, _ = victim()
    return labels(encode(model.component.run(traffic[sample : sample + 1])))[0]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A market with the digits network on it, and two consumers."""
    folder = tmp_path / "shop"
    assert run("market", "new", folder, "--consumers", 2) == OK
    assert market("deploy", folder)["stage"] == "active"
    return folder


@pytest.fixture
def unaudited(tmp_path: Path) -> Path:
    """A market with the digits network on it, of which chance has no step checked."""
    folder = tmp_path / "unaudited"
    assert run("market", "new", folder, "--cast", "beacon=fading") == OK
    assert market("deploy", folder)["stage"] == "active"
    return folder


def test_the_commands_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, _, section = (ROOT / "README.md").read_text().partition("\n## A market in a folder\n")
    block = section.partition("```\n")[2].partition("```")[0]
    lines = [line.partition("#")[0].split() for line in block.splitlines()]
    assert len(lines) == 7
    for program, *arguments in lines:
        assert program == "tallystick"
        assert run(*arguments) == OK


@pytest.mark.parametrize("variant", [Hardened, Basic, Orchestrated])
def test_every_way_to_deviate_is_told(variant: type[Kept], tmp_path: Path) -> None:
    path = tmp_path / "ways.json"
    assert run("market", "ways", "--variant", variant.variant, "--json", path) == OK
    told = json.loads(path.read_text())["ways"]
    assert {f"{way['cast']} {way['party']}" for way in told} == {
        r for r in variant.roles if " " in r
    }
    assert all(way["does"].endswith(".") for way in told)


@pytest.mark.parametrize("variant", [Hardened, Basic, Orchestrated])
def test_a_market_is_of_its_variant_whatever_its_ledger_is_called(
    variant: type[Kept], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("impl.hardened.market", "impl.paper.market"):
        monkeypatch.setattr(f"{module}.Genesis", partial(_called, "main"))
    folder = tmp_path / "called"
    assert run("market", "new", folder, "--variant", variant.variant) == OK
    assert market("status", folder)["variant"] == variant.variant


def _called(name: str, _: str, *rest: Any) -> Genesis:
    return Genesis(name, *rest)


def test_the_readme_tells_every_verb() -> None:
    told = re.findall(r"`market ([a-z-]+)(?: FOLDER|`)", (ROOT / "README.md").read_text())
    assert set(told) == {verb for verb in market_command if not verb.startswith("-")}


def test_consumers_are_answered_and_everything_is_paid(shop: Path) -> None:
    [first] = market("call", shop, "digits:17")["requests"]
    later = market("call", shop, "digits:3", "digits:4", "--by", "consumer1")["requests"]
    for sample, asked in zip((17, 3, 4), (first, *later), strict=True):
        assert (asked["answer"], asked["paid"]) == (right(sample), 40)
        assert asked["phase"] in ("window", "opened")  # unless a step of it is being audited
    assert len(market("status", shop)["waiting"]) == 3
    assert market("wait", shop)["waiting"] == []
    status, bill = market("status", shop), market("bill", shop)
    assert {made["phase"] for made in status["requests"]} == {"settled"}
    assert [made["consumer"] for made in status["requests"]] == [
        "consumer0",
        "consumer1",
        "consumer1",
    ]
    changes = {n: p["together"] - p["began"] for n, p in bill["parties"].items()}
    assert (changes["consumer0"], changes["consumer1"], changes["provider"]) == (-40, -80, 30)
    assert sum(change for name, change in changes.items() if "vendor" in name) == 90
    assert (bill["nobody"], bill["to_be_shared"]) == (0, 0)


def see_that_it_adds_up(bill: Any) -> None:
    """All the money is there, and each party has what its items come to."""
    parties, items = bill["parties"], bill["items"]
    assert bill["supply"] == sum(party["began"] for party in parties.values())
    assert all(sum(item["changes"].values()) == 0 for item in items)
    for name, party in parties.items():
        assert party["together"] == sum(
            party[where] for where in ("purse", "bond", "stake", "spent")
        )
        changed = sum(item["changes"].get(name, 0) for item in items)
        assert party["together"] - party["began"] == changed


def test_the_bill_adds_up_at_every_block(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--cast", "vendor0=lazy", "--windows", 2) == OK
    see_that_it_adds_up(market("bill", shop))
    market("deploy", shop)
    for sample in range(3):
        ended("call", shop, f"digits:{sample}")
        see_that_it_adds_up(market("bill", shop))
        ended("dispute", shop, "last", 1)
        see_that_it_adds_up(market("bill", shop))
        ended("wait", shop, 1)
    market("wait", shop)
    bill = market("bill", shop)
    see_that_it_adds_up(bill)
    one = market("bill", shop, "vendor0")
    assert list(one["parties"]) == ["vendor0"]
    assert one["items"] == [item for item in bill["items"] if "vendor0" in item["changes"]]


def test_a_bill_says_what_it_is_a_bill_of(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("market", "bill", shop) == OK
    assert capsys.readouterr().out.startswith("Whose the money is, in the market's own money:\n")
    assert run("market", "bill", shop, "watcher") == OK
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing has changed that yet."
    run("market", "call", shop, "digits:1")
    capsys.readouterr()
    assert run("market", "bill", shop) == OK
    assert "What each request has changed, for whom:" in capsys.readouterr().out
    assert run("market", "bill", shop, "consumer0") == OK
    assert "What has changed what consumer0 has:" in capsys.readouterr().out


@pytest.mark.parametrize("is_old", [True, False])
def test_the_bill_of_who_has_replaced_its_key(shop: Path, is_old: bool) -> None:
    """Whoever signs a second output, with either, is convicted, and the bill goes on."""
    asked = market("call", shop, "digits:17")["requests"][0]["request"]
    while market("status", shop)["requests"][0]["phase"] != "settled":
        ended("wait", shop, 1)
    executor = market("status", shop)["requests"][0]["executors"]["0"]
    old, new = kept_key(Storage(shop / executor)), SigningKey()
    signing = old if is_old else new
    anybody, node = kept_key(Storage(shop / "watcher")), kept_key(Storage(shop / NODE))
    with Ledger.open(shop / "ledger.db", node, HardenedContract) as ledger:
        nonce, name = ledger.next_nonce(old.public), ledger.identity
        ledger.submit(rotation(name, old.public, nonce, new).signed(old))
        request: dict[str, Value] = {"request": bytes.fromhex(asked), "step": 0}
        other = {**request, "output": bytes(32)}
        second = Transaction(name, "record", old.public, nonce + 1, other).signed(signing)
        shown = {**request, "key": signing.public, "evidence": second}
        said = Transaction(name, "expose", anybody.public, ledger.next_nonce(anybody.public), shown)
        ledger.submit(said.signed(anybody))
    assert market("status", shop)["parties"][executor]["convicted"]
    see_that_it_adds_up(market("bill", shop))


@pytest.mark.parametrize("written", [0, 1, 3])
def test_without_room_a_verb_ends_and_says_so(
    shop: Path, written: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """However much was written before; and once there is room, nothing is paid again."""
    write, left = Ledger._write, [*range(written)]

    def full(ledger: Ledger, *block: Any) -> None:
        if not left:
            raise LedgerError("no room: make some")
        left.pop()
        write(ledger, *block)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "_write", full)
        for verb in (["call", shop, "digits:3"], ["wait", shop], ["deposit", shop, "provider", 5]):
            capsys.readouterr()
            assert run("market", *verb) == USAGE
            assert "tallystick: no room: make some" in capsys.readouterr().err.splitlines()
    [answered] = market("call", shop, "digits:3")["requests"]
    [made] = market("status", shop)["requests"]
    assert made["request"] == answered["request"]


def test_where_no_block_passes_nothing_is_done_and_it_is_said(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be waited for without end, and paid for what never comes."""
    market("call", shop, "digits:1")
    key = kept_key(Storage(shop / NODE))
    with Ledger.open(shop / "ledger.db", key, HardenedContract) as ledger:
        nonce = ledger.next_nonce(key.public)
        ledger.submit(rotation(ledger.identity, key.public, nonce, SigningKey()).signed(key))
    before = market("status", shop)
    [told] = before["amiss"]
    assert told.startswith(f"{shop / NODE}: the key in force")
    verbs = ["call digits:3", "wait", "wait 3", "dispute last 1", "deposit provider 5", "deploy"]
    for verb, *arguments in map(str.split, verbs):
        capsys.readouterr()
        assert run("market", verb, shop, *arguments) == USAGE
        assert capsys.readouterr().err == f"tallystick: {told}\n"
    assert market("status", shop) == before


@pytest.mark.parametrize("variant", ["hardened", "orchestrated", "basic"])
def test_a_key_is_replaced_and_the_market_goes_on(tmp_path: Path, variant: str) -> None:
    """Again and again, and by whoever keeps the ledger where that says anything on it."""
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant) == OK
    market("deploy", shop)
    parties = ["vendor0", "consumer0", "vendor0", *["ledger"] * (variant == "hardened")]
    found = [market("replace-key", shop, party) for party in parties]
    assert found[2]["before"] == found[0]["key"] != found[2]["key"]
    assert market("call", shop, "digits:17")["requests"][0]["answer"] == 8
    market("wait", shop)
    assert run("audit", shop) == OK


def test_who_lies_is_convicted_and_who_does_not_is_not(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    lying = [f"--cast=vendor{i}=forging" for i in range(3)]
    assert run("market", "new", shop, *lying) == OK
    market("deploy", shop)
    code, found = ended("call", shop, "digits:17")
    if code == OK:  # no audit was drawn
        found = market("dispute", shop, "last", 2)
        assert found["upheld"]
        *_, shown, verdict = found["story"]
        assert re.search(r"operation [\d,]+ of 198, in node \d, \w+, column \d", shown["said"])
        assert f"{found['executor']} is convicted" in verdict["said"]
    else:
        assert code == FAILED
    parties = market("wait", shop)["parties"]
    assert sum(party["convicted"] for party in parties.values()) == 1
    assert parties["consumer0"]["purse"] == 1000


def test_an_honest_vendor_wins(unaudited: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """That a step stands is said to show that it is right by whoever could answer from a run."""
    market("call", unaudited, "digits:17")
    for side in ("provider", "consumer"):
        capsys.readouterr()
        found = market("dispute", unaudited, "last", 0, "--as", side)
        assert (found["upheld"], found["by"][:8]) == (False, side)
        said = capsys.readouterr().out
        assert "step 0 stands" in said
        assert ("that does not show that the step is right" in said) is (side == "consumer")
    market("wait", unaudited)
    again = market("dispute", unaudited, "last", 0, "--as", "consumer")
    assert (again["verdict"], again["passed"]["blocks"]) == (found["verdict"], 0)
    assert not any(p["convicted"] for p in market("wait", unaudited)["parties"].values())


def test_who_does_not_tell_its_opponent_what_went_into_a_step_is_convicted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    secretive = [f"--cast=vendor{i}=secretive" for i in range(3)]
    assert run("market", "new", shop, "--cast=beacon=fading", *secretive) == OK
    market("deploy", shop)
    market("call", shop, "digits:17")
    capsys.readouterr()
    found = market("dispute", shop, "last", 1)
    assert (found["upheld"], found["verdict"]) == (True, "complain")
    why = "since it did not tell its opponent what went into the step, and its salts"
    assert why in capsys.readouterr().out


def test_money_comes_and_goes(shop: Path) -> None:
    assert market("withdraw", shop, "vendor1", 100)["bond"] == 400
    found = market("deposit", shop, "vendor1", 30)
    assert (found["party"], found["bond"], found["purse"]) == ("vendor1", 430, 570)
    assert market("withdraw", shop, "vendor1")["bond"] == 0
    assert market("wait", shop)["parties"]["vendor1"]["bond"] == 0


def test_blocks_are_let_pass_for_all_requests_and_said(
    unaudited: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody's window closes unsaid, and money comes and goes in one block."""
    made = [
        each["request"] for each in market("call", unaudited, "digits:17", "digits:3")["requests"]
    ]
    those, left = ", ".join(request[:8] for request in made), 7
    for verb, *given in (("withdraw", "vendor1", 100), ("deposit", "vendor1", 100)):
        capsys.readouterr()
        left -= 1
        passed = {"blocks": 1, "windows": dict.fromkeys(made, left)}
        assert market(verb, unaudited, *given)["passed"] == passed
        said = f"1 block has passed\ncan be disputed for {left} blocks more: request {those}\n"
        assert said in capsys.readouterr().out
    assert market("wait", unaudited, left)["passed"]["windows"] == dict.fromkeys(made, 0)
    assert f"can be disputed no more: request {those}\n" in capsys.readouterr().out
    assert market("wait", unaudited, 1)["passed"] == {"blocks": 1, "windows": {}}
    assert "passed" not in market("status", unaudited)


def test_money_that_may_be_needed_for_tolls_stays(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the rest is never put into a bond, however long anybody waits."""
    market("call", shop, "digits:17")
    monkeypatch.setattr(Vendor, "tolls", lambda *_: 100)
    executor = market("status", shop)["requests"][0]["executors"]["0"]
    assert run("market", "deposit", shop, executor, 401) == USAGE
    said = capsys.readouterr().err
    assert "has 500 in its purse, of which it keeps 100 for tolls; give 1 to 400" in said
    assert market("deposit", shop, executor, 400)["purse"] == 100


def test_what_came_of_a_request_can_be_seen_again(shop: Path) -> None:
    [first] = market("call", shop, "digits:17")["requests"]
    market("call", shop, "digits:3")
    market("wait", shop)
    [again] = market("status", shop, first["request"][:8])["requests"]
    assert (again["output"], again["phase"]) == (first["output"], "settled")
    assert again["story"][: len(first["story"])] == first["story"]


def test_what_is_asked_again_is_asked_anew(shop: Path) -> None:
    """Whoever has seen an answer means another one; and two of the same are two."""
    one = market("call", shop, "digits:17")["requests"]
    two = market("call", shop, "digits:17", "digits:17")["requests"]
    assert len({each["request"] for each in (*one, *two)}) == 3
    assert not any(each["resumed"] for each in (*one, *two))


def test_a_call_lets_no_window_of_its_own_close(
    unaudited: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends when it has what it can have, and says who is to do what about the rest."""
    code, found = ended("call", unaudited, *(f"digits:{i}" for i in range(12)))  # 36 stakes of 45
    answered = [each for each in found["requests"] if "answer" in each]
    others = [each for each in found["requests"] if "answer" not in each]
    assert answered
    assert others
    assert code == UNKNOWN
    assert not {each["phase"] for each in answered} & {"settled", "refunded"}
    said = capsys.readouterr().out
    assert f"`tallystick market wait {unaudited}` goes on with what is not answered yet" in said
    assert "is to put up its stake for step" in said
    request = next(each["request"] for each in answered if each["phase"] == "window")
    assert market("dispute", unaudited, request, 0)["verdict"] == "dismiss"


def test_why_there_is_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--cast", "beacon=mute")
    market("deploy", shop)
    capsys.readouterr()
    assert ended("call", shop, "digits:0")[0] == FAILED
    assert "no output: 40 of 40 back; the beacon was silent" in capsys.readouterr().out


def test_models_and_inputs_from_files(tmp_path: Path) -> None:
    """A model of weights, and rows of numbers, in each way that there is."""
    shop = tmp_path / "shop"
    weights, biases = np.array([[1.0, 0], [0, 1]]), np.array([0.0, 0.5])
    np.savez(tmp_path / "pick.npz", weights_0=weights, biases_0=biases)
    run("market", "new", shop)
    assert market("deploy", shop, tmp_path / "pick.npz")["holders"]
    rows = [[1.0, 0.25], [0.0, 0.25]]
    np.save(tmp_path / "rows.npy", np.array(rows))
    write_whole(tmp_path / "rows.csv", "1,0.25\n0,0.25\n")
    write_whole(tmp_path / "row.json", "[1, 0.25]")
    files = [tmp_path / name for name in ("rows.npy", "rows.csv", "row.json")]
    found = market("call", shop, *files)["requests"]
    assert [each["answer"] for each in found] == [0, 1, 0, 1, 0]
    assert found[1]["output"] == [0.0, 0.75]


def test_several_models(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = victim()[0].split()[2]
    (tmp_path / "tail").write_bytes(part.canonical())
    assert market("deploy", shop, tmp_path / "tail", "--crashes", 0)["crash_tolerance"] == 0
    assert market("deploy", shop, "--parts", 2)["stage"] == "active"
    versions = [(v["api"], v["number"]) for v in market("status", shop)["versions"]]
    assert versions == [("digits", 1), ("tail", 1), ("digits", 2)]
    assert run("market", "call", shop, "digits:0") == USAGE
    assert "give --api digits or tail" in capsys.readouterr().err
    market("call", shop, "digits:0", "--api", "digits")


@pytest.mark.parametrize("verb", ["wait", "deploy", "call digits:1"])
def test_a_folder_that_may_not_be_written_is_told_with_what_mends_it(
    verb: str, shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(path: Path) -> None:
        raise OSError(EROFS, "Read-only file system", f"{path}.lock")

    monkeypatch.setattr("impl.ledger.sqlite.only_writer", refused)
    capsys.readouterr()
    name, *given = verb.split()
    assert run("market", name, shop, *given) == USAGE
    [said] = capsys.readouterr().err.splitlines()
    assert "ledger.db.lock: Read-only file system: make its folder writable" in said


def test_a_market_is_made_in_a_folder_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped path makes nothing, not even the folders on the way."""
    for name in ("nowhere/shop", "nowhere/near/shop"):
        assert run("market", "new", tmp_path / name) == USAGE
        said = f"there is no folder {(tmp_path / name).parent}: make it first"
        assert said in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_one_of_a_thing_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    several = re.compile(r"\b(?<![.,-])1 (transactions|signed blocks|vendors|consumers|blocks)\b")
    for variant in ("hardened", "orchestrated", "basic"):
        shop = tmp_path / variant
        given = ("--variant", variant, "--vendors", 1)
        assert run("market", "new", shop, *given) == OK
        for _ in range(2):
            assert run("audit", shop) == OK
            assert run("market", "status", shop) == OK
            assert not several.findall(capsys.readouterr().out)
            assert run("market", "deploy", shop, "--parts", 1, "--crashes", 0) == OK


def test_each_vendor_is_handed_its_parts_alone(shop: Path) -> None:
    holders = market("status", shop)
    [version] = holders["versions"]
    found = market("deploy", shop)
    kept = {
        (step, name)
        for step in range(3)
        for name in ("vendor0", "vendor1", "vendor2")
        if not Storage(shop / name).missing(f"component/{found['version']}/{step}")
    }
    assert kept == {(i, name) for i, names in enumerate(found["holders"]) for name in names}
    assert len(kept) == 6
    assert version["stage"] == "active"


def test_a_consumer_that_gives_no_input_gets_no_output(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--cast", "consumer0=never-sending")
    market("deploy", shop)
    code, found = ended("call", shop, "digits:0")
    assert (code, found["requests"][0]["phase"]) == (FAILED, "forfeited")


def test_a_version_that_a_holder_refuses_is_not_on_the_market(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--cast", "provider=swapping")
    code, found = ended("deploy", shop)
    assert (code, found["stage"]) == (FAILED, "draft")
    assert re.search(
        "vendor[0-9] refused step 0.*: it is not on the market", capsys.readouterr().out
    )
    assert run("market", "call", shop, "digits:0") == USAGE


def test_who_never_acknowledges_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that is not agreed on stays so, is no end of waiting, and keeps others off."""
    shop = tmp_path / "shop"
    run("market", "new", shop)
    with monkeypatch.context() as patch:
        patch.setattr(Vendor, "answer", lambda *_: iter(()))
        code, found = ended("deploy", shop)
        assert (code, found["stage"]) == (UNKNOWN, "proposed")
        assert len(market("wait", shop)["waiting"]) == 1
        assert run("market", "deploy", shop) == USAGE
    assert market("wait", shop)["versions"][0]["stage"] == "active"


@pytest.mark.parametrize(
    ("variant", "given", "mend"),
    [
        ("hardened", "--parts 2", "give more vendors"),
        ("hardened", "--parts 1", "split it in more --parts"),
        ("orchestrated", "--parts 2", "give more vendors"),
        ("basic", "--parts 1", "split it in more --parts"),
    ],
)
def test_who_would_hold_the_whole_model_is_told_before_anything_is_offered(
    variant: str,
    given: str,
    mend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--variant", variant)
    before = (shop / "ledger.db").read_bytes()

    def stopped(*_: object) -> None:
        raise MachineError("enough")

    where = "hardened" if variant == "hardened" else "paper"
    monkeypatch.setattr(f"checkers.market.folder.{where}.publish", stopped)
    assert run("market", "deploy", shop, *given.split()) == USAGE
    said = " ".join(capsys.readouterr().out.split())
    assert "would hold the whole model, and nobody can take back what is handed over: " in said
    assert mend in said
    assert (shop / "ledger.db").read_bytes() == before


# The paper's variants


@pytest.mark.parametrize("variant", ["basic", "orchestrated"])
def test_a_paper_market(tmp_path: Path, variant: str) -> None:
    """Two consumers are answered; nobody pays, and nobody is convicted."""
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant, "--consumers", 2) == OK
    deployed = market("deploy", shop)
    assert deployed["crash_tolerance"] == {"basic": 0, "orchestrated": 1}[variant]
    for sample, by in ((17, "consumer0"), (3, "consumer1"), (3, "consumer0")):
        [asked] = market("call", shop, f"digits:{sample}", "--by", by)["requests"]
        assert asked["answer"] == right(sample)
    status = market("status", shop)
    assert [made["done"] for made in status["requests"]] == [True] * 3
    assert [made["consumer"] for made in status["requests"]][1] == "consumer1"
    assert all(
        name in held
        for made in status["requests"]
        for name, held in zip(made["recorded"], deployed["holders"], strict=True)
    )
    for step in range(3):
        found = market("dispute", shop, "1", step)
        assert (found["executed"], found["upheld"]) == (3, False)
        assert found["right"] is (True if variant == "basic" else None)
    assert market("bill", shop)["supply"] == 0
    assert market("wait", shop)["waiting"] == []


def test_who_is_lazy_in_the_basic_market_is_seen_and_not_convicted(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--variant", "basic", "--cast", "vendor1=lazy")
    market("deploy", shop)
    market("call", shop, "digits:2")
    assert [market("dispute", shop, "last", step)["right"] for step in range(3)] == [
        True,
        False,
        True,
    ]
    assert not any(party["convicted"] for party in market("status", shop)["parties"].values())


def test_who_stalls_in_the_basic_market_is_waited_for(tmp_path: Path) -> None:
    """No deadline makes silence a fault: that is undecided, and no failure of the command."""
    shop = tmp_path / "shop"
    run("market", "new", shop, "--variant", "basic", "--cast", "vendor1=stalling")
    market("deploy", shop)
    assert ended("call", shop, "digits:2")[0] == UNKNOWN
    assert market("wait", shop)["waiting"] == ["request 0: step 1 is to be recorded, by vendor1"]


PAPER_REFUSED = [
    ("basic", "new OTHER --variant basic --purse 5", "knows neither money nor time"),
    ("basic", "deploy SHOP --crashes 1", "each part has one vendor; give 0"),
    ("basic", "deploy SHOP --parts 4", "can be cut between 3 pieces: use --parts 1 to 3"),
    ("basic", "call SHOP digits:0", "nothing is on the market"),
    ("basic", "dispute SHOP last 0", "no request has that number; none was made"),
    ("basic", "withdraw SHOP vendor0", "basic knows no money"),
    ("basic", "deposit SHOP vendor0 1", "basic knows no money"),
    ("basic", "replace-key SHOP ledger", "signs nothing but blocks"),
    ("basic", "wait SHOP 1", "basic knows no time; leave 1 out"),
    ("basic", "bill SHOP nobody", "nobody is called that"),
    (
        "orchestrated",
        "new OTHER --variant orchestrated --cast vendor0=forging",
        "no vendor deviates so; give one of lazy, ",
    ),
    ("basic", "new OTHER --variant basic --cast consumer0=lazy", "give one of forging"),
    ("basic", "status SHOP 0", "no request has that number; none was made"),
    ("orchestrated", "new OTHER --variant orchestrated --windows 5", "neither money nor time"),
    ("orchestrated", "deploy SHOP --crashes 3", "there are 3 vendors; give fewer"),
    ("orchestrated", "withdraw SHOP vendor0", "orchestrated knows no money"),
]


@pytest.mark.parametrize(
    ("variant", "command", "mend"), PAPER_REFUSED, ids=[each for _, each, _ in PAPER_REFUSED]
)
def test_what_a_paper_market_does_not_know_is_refused_in_one_line(
    tmp_path: Path,
    variant: str,
    command: str,
    mend: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run("market", "new", "SHOP", "--variant", variant)
    before = contents(tmp_path)
    capsys.readouterr()
    assert run("market", *command.split()) == USAGE
    said = capsys.readouterr()
    assert mend in refusal(said.err)
    assert not said.out
    assert contents(tmp_path) == before


# What is refused


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    """Whatever else those who share the computer may read."""
    before = os.umask(0)
    try:
        assert run("market", "new", tmp_path / "shop") == OK
    finally:
        os.umask(before)
    kept = [*(tmp_path / "shop").glob("*/*")]
    assert len(kept) >= 8
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
    assert (tmp_path / "shop").stat().st_mode & 0o777 == 0o700


def test_a_market_that_is_being_made_is_not_made_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unfinished = tmp_path / ".shop.unfinished"
    unfinished.mkdir()
    held = os.open(unfinished, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    assert run("market", "new", tmp_path / "shop") == USAGE
    assert "another command makes it just now" in refusal(capsys.readouterr().err)
    os.close(held)
    assert run("market", "new", tmp_path / "shop") == OK
    assert not unfinished.exists()


def refusal(said: str) -> str:
    """The one line of a refusal; how long work takes by now may stand before it."""
    [line] = [line for line in said.splitlines() if line.startswith("tallystick: ")]
    assert said.endswith(f"{line}\n")
    return line


def contents(folder: Path) -> dict[str, bytes]:
    """What is in a folder, but for what SQLite and the lock need while they are at work."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("ledger.db")
    }


REFUSED = [
    ("new SHOP", "something is there already; name a new folder"),
    ("new EMPTY.csv", "something is there already; name a new folder"),
    ("new LINK", "LINK: Not a directory; name a new folder"),
    (f"new {'s' * 250}", f"tallystick: {'s' * 250}: File name too long"),
    ("new OTHER --vendors 13", "<= 12"),
    ("new OTHER --cast vendor7=lazy", "there is no vendor7; give one of provider"),
    ("new OTHER --cast vendor1=idle", "give one of lazy, forging"),
    ("new OTHER --cast vendor1", "as vendor1=lazy"),
    ("new OTHER --windows 1", ">= 2"),
    ("status OTHER", "no market is here; make one with `tallystick market new"),
    ("deploy SHOP nothing.npz", "no such model, and no such file; give digits"),
    ("deploy SHOP EMPTY.npz", "give digits"),
    ("deploy SHOP EMPTY.txt", "give digits"),
    ("deploy SHOP --parts 4", "digits can be cut between 3 pieces: use --parts 1 to 3"),
    ("deploy SHOP --crashes 3", "there are 3 vendors; give fewer"),
    ("call SHOP", "nothing is asked"),
    ("call SHOP digits:1000", "digits:0 to digits:999"),
    ("call SHOP digits:x", "digits:0 to digits:999"),
    ("call SHOP nothing.csv", "no such file"),
    ("call SHOP EMPTY.csv", "no rows of numbers"),
    ("call SHOP EMPTY.txt", "none of .npy, .csv and .json"),
    ("call SHOP WRONG.csv", "give rows of 64 numbers: nothing was paid"),
    ("call SHOP FAR.csv", "row 0: 2 is outside of column 3, 0 to 1: nothing was paid"),
    ("call SHOP NAMED.csv", "columns a, b; the model takes column 0, "),
    ("deploy SHOP model.pkl", "no such model, and no such file"),
    (
        "deploy SHOP CUT",
        "there is no model.json in it; give a folder that `tallystick split` has written",
    ),
    ("call SHOP WORDS.csv", "of no numbers, and none below it; give a file of rows"),
    ("call SHOP COMPLEX.npy", "not rows of real numbers"),
    ("call SHOP digits:0 --by vendor0", "there are consumer0, consumer1"),
    ("call SHOP digits:0 --api other", "not on the market; there are digits"),
    ("dispute SHOP last 0", "no requests begin so; there are none"),
    ("status SHOP last", "no requests begin so; there are none"),
    ("dispute SHOP ab 0 --as vendor", "--as"),
    (
        "withdraw SHOP nobody",
        "nobody is called that; there are provider, vendor0, vendor1, vendor2",
    ),
    ("withdraw SHOP consumer0", "has no bond, as who vouches for what it does; there are provider"),
    ("withdraw SHOP ledger", "has no bond, as who vouches for what it does; there are provider"),
    ("deposit SHOP ledger 5", "has no bond, as who vouches for what it does; there are provider"),
    ("deposit SHOP watcher 5", "has no bond, as who vouches for what it does; there are provider"),
    ("bill SHOP ledger", "keeps the ledger, and has no money; there are provider"),
    ("replace-key SHOP nobody", "consumer0, consumer1, beacon, watcher, ledger"),
    ("withdraw SHOP vendor0 501", "give 1 to 500"),
    ("deposit SHOP vendor0 501", "give 1 to 500"),
    ("bill SHOP nobody", "nobody is called that; there are provider"),
]


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a market, and files that are none of what they should be."""
    here = tmp_path_factory.mktemp("refusing")
    run("market", "new", here / "SHOP", "--consumers", 2)
    run("market", "deploy", here / "SHOP")
    for name, text in {
        "EMPTY.npz": "",
        "EMPTY.txt": "",
        "EMPTY.csv": "",
        "WRONG.csv": "1,2\n",
        "FAR.csv": ",".join("2" if i == 3 else "0" for i in range(64)),
        "NAMED.csv": "a,b\n1,2\n",
        "WORDS.csv": "a,b\n",
    }.items():
        write_whole(here / name, text)
    np.save(here / "COMPLEX.npy", np.full((1, 64), 1j))
    (here / "CUT").mkdir()
    (here / "LINK").symlink_to("nowhere")
    return here


@pytest.mark.parametrize(("command", "mend"), REFUSED, ids=[each for each, _ in REFUSED])
def test_what_cannot_be_done_is_refused_in_one_line(
    refusing: Path,
    command: str,
    mend: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(refusing)
    before = contents(refusing)
    assert run("market", *command.split()) == USAGE
    said = capsys.readouterr()
    assert mend in refusal(said.err)
    assert not said.out
    assert contents(refusing) == before


def test_nothing_is_asked_that_cannot_be_paid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = tmp_path / "shop"
    run("market", "new", shop, "--purse", 70)
    market("deploy", shop, "--parts", 1)
    capsys.readouterr()
    assert run("market", "call", shop, "digits:0", "digits:1", "digits:2") == USAGE
    assert "consumer0 has 70 to spare of 70, and 3 at 20 each" in capsys.readouterr().err
    market("call", shop, "digits:0")
    assert run("market", "call", shop, "digits:1") == USAGE
    assert "bond of 15 does not guarantee the refund of 20" in capsys.readouterr().err
    assert market("status", shop)["parties"]["consumer0"]["purse"] == 50
    market("wait", shop)
    market("call", shop, "digits:1")


def test_what_mends_a_bond_that_guarantees_too_little(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("market", "call", shop, *(f"digits:{i}" for i in range(13))) == USAGE
    assert "of 520; nothing was paid: ask for 12 at a time" in capsys.readouterr().err
    market("withdraw", shop, "provider")
    assert run("market", "call", shop, "digits:0") == USAGE
    said = capsys.readouterr().err
    assert (
        f"bond of 0 does not guarantee the refund of 40; nothing was paid: `{'tallystick'}" in said
    )
    [mend] = re.findall("`tallystick (.*)`", said)
    assert run(*mend.split()) == OK
    market("call", shop, "digits:0")


@pytest.mark.parametrize("name", ["ledger.db", "parties.json", "new.json"])
def test_nothing_is_written_into_a_market(
    shop: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in shop.iterdir() if path.is_file()}
    for verb in (["market", "status"], ["market", "bill"], ["audit"]):
        assert run(*verb, shop, "--json", shop / name) == USAGE
        assert "which is read; give another place" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in shop.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("key", [b"", b"junk"])
def test_a_damaged_key_is_told(shop: Path, key: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    Storage(shop / "vendor1").put("key", key)
    assert run("market", "status", shop) == USAGE
    assert "vendor1: its key is not the one in parties.json" in capsys.readouterr().err


def test_no_input_of_a_call_is_overwritten(shop: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text("[[0]]")
    assert run("market", "call", shop, given, "--json", given) == USAGE
    assert given.read_text() == "[[0]]"


def test_nobody_can_vouch_for_a_model_with_too_small_a_purse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each may be drawn for every step that it holds."""
    run("market", "new", tmp_path / "poor", "--purse", 179)
    capsys.readouterr()
    assert run("market", "deploy", tmp_path / "poor") == USAGE
    assert "2 steps with 90, and sets aside 89" in (said := capsys.readouterr().err)
    assert "tallystick market new --purse 180" in said
    run("market", "new", tmp_path / "rich", "--purse", 180)
    market("deploy", tmp_path / "rich")


def test_a_second_command_is_refused_and_looking_on_is_not(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = kept_key(Storage(shop / NODE))
    with Ledger.open(shop / "ledger.db", key):
        assert run("market", "call", shop, "digits:0") == USAGE
        assert "another command is at work there; try again later" in capsys.readouterr().err
        market("status", shop)
        market("bill", shop)


def without(shop: Path, name: str) -> None:
    """Take a party out of the names."""
    parties = json.loads((shop / "parties.json").read_text())
    del parties[name]
    (shop / "parties.json").write_text(json.dumps(parties))


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda shop: without(shop, "provider"), "parties.json: nobody is a provider"),
        (lambda shop: without(shop, "beacon"), "parties.json: nobody is a beacon"),
        (lambda shop: without(shop, "consumer1"), "parties.json: lacks consumer1"),
        (lambda shop: without(shop, "ledger"), "parties.json: not one ledger"),
        (lambda shop: (shop / "parties.json").write_text("[" * 10**5), "parties.json: "),
        (lambda shop: (shop / "parties.json").write_text("{"), "parties.json"),
        (lambda shop: (shop / "parties.json").write_text('{"provider": 1}'), "provider is not"),
        (lambda shop: (shop / "ledger.db").unlink(), "ledger.db: no such file"),
        (lambda shop: (shop / "ledger.db").write_text("x" * 5000), "not a database"),
        (lambda shop: Storage(shop / "vendor1").remove("key"), "vendor1 keeps nothing under key"),
        (lambda shop: Storage(shop / "vendor1").put("key", bytes(32)), "not the one in parties"),
    ],
)
def test_a_folder_that_is_not_as_it_was_left_is_told(
    shop: Path, harm: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(shop)
    capsys.readouterr()
    for verb in ("status", "wait"):
        assert run("market", verb, shop) == USAGE
        assert told in refusal(capsys.readouterr().err)
