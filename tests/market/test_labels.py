"""Labels that are given beside a model, on the command line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.cli import OK, USAGE
from checkers.market.splitting.labels import labelled, read_labels
from impl.models.graph import Graph
from impl.models.model import Column, Model
from spec.notation import MachineError
from tests.support.command import run

onnx = pytest.importorskip("onnx")
WORDS = st.text("abcä é-_0", min_size=1).map(str.strip).filter(bool)


def scores(many: int) -> Model:
    """A model that gives so many numbers, without labels."""
    graph = Graph()
    _ = graph.input(many, 0, 9) >> 0
    return Model(graph.component(), tuple(Column(f"x{i}", 1, 0, 9) for i in range(many)), (), 1)


@given(labels=st.lists(WORDS, min_size=2, max_size=5, unique=True), many=st.integers(1, 6))
def test_labels_are_read_from_a_list_and_from_a_file(
    labels: list[str], many: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "labels.txt"
    file.write_text("\n".join(labels) + "\n")
    assert read_labels(",".join(labels)) == read_labels(str(file)) == tuple(labels)
    if many == len(labels):
        assert labelled(scores(many), str(file), "it").labels == tuple(labels)
    else:
        with pytest.raises(MachineError, match=f"it: {len(labels)} labels for {many} scores"):
            labelled(scores(many), str(file), "it")


@pytest.mark.parametrize(
    ("given_as", "problem"),
    [
        ("none.txt", "No such file or directory; give two or more names between commas"),
        ("yes,,no", "label 1 is no name"),
        ("yes,no,yes", "yes is there twice"),
        ("one.txt", "1 of them; give two"),
        ("bytes.txt", "no text; give two"),
    ],
)
def test_labels_that_are_none_are_refused(
    given_as: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("one.txt").write_text("yes\n")
    Path("bytes.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(MachineError, match=f"--labels {given_as}: {problem}"):
        read_labels(given_as)


@pytest.mark.usefixtures("no_power_is_lost")
def test_a_graph_answers_with_its_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_text("a,b\n1,0\n0,1\n")
    graph = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[1, 2] x) => (float[1, 2] y) '
        "<float[2, 2] w = {1.0, 0.0, 0.0, 1.0}> { y = MatMul(x, w) }"
    )
    onnx.save(graph, "net.onnx")
    asked = ("net.onnx", "--data", "rows.csv", "--labels", "left,right")
    assert run("split", *asked, "--parts", 1, "--out", "net") == OK
    assert run("market", "new", "shop", "--variant", "basic") == OK
    for wares in (asked, ("net", "--api", "same")):
        assert run("market", "deploy", "shop", *wares) == OK
    capsys.readouterr()
    for api in ("net", "same"):
        assert run("market", "call", "shop", "rows.csv", "--api", api) == OK
        said = capsys.readouterr().out
        assert "left" in said
        assert "right" in said
    for name in ("digits", "net"):
        assert run("market", "deploy", "shop", name, "--labels", "left,right") == USAGE
        assert f"{name} says what it gives; leave it out" in capsys.readouterr().err
