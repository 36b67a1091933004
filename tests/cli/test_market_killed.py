"""A market in a folder whose commands are killed, in the middle of a write or between two."""

import json
import os
import sqlite3
from collections.abc import Callable
from itertools import count, cycle
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import impl.storage
from adversaries.victim import victim
from checkers.cli import OK
from checkers.market.folder.hardened import Hardened
from checkers.market.folder.opening import opened
from impl.folder import NODE
from impl.hardened.phases import Phase
from impl.ledger.sqlite import Ledger
from impl.storage import Storage
from spec.bytes.encoding import encode
from tests.support.command import run
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

DEAD = 9
INSTRUCTIONS = 16
"""Of SQLite's: to keep something takes these, and not as many again."""


def die_at(last: int) -> None:
    """Have this process end at a moment that is the n-th, of those that matter.

    They are before, within and after each write of a party's storage, and before and after each
    block of the ledger. Nothing is tidied up.
    """
    moments, named = count(1), vars(impl.storage)
    connect = named["connect"]

    def moment() -> bool:
        if next(moments) == last:
            os._exit(DEAD)
        return False

    def sync(fd: object) -> None:
        moment()  # a new key is there, and does not have the name yet

    def connected(*given: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*given)
        connection.set_progress_handler(moment, INSTRUCTIONS)
        return connection

    def around(kind: type, name: str) -> None:
        written: Callable[..., object] = getattr(kind, name)

        def write(*given: object) -> object:
            moment()
            outcome = written(*given)
            moment()
            return outcome

        setattr(kind, name, write)

    os.fsync = sync
    named["connect"] = connected
    around(Storage, "put")
    around(Storage, "jot")
    around(Ledger, "append")


def typed(last: int, arguments: tuple[object, ...]) -> None:
    """Run a command that is killed."""
    die_at(last)
    os._exit(run(*arguments))


def killed(last: int, *arguments: object) -> bool:
    """Run a command, and kill it at a moment; whether it came to that."""
    process = get_context("fork").Process(target=typed, args=(last, ("market", *arguments)))
    process.start()
    process.join()
    assert process.exitcode in (OK, DEAD)
    return process.exitcode == DEAD


def market(verb: str, folder: Path, *arguments: object) -> Any:
    """What a verb writes down, when it comes out as it should."""
    written = folder.parent / "out.json"
    assert run("market", verb, folder, *arguments, "--json", written) == OK
    return json.loads(written.read_text())


QUICK = (2, 17, 43, 84)
LATER = range(5, 160, 5)
MOMENTS = some_full([*QUICK, *LATER], LATER)


@pytest.mark.parametrize("last", [1, 2, 3, 9, 20])
def test_a_market_is_made_whole_or_not_at_all(tmp_path: Path, last: int) -> None:
    if killed(last, "new", tmp_path / "shop"):
        assert not (tmp_path / "shop").exists()
        assert run("market", "new", tmp_path / "shop") == OK
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]  # and no keys of another
    assert len(market("status", tmp_path / "shop")["parties"]) == 7


@pytest.mark.parametrize("last", MOMENTS)
def test_what_is_killed_is_gone_on_with(tmp_path: Path, last: int) -> None:
    """Nothing is lost, and nothing done twice, wherever each of the commands is killed."""
    shop = tmp_path / "shop"
    assert run("market", "new", shop) == OK
    killed(last, "deploy", shop)
    if not market("wait", shop)["versions"]:
        market("deploy", shop)
    [version] = market("status", shop)["versions"]
    assert version["stage"] == "active"
    if killed(last, "call", shop, "digits:17"):
        market("call", shop, "digits:17")
    [made] = market("status", shop)["requests"]
    assert made["phase"] not in ("open", "routed", "work")  # an audit may be under way
    assert len(made["executors"]) == 3
    if killed(last, "dispute", shop, "last", 0):
        assert market("dispute", shop, "last", 0)["verdict"] == "dismiss"
    killed(last, "wait", shop)
    assert market("wait", shop)["waiting"] == []
    [made] = market("status", shop)["requests"]
    assert made["phase"] == "settled"
    bill = market("bill", shop)
    assert bill["supply"] == 7000
    assert bill["parties"]["consumer0"]["purse"] == 960
    assert not any(each["convicted"] for each in market("status", shop)["parties"].values())


def test_a_request_under_way_can_be_disputed(tmp_path: Path) -> None:
    """It is gone on with until it can be."""
    shop = tmp_path / "shop"
    assert run("market", "new", shop) == OK
    version = bytes.fromhex(market("deploy", shop)["version"])
    with opened(shop) as kept:
        assert isinstance(kept, Hardened)
        kept.market.consumer.ask(version, encode(victim()[1][17:18]))
        names = cycle([NODE, *kept.market.members])
        while not any(q.phase is Phase.WORK for q in kept.market.contract.requests.values()):
            kept.market._act(next(names))
        [request] = kept.market.contract.requests
        kept.market.provider.dispute(request, 2)
    status = market("status", shop)
    assert status["requests"][0]["phase"] == "work"
    assert f"provider: to dispute step 2 of request {request.hex()[:8]}" in status["waiting"]
    assert not market("dispute", shop, "last", 2)["upheld"]


@pytest.mark.parametrize("variant", ["basic", "orchestrated"])
@pytest.mark.parametrize("last", some_full([3, 14, 33, 60, *LATER[:20]], LATER[:20]))
def test_what_is_killed_on_paper_is_gone_on_with(tmp_path: Path, variant: str, last: int) -> None:
    """A request is made once, and answered by three records, each of which is made once."""
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant) == OK
    killed(last, "deploy", shop)
    if not market("status", shop)["apis"]:
        market("deploy", shop)
    if killed(last, "call", shop, "digits:17"):
        market("call", shop, "digits:17")
    [made] = market("status", shop)["requests"]
    assert (made["done"], len(made["recorded"])) == (True, 3)
    assert "answer" in market("status", shop, "last")["requests"][0]
    killed(last, "dispute", shop, "last", 1)
    assert market("dispute", shop, "last", 1)["executed"] == 3
    records = {"basic": 3, "orchestrated": 6}[variant]
    registered, request, taken, matched = 1, 1, 1, 3
    found = market("status", shop)["transactions"]
    assert found == registered + request + records + taken + matched
