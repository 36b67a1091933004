"""`tallystick split`, as people call it: what is shown, written, and refused."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from checkers.cli import FAILED, OK, USAGE
from impl.models.component import Component, chain
from impl.models.examples import credit_risk
from impl.models.face import Face
from impl.models.fixedpoint import Integers
from impl.models.importing import columns_of, from_sklearn
from tests.support.command import result, run

MODULE = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from impl.models.examples import credit_risk

rows, labels = load_iris(return_X_y=True)
risk = credit_risk()
part = risk.component
machine = SVC().fit(rows, labels)
net = MLPClassifier((8, 6), max_iter=30, random_state=0).fit(rows[::2], labels[::2])
bare = MLPClassifier((8, 6))
deep = MLPClassifier((80, 2), max_iter=3, random_state=0).fit(rows, labels)
curved = MLPClassifier((8,), "tanh", max_iter=30, random_state=0).fit(rows[::2], labels[::2])
tree = DecisionTreeClassifier(max_depth=3, random_state=0).fit(rows, labels)
line = LogisticRegression(max_iter=500).fit(rows, labels)
number = 3
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a module of models, and data for them."""
    from sklearn.datasets import load_iris

    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(MODULE)
    rows = load_iris().data[1::2]
    np.savetxt("iris.csv", rows, delimiter=",", header="sl,sw,pl,pw", comments="")
    np.save("risk.npy", credit_risk().uniform(50))
    return tmp_path


def written(folder: Path) -> tuple[list[Component], Face]:
    """The parts and the face in a folder, and what of them is public, and nothing else."""
    parts = sorted(folder.glob("part*.component"), key=lambda path: int(path.stem[4:]))
    beside = {folder / "model.json", folder / "public.json"}
    assert {*parts, folder / "model.json"} <= {*folder.iterdir()} <= {*parts, *beside}
    components = [Component.parse(path.read_bytes()) for path in parts]
    return components, Face.parse((folder / "model.json").read_text())


def test_a_formula_in_three_parts(capsys: pytest.CaptureFixture[str]) -> None:
    told, given = Path("told.json"), ("--data", "risk.npy")
    assert run("split", "mine.py:risk", "--parts", 3, *given, "--out", "o", "--json", told) == OK
    model = credit_risk()
    components, face = written(Path("o"))
    assert face == model.face
    rows = model.uniform(20, seed=1)
    outputs = chain(components, face.encode(rows))[-1]
    assert face.answers(outputs) == model.predict(rows)
    said = capsys.readouterr().out
    assert "part 1: its vendor sees arrears, age, employed of the question and 1 number of" in said
    assert "part 2: its vendor sees employed of the question" in said
    assert "age, 18 to 100, in whole numbers" in said
    found = result(told)
    assert [part["digest"] for part in found["parts"]] == [c.digest.hex() for c in components]
    sizes = [len(component.canonical()) for component in components]
    assert [part["bytes"] for part in found["parts"]] == sizes
    assert found["parts"][0]["operators"]["INTDIV"] == 2
    assert found["parts"][0]["sees"] == [column.name for column in model.columns]
    assert (found["samples"], found["differ"]) == (200, 0)
    assert found["loss"]["held_out"]["rows"] == 50
    assert 0 < found["loss"]["uniform"]["largest"] <= found["error"] < 1e-5


@pytest.mark.parametrize("bits", [6, None])
def test_a_fitted_estimator_is_asked_as_the_data_suggest(bits: int | None) -> None:
    chosen = () if bits is None else ("--bits", bits)
    given = ("--parts", 3, "--data", "iris.csv", *chosen)
    assert run("split", "mine.py:net", *given, "--out", "o", "--json", "told.json") == OK
    components, face = written(Path("o"))
    rows = np.loadtxt("iris.csv", delimiter=",", skiprows=1)
    columns = columns_of(rows, ["sl", "sw", "pl", "pw"])
    assert face.columns == tuple(columns)
    spelled: dict[str, int] = {}
    exec(MODULE, spelled)
    kept = 12 if bits is None else bits
    net = spelled["net"]
    model = from_sklearn(net, columns, weight_bits=kept, activation_bits=kept)
    assert face == model.face
    outputs = chain(components, face.encode(rows))[-1]
    assert np.array_equal(outputs, model.component.run(model.encode(rows)))
    told = result(Path("told.json"))
    assert told["loss"]["held_out"]["rows"] == len(rows)
    assert 0 < told["loss"]["uniform"]["largest"] <= told["error"] == model.error


def test_in_how_many_parts_it_can_be_split_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """As the README has it: of a product one, of a kernel two, of layers and levels one more."""
    names, many = ("line", "machine", "net", "tree"), (1, 2, 3, 4)
    for name, most in zip(names, many, strict=True):
        given = (f"mine.py:{name}", "--data", "iris.csv", "--json", "told.json", "--parts")
        assert run("split", *given, most) == OK
        assert result(Path("told.json"))["pieces"] == most
        assert f"it can be split in {most} part" in capsys.readouterr().out
        assert run("split", *given, most + 1) == USAGE
        assert "says which models have how many pieces" in capsys.readouterr().err


def test_rows_that_are_rounded_before_a_tree_is_asked_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On the grid it is exact; off it the loss has a reason, which stands beside it."""
    given = ("split", "mine.py:tree", "--parts", 1, "--data", "iris.csv", "--json", "told.json")
    for decimals, rounded in ((1, 0), (0, 75)):
        assert run(*given, "--decimals", decimals) == OK
        found, said = result(Path("told.json")), " ".join(capsys.readouterr().out.split())
        assert found["rounded"] == rounded
        assert (found["loss"]["held_out"]["differing"] > 0) == (rounded > 0)
        assert found["loss"]["uniform"]["differing"] == 0
        assert ("75 of 75 rows of the data are rounded to the grid first" in said) == (rounded > 0)


def test_a_component_is_split_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("split", "mine.py:net", "--parts", 1, "--data", "iris.csv", "--out", "o") == OK
    assert run("split", "o/part0.component", "--parts", 3, "--out", "p") == OK
    [whole], _ = written(Path("o"))
    parts, face = written(Path("p"))
    given = np.array([[column.most for column in face.columns]])
    assert np.array_equal(chain(parts, given)[-1], whole.run(given))
    assert "loss: not looked at: there is no original here" in capsys.readouterr().out
    assert run("split", "mine.py:part", "--parts", 1) == OK


def graph(path: str, *, pads: int = 0, size: float = 1.0, last: str = "Tanh") -> None:
    """Write a small ONNX graph of four inputs and three outputs, of a batch of one."""
    onnx = pytest.importorskip("onnx", reason="reading ONNX is an extra: tallystick[onnx]")
    random = np.random.default_rng(0)
    made = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["": 20]> net (float[1, 4] x) => (float[1, 3] y) {'
        "a = Gemm (x, v)\n b = Reshape (a, shape)\n"
        f"c = MaxPool <kernel_shape = [1, {1 + pads}], pads = [0, {pads}, 0, {pads}]> (b)\n"
        f"d = ReduceMax <keepdims = 0> (c, axes)\n e = {last} (d)\n y = MatMul (e, w) }}"
    )
    constants = {
        "v": random.normal(scale=size, size=(4, 6)).astype(np.float32),
        "w": random.normal(size=(6, 3)).astype(np.float32),
        "shape": np.array([1, 6, 1, 1]),
        "axes": np.array([2, 3]),
    }
    made.graph.initializer.extend(
        onnx.numpy_helper.from_array(numbers, name) for name, numbers in constants.items()
    )
    Path(path).write_bytes(made.SerializeToString())


def test_what_an_onnx_graph_loses_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    graph("net.onnx")
    given = ("split", "net.onnx", "--parts", 2, "--data", "iris.csv", "--json", "told.json")
    for labels, differing in (((), None), (("--labels", "a,b,c"), 0)):
        assert run(*given, *labels) == OK
        told, said = result(Path("told.json")), capsys.readouterr().out
        assert "loss on the data: " in said
        held_out, uniform = told["loss"]["held_out"], told["loss"]["uniform"]
        assert (held_out["rows"], uniform["rows"]) == (75, 200)
        assert held_out["differing"] == uniform["differing"] == differing
        # Rows anywhere are on the grid, where its error is bounded but for that of float32.
        assert 0 < uniform["largest"] <= told["error"] + 1e-5
    assert run(*given, "--bits", 4) == OK
    assert result(Path("told.json"))["loss"]["uniform"]["largest"] > 10 * uniform["largest"]


def test_what_a_model_loses_is_told_before_it_is_sold(capsys: pytest.CaptureFixture[str]) -> None:
    graph("net.onnx")
    assert run("split", "net.onnx", "--parts", 1, "--data", "iris.csv") == OK

    def lost() -> list[str]:
        said = capsys.readouterr().out.splitlines()
        return [line for line in said if line.startswith(("off", "loss"))]

    told = lost()
    assert len(told) == 3
    for variant in ("basic", "orchestrated", "hardened"):
        assert run("market", "new", variant, "--variant", variant) == OK
        capsys.readouterr()
        assert run("market", "deploy", variant, "net.onnx", "--data", "iris.csv") == OK
        assert lost() == told


def test_numbers_that_are_cut_off_on_the_way_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    graph("net.onnx", size=1e7, last="Relu")
    for bits, is_told in ((8, False), (20, True)):
        given = ("--data", "iris.csv", "--bits", bits, "--json", "told.json")
        assert run("split", "net.onnx", "--parts", 1, *given) == OK
        assert ("are cut off there" in capsys.readouterr().out) is is_told
        assert (result(Path("told.json"))["cut"] is not None) is is_told


@pytest.mark.parametrize("is_wrong", [True, False])
def test_a_graph_that_cannot_be_asked_is_told_with_why(
    is_wrong: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph("net.onnx", pads=int(is_wrong))
    why = "onnx's reference evaluator pools otherwise than ONNX says"
    if not is_wrong:
        monkeypatch.setattr("onnx.reference.ReferenceEvaluator.run", lambda *_: 1 // 0)
        why = "onnx's reference evaluator cannot run it: ZeroDivisionError: "
    assert run("split", "net.onnx", "--parts", 1, "--data", "iris.csv", "--json", "t.json") == OK
    [said] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("loss: ")]
    assert said.startswith("loss: not looked at: ")
    assert why in said
    assert result(Path("t.json"))["loss"] is None


def test_parts_that_are_another_model_fail_and_are_not_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true = chain

    def off(parts: list[Component], values: Integers) -> list[Integers]:
        return [values, true(parts, values)[-1] + 1]

    monkeypatch.setattr("checkers.market.splitting.splitting.chain", off)
    assert run("split", "mine.py:risk", "--parts", 2, "--out", "o") == FAILED
    assert "refuted by 200 of 200 rows" in capsys.readouterr().out
    assert not Path("o").exists()


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (Path("harm"),))


REFUSED: dict[str, tuple[list[object], str]] = {
    "a pickle": (["net.pkl"], "net.pkl is not read: a .pkl file is a program"),
    "a name in a pickle": (["net.pkl:net"], "net.pkl:net is not read: a .pkl file is a program"),
    "a name in a graph": (
        ["empty.onnx:net", "--data", "iris.csv"],
        "empty.onnx:net: empty.onnx is no module of Python: name the file alone",
    ),
    "labels of a number": (
        ["mine.py:risk", "--labels", "a,b"],
        "it gives one number, so leave it out",
    ),
    "rows in place of a model": (["iris.csv"], "Name a model; rows of numbers go to --data"),
    "a joblib": (["net.joblib"], "Load it yourself in a module of yours that you trust"),
    "no such name": (
        ["mine.py:nett"],
        "mine.py has no nett (did you mean net?); there is the model risk, ",
    ),
    "no model": (["mine.py:number"], "mine.py:number is an int, where a model is wanted"),
    "a class": (
        ["mine.py:MLPClassifier"],
        "is the class MLPClassifier, not what is made of it, where a model is wanted; in "
        "mine.py, there is the model risk, part, machine, net, bare, deep, curved, tree, line",
    ),
    "no such file": (["nothing.py:net"], "there is no file nothing.py"),
    "no name": (["mine.py"], "mine.py is a file; name what is meant in it, as mine.py:NAME"),
    "a pickle in capitals": (["net.PKL"], "a .PKL file is a program"),
    "nothing": (["nothing"], "nothing names no file of a model"),
    "no component": (["iris.csv"], "iris.csv: "),
    "no data": (["mine.py:net"], "give --data FILE, rows from which that can be told"),
    "a graph that is not there": (
        ["net.onnx", "--data", "iris.csv"],
        "net.onnx: No such file or directory\n",
    ),
    "no data of a graph": (["net.onnx"], "give --data FILE, rows from which that can be told"),
    "an estimator unfitted": (
        ["mine.py:bare", "--data", "iris.csv"],
        "MLPClassifier is not fitted: fit it first",
    ),
    "bits of a formula": (["mine.py:risk", "--bits", 9], "--bits 9: mine.py:risk is in integers"),
    "decimals of a formula": (
        ["mine.py:risk", "--decimals", 2],
        "--decimals 2: mine.py:risk is in integers already; leave it out",
    ),
    "a folder": (["sub"], "sub is a folder, of parts that were split already, maybe: name the"),
    "bytes of something": (["harm.npy"], "harm.npy: neither .onnx nor the bytes of a component"),
    "an empty graph": (["empty.onnx", "--data", "iris.csv"], "empty.onnx: empty: give an ONNX"),
    "too many parts": (
        ["mine.py:risk", "--parts", 60],
        "mine.py:risk can be cut between 20 pieces: use --parts 1 to 20",
    ),
    "two parts of one piece": (
        ["mine.py:line", "--data", "iris.csv", "--parts", 2],
        "mine.py:line has one piece and cannot be cut: use --parts 1",
    ),
    "data of another model": (
        ["mine.py:risk", "--data", "iris.csv"],
        "mine.py:risk: inputs (75, 4): give rows of 6 numbers",
    ),
    "data out of range": (["mine.py:risk", "--data", "far.csv"], "9 is outside of age, 18 to 100"),
    "data that is none": (["mine.py:net", "--data", "mine.py"], ".py is none of .npy, .csv and"),
    "data of pickles": (["mine.py:net", "--data", "harm.npy"], "harm.npy: "),
    "data of names": (["mine.py:net", "--data", "names.csv"], "or of no numbers, and none below"),
    "data apart by semicolons": (
        ["mine.py:net", "--data", "apart.csv"],
        "apart.csv: cells are apart by ';': put commas between them; give a file of rows",
    ),
    "data apart by semicolons, with commas for points": (
        ["mine.py:net", "--data", "points.csv"],
        "points.csv: cells are apart by ';': put commas between them",
    ),
    "data apart by tabs": (
        ["mine.py:net", "--data", "tabs.csv"],
        "tabs.csv: cells are apart by '\\t': put commas between them",
    ),
    "data with a gap": (
        ["mine.py:net", "--data", "gap.csv"],
        "--data: row 1, column 0: nan: give finite numbers",
    ),
    "data of several lengths": (
        ["mine.py:net", "--data", "ragged.csv"],
        "ragged.csv: not rows of real numbers, each row of as many as the others; give",
    ),
    "data that are not there": (
        ["mine.py:net", "--data", "none.csv"],
        "none.csv: No such file or directory; give a file of rows",
    ),
    "data of other columns": (
        ["mine.py:net", "--data", "narrow.csv"],
        "MLPClassifier takes 4 columns, and is given 2",
    ),
    "data of words": (["mine.py:net", "--data", "words.csv"], "row 0, column 3: 'four' is no"),
    "a folder that is full": (["mine.py:risk", "--out", "."], ".: is there already"),
    "a result among the parts": (
        ["mine.py:risk", "--json", "o/x.json"],
        "o/x.json: there is no folder",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_nothing_is_written_when_something_is_wrong(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, why = REFUSED[case]
    harm = pickle.dumps(_Harm())  # whoever loads it makes a file
    for name in ("net.pkl", "net.joblib", "harm.npy"):
        Path(name).write_bytes(harm)
    Path("empty.onnx").touch()
    Path("sub").mkdir()
    Path("names.csv").write_text("a,b,c,d\n")
    Path("apart.csv").write_text("a;b;c;d\n1;2;3;4\n")
    Path("points.csv").write_text("1,5;2,5;3;4\n")
    Path("tabs.csv").write_text("1\t2\t3\t4\n")
    Path("gap.csv").write_text("1,2,3,4\nnan,2,3,4\n")
    Path("ragged.csv").write_text("1,2,3,4\n1,2\n")
    Path("narrow.csv").write_text("1,2\n3,4\n")
    Path("words.csv").write_text("a,b,c,d\n1,2,3,four\n")
    Path("far.csv").write_text("20000,0,0,0,9,1\n")
    before = {*Path().rglob("*")}
    given = ["--parts", 3] if "--parts" not in arguments else []
    out = ["--out", "o"] if "--out" not in arguments else []
    assert run("split", *arguments, *given, *out) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert why in said.err
    assert {path for path in Path().rglob("*") if "__pycache__" not in path.parts} == before
    assert not Path("harm").exists()


def test_a_folder_is_written_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true, before = Path.write_bytes, {*Path().iterdir()}

    def full(path: Path, content: bytes) -> int:
        if path.name == "model.json":
            raise OSError(28, "No space left on device")
        return true(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run("split", "mine.py:risk", "--parts", 2, "--out", "o") == USAGE
    assert "o: No space left on device; nothing is written" in capsys.readouterr().err
    assert {path for path in Path().iterdir() if path.name != "__pycache__"} == before


def test_a_face_is_plain_json() -> None:
    assert run("split", "mine.py:risk", "--parts", 1, "--out", "o") == OK
    face = json.loads(Path("o/model.json").read_text())
    assert face["columns"][4] == {"name": "age", "steps": 1, "least": 18, "most": 100}
    assert face["labels"] == []


def test_what_sellers_should_know_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--parts", 2, "--data", "iris.csv", "--decimals", 1, "--json", "told.json")
    assert run("split", "mine.py:machine", *given) == OK
    spelled: dict[str, SVC] = {}
    exec(MODULE, spelled)
    vectors = len(spelled["machine"].support_vectors_)
    said, found = " ".join(capsys.readouterr().out.split()), result(Path("told.json"))
    assert f"its parts hold {vectors} rows that it was trained with" in said
    assert found["training_rows"] == vectors
    assert "votes off by" in said
    assert "how far it can be off is measured, and not bounded" in said
    assert "in 1 decimal; sw" in said
    assert {column["steps"] for column in found["columns"]} == {10}
    constants = [part["constants"] for part in found["parts"]]
    share = constants[0] / sum(constants)
    assert (f"part 0 holds {share:.1%} of all constants" in said) == (share >= 0.9)


def test_a_part_with_nearly_all_constants_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("split", "mine.py:net", "--parts", 2, "--data", "iris.csv") == OK
    assert "of all constants" not in capsys.readouterr().out
    assert run("split", "mine.py:deep", "--parts", 2, "--data", "iris.csv") == OK
    assert "of all constants: who has it may have nearly the whole" in capsys.readouterr().out


def test_tables_that_everybody_knows_are_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--parts", 2, "--data", "iris.csv", "--out", "o", "--json", "told.json")
    assert run("split", "mine.py:curved", *given) == OK
    spelled: dict[str, MLPClassifier] = {}
    exec(MODULE, spelled)
    learned = sum(one.size for one in (*spelled["curved"].coefs_, *spelled["curved"].intercepts_))
    parts, said = result(Path("told.json"))["parts"], capsys.readouterr().out
    secret, public = (sum(part[name] for part in parts) for name in ("constants", "public"))
    assert learned <= secret <= learned + 10 < public / 100
    assert f"not counted are {public:,} numbers of tables" in said
    assert "of all constants" not in said
    assert run("market", "new", "shop") == OK
    assert run("market", "deploy", "shop", "o", "--json", "sold.json") == OK
    sold = result(Path("sold.json"))
    assert sold["parameters"] == [part["constants"] for part in parts]
    assert all(map(int.__le__, sold["shown_in_a_dispute"], sold["parameters"]))


WRONG = ["", "[", "[[0]]", '[[0], "1"]', "[[0], [true]]", "[[9], []]", "[" * 100_000]


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_what_does_not_say_what_is_public_is_refused(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("split", "mine.py:curved", "--parts", 2, "--data", "iris.csv", "--out", "o") == OK
    Path("o/public.json").write_text(text)
    assert run("market", "new", "shop") == OK
    capsys.readouterr()
    assert run("market", "deploy", "shop", "o") == USAGE
    [line] = capsys.readouterr().err.splitlines()
    assert "public" in line


def test_a_column_that_takes_one_number_alone_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("one.csv").write_text("a,b,c,d\n1,2,3,4\n1,3,3,5\n")
    assert run("split", "mine.py:net", "--parts", 1, "--data", "one.csv") == OK
    assert "takes one number alone for a, c: give --data of more" in capsys.readouterr().out
