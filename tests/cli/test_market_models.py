"""Models of people's own in a market in a folder, in each of the variants."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest

from checkers.cli import OK, USAGE
from checkers.market.folder.wares import ware
from impl.models.model import Model
from spec.notation import MachineError
from tests.support.command import run

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

FLOWERS = """
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

data = load_iris()
names = data.target_names[data.target]
forest = RandomForestClassifier(5, max_depth=3, random_state=0).fit(data.data, names)
"""
CREDIT = """
from impl.models.importing.formula import formula

risk = formula("debt / income if income > 1000 else 1", {"income": (500, 9000), "debt": (0, 9000)})
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models, and questions to them."""
    from sklearn.datasets import load_iris

    here = tmp_path_factory.mktemp("desk")
    (here / "flowers.py").write_text(FLOWERS)
    (here / "credit.py").write_text(CREDIT)
    lines = ["sepals,sepal widths,petals,petal widths"]
    lines += [",".join(map(str, row)) for row in load_iris().data.tolist()]
    (here / "flowers.csv").write_text("\n".join(lines))
    (here / "three.csv").write_text("\n".join(lines[i] for i in (0, 1, 60, 140)))
    (here / "far.csv").write_text(lines[0] + "\n5,3,900,1\n")
    (here / "credit.csv").write_text("income,debt\n2000,500\n600,100\n")
    return here


def risk() -> Model:
    """The formula that is sold."""
    spelled: dict[str, Model] = {}
    exec(CREDIT, spelled)
    return spelled["risk"]


def market(verb: str, folder: Path, *arguments: object) -> Any:  # whatever it writes down
    written = folder.parent / "out.json"
    assert run("market", verb, folder, *arguments, "--json", written) == OK
    return json.loads(written.read_text())


@pytest.mark.parametrize("variant", ["basic", "orchestrated", "hardened"])
def test_anybodys_model_is_sold_and_answers(
    desk: Path,
    tmp_path: Path,
    variant: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(desk)
    shop, parts = tmp_path / "shop", tmp_path / "forest"
    assert run("market", "new", shop, "--variant", variant) == OK
    split = ("split", "flowers.py:forest", "--parts", 3, "--data", "flowers.csv", "--out", parts)
    assert run(*split) == OK
    for model in (parts, "credit.py:risk"):
        market("deploy", shop, model)
    assert run("market", "deploy", shop, parts, "--api", "risk") == USAGE
    assert "risk is on the market, and takes income, debt; " in capsys.readouterr().err
    capsys.readouterr()
    told, narrowed = market("deploy", shop, parts, "--api", "flowers"), variant == "hardened"
    assert (told["shown_in_a_dispute"] is not None) == narrowed
    assert ("shown in a dispute" in capsys.readouterr().out) == narrowed
    answers = market("call", shop, "three.csv", "--api", "flowers")["requests"]
    assert [each["answer"] for each in answers] == ["setosa", "versicolor", "virginica"]
    answers = market("call", shop, "three.csv", "--api", "forest")["requests"]
    assert [each["answer"] for each in answers] == ["setosa", "versicolor", "virginica"]
    capsys.readouterr()
    shown = market("status", shop)["asked"]
    assert {*shown} == {"forest", "flowers", "risk"}
    assert shown["risk"]["columns"] == [attrs.asdict(column) for column in risk().columns]
    assert shown["forest"]["labels"] == ["setosa", "versicolor", "virginica"]
    said = " ".join(capsys.readouterr().out.split())
    asked = "income, 500 to 9000, in 2 decimals; debt, 0 to 9000, in 2 decimals"
    assert f"risk is asked with 2 numbers: {asked} " in said
    assert run("market", "wait", shop) == OK  # until stakes are free: chance may draw one vendor
    risks = market("call", shop, "credit.csv", "--api", "risk")["requests"]
    assert [each["answer"] for each in risks] == [pytest.approx(0.25, abs=1e-4), 1]
    before = market("status", shop)
    capsys.readouterr()
    assert run("market", "call", shop, "far.csv", "--api", "forest") == USAGE
    assert "900 is outside of petals, " in capsys.readouterr().err
    assert market("status", shop) == before


TWICE = """
from impl.models.graph import Graph
from impl.models.model import Column, Model

graph = Graph()
asked = graph.input(1, 0, 9)
twice = graph.concat(asked + asked, asked) >> 0
model = Model(graph.component(), (Column("x", 1, 0, 9),), (1, 2), 2)
"""


@pytest.mark.parametrize("variant", ["basic", "hardened"])
def test_a_face_that_is_gone_is_told_and_hides_nothing_else(
    desk: Path,
    tmp_path: Path,
    variant: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(desk)
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant) == OK
    market("deploy", shop, "credit.py:risk")
    before = market("status", shop)
    [face] = (shop / "faces").iterdir()
    face.unlink()
    capsys.readouterr()
    assert market("status", shop) == {**before, "asked": {"risk": None}}
    assert "without a model's face nobody can ask it" in capsys.readouterr().out


@pytest.mark.parametrize("variant", ["basic", "hardened"])
def test_all_numbers_that_were_paid_for_are_answered(
    tmp_path: Path,
    variant: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("several.py").write_text(TWICE)
    Path("x.csv").write_text("x\n3\n")
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant) == OK
    market("deploy", shop, "several.py:model")
    [answer] = market("call", shop, "x.csv")["requests"]
    assert answer["answer"] == answer["output"] == [3, 1.5]
    assert "answer: 3.0, 1.5" in capsys.readouterr().out


LARGE = """
from impl.models.graph import Graph
from impl.models.model import Column, Model


def model_of(width, times):
    graph = Graph()
    made = asked = graph.input(width, 0, 9)
    for number in range(times):
        made = (made + asked).clamp(0, 9 + number)
    columns = tuple(Column(f"x{i}", 1, 0, 9) for i in range(width))
    return Model(graph.component(), columns, (1,), 1)


long, wide = model_of(1, 600), model_of(70000, 1)
"""


@pytest.mark.parametrize(
    ("name", "variant", "said"),
    [
        (
            "long",
            "hardened",
            "part 1: its 1,199 operations leave no room for a quarrel about them; give more",
        ),
        (
            "wide",
            "hardened",
            "part 0: 70000 numbers pass at once, and a transaction has room for 63488; cut",
        ),
        (
            "wide",
            "basic",
            "part 0: 140000 numbers go in and come out, and the record of a step has room for "
            "130944; cut",
        ),
    ],
)
def test_what_a_market_cannot_carry_is_refused_before_anything_is_said(
    name: str,
    variant: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("large.py").write_text(LARGE)
    shop = tmp_path / "shop"
    assert run("market", "new", shop, "--variant", variant) == OK
    before = market("status", shop)
    capsys.readouterr()
    assert run("market", "deploy", shop, f"large.py:{name}", "--parts", 2) == USAGE
    assert said in capsys.readouterr().err
    assert market("status", shop) == before
    if name == "long":  # the other one takes its time
        assert run("split", f"large.py:{name}", "--parts", 2, "--json", "told.json") == OK
        assert f"no {variant} market takes {said}" in " ".join(capsys.readouterr().out.split())
        small, large = json.loads(Path("told.json").read_text())["parts"]
        assert not small["unfit"]
        assert [*large["unfit"]] == [variant]


@pytest.mark.parametrize("name", ["n" * 257, "ä" * 129, "two\nlines", "\udcff"])
def test_a_name_that_no_market_can_carry_is_refused(
    desk: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk)
    assert ware("credit.py:risk", api="ä" * 128).name == "ä" * 128
    with pytest.raises(MachineError, match="at most 256 bytes that can be printed: give --api"):
        ware("credit.py:risk", api=name)
