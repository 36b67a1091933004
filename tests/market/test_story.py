"""The story of one attack, as it is shown."""

import re
from collections.abc import Sequence

import pytest

from adversaries.script import Facts
from checkers.market.attack import attack
from checkers.market.played.shown import lines
from checkers.market.played.story import Fold, Story
from checkers.results.page import Listing
from spec.notation import MachineError

DIGEST = re.compile(r"\b[0-9a-f]{4}\b")  # the beginning of one: they follow from training
BLAMED = """\
provider       vendor0    vendor1    vendor2    consumer    arbitrator                       ledger
|- component ->|          |          |          |           |                                |
|------- component ------>|          |          |           |                                |
|------------ component ------------>|          |           |                                |
|--------------------------- register api digits, signature .... --------------------------->|
|              |          |          |          |------ request api digits, input .... ----->|
|              |------------- record claimed ...., produced ...., received .... ------------>|
|              |          |------- record claimed ...., produced ...., received .... ------->|
|              |          |          |-- record claimed ...., produced ...., received .... ->|
|              |          |          |          |--------- take record 2, request 0 -------->|
|              |          |          |          |           |- convict record 0, request 0 ->|
|              * convicted by convict           |           |                                |
"""


def test_who_is_blamed_for_its_provider_is_told() -> None:
    result = attack(["bad-handover/basic"], story=True)
    shown = next(block for block in result.page() if isinstance(block, Listing))
    assert shown.title == (
        "bad-handover/basic: provider hands holders other components than the registered ones"
    )
    margin = " " * 4
    told = "".join(f"{line.removeprefix(margin)}\n" for line in shown.lines)
    assert DIGEST.sub("....", told).startswith(BLAMED)
    assert told.endswith("  the contract convicted vendor0, by convict\n")


def test_what_is_folded_is_cut_between_its_kinds_and_where_no_room_is_left() -> None:
    """No number and no kind is told by half, and what has room is told whole."""
    result = attack(["lazy-constant/hardened"], story=True)
    folded = 0
    for story in (found.story for found in result.attacked if found.story):
        folds = [entry for entry in story.entries if isinstance(entry, Fold)]
        shown = [line for line in lines(story) if line.strip().startswith("... ")]
        for fold, line in zip(folds, shown, strict=True):
            kinds = {f"{n} {kind}" if n > 1 else kind for kind, n in fold.kinds.items()}
            told = re.sub(r"(  +[+-]?\d+)+$", "", line.partition(": ")[2]).rstrip().split(", ")
            assert {*told} - {"..."} <= kinds
            assert ("..." in told) == ({*told} != kinds)
            folded += 1
    assert folded


def test_without_a_market_nothing_passes() -> None:
    story = Story.of(Facts(["anybody"], harmed=True))
    assert [*lines(story)] == ["nothing passed between parties"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ((), "name it"),
        (("stall",), "name one of stall/basic, stall/orchestrated, stall/hardened"),
        (("stall/basic", "tree-path"), "name one of stall/basic, tree-path/basic"),
        (("charm",), "there is no attack charm"),
    ],
)
def test_one_attack_is_told(names: Sequence[str], said: str) -> None:
    with pytest.raises(MachineError, match=said):
        attack(names, story=True)
