"""A campaign of worlds can be killed at any time, and counts each world once all the same."""

import json
import os
import sys
from concurrent.futures import BrokenExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.market.corrupt import Corrupted
from tests.support import worlds
from tests.support.program import Failed
from tests.support.worlds import CHUNK, ON_DISK, Told, together

NEVER = -1


def told(path: Path) -> Any:  # JSON
    return json.loads((path / "summary.json").read_text())


def lot(first: int, many: int, revision: str) -> Told:
    ranges = [{"first": first, "worlds": many, "on_disk": many // 2, "revision": revision}]
    counted = {name: {f"{name} in {first % 3}": many} for name in worlds.COUNTED}
    return {"worlds": many, "ranges": ranges, "failures": [first], **counted}


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("ab"))), st.data())
def test_however_lots_are_put_together_the_same_is_told(
    some: list[tuple[int, str]], data: st.DataObject
) -> None:
    lots, end = [], 0
    for many, revision in some:
        lots.append(lot(end, many, revision))
        end += many
    whole = together(lots)
    at = data.draw(st.integers(0, len(lots)))
    assert together([together(lots[:at]), *lots[at:]]) == whole
    assert whole["worlds"] == end
    follows = 0
    for each in whole["ranges"]:
        assert each["first"] == follows
        follows += each["worlds"]
    assert follows == end
    revisions = [each["revision"] for each in whole["ranges"]]
    assert all(one != other for one, other in pairwise(revisions))


def play_in(
    folder: Path, many: int, patch: pytest.MonkeyPatch, revision: str, killed: int = NEVER
) -> int:
    """Play worlds that count themselves; a process is killed that comes to one of a number."""

    def counting(some: int, first: int) -> Corrupted:
        numbers = range(first, first + some)
        if killed in numbers:
            os._exit(9)
        return Corrupted(some, [], dict.fromkeys(map(str, numbers), 1), {}, {}, {}, {"lie": some})

    patch.setattr(worlds, "corrupt", counting)
    patch.setattr(worlds, "revision", lambda: revision)
    patch.setattr(sys, "argv", ["worlds", str(folder), "--worlds", str(many), "--workers", "2"])
    return worlds.main()


@pytest.mark.parametrize("killed", [0, CHUNK + 1, 7 * CHUNK - 1])
def test_who_kills_it_loses_no_world_and_none_counts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    many = (ON_DISK + 2) * CHUNK + 7
    with pytest.raises(BrokenExecutor):
        play_in(tmp_path, many, monkeypatch, "old", killed)
    known = told(tmp_path)["worlds"] if (tmp_path / "summary.json").exists() else 0
    assert known <= killed
    assert play_in(tmp_path, many, monkeypatch, "new") == 0
    found = told(tmp_path)
    assert found["reached"] == dict.fromkeys(map(str, range(many)), 1)
    assert found["worlds"] == many
    ranges = [(each["revision"], each["first"], each["worlds"]) for each in found["ranges"]]
    before = [("old", 0, known)] if known else []
    assert ranges == [*before, ("new", known, many - known)]
    assert sum(each["on_disk"] for each in found["ranges"]) == 2 * CHUNK


def test_what_is_whole_is_played_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_in(tmp_path, CHUNK, monkeypatch, "old")
    before = told(tmp_path)
    play_in(tmp_path, CHUNK, monkeypatch, "new", killed=0)
    assert told(tmp_path) == before


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"worlds": 3}'])
def test_what_is_no_summary_is_said_to_be_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(Failed, match="no summary of worlds"):
        play_in(tmp_path, CHUNK, monkeypatch, "new")
    assert (tmp_path / "summary.json").read_text() == text


def test_the_revision_is_told() -> None:
    assert worlds.revision().removesuffix("-changed").isalnum()
