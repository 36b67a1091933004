"""Faces: what is written is read again, and whatever else is read is refused in a line."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl.models.component import OutOfRange
from impl.models.examples import credit_risk
from impl.models.face import Column, Face, Label
from impl.models.fixedpoint import EXACT
from impl.models.operators import ModelError

INTEGERS = st.integers(1 - EXACT, EXACT - 1)
LABELS: st.SearchStrategy[Label] = (
    st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)


@st.composite
def faces(draw: st.DrawFn) -> Face:
    columns = []
    for name in draw(st.lists(st.text(), min_size=1, max_size=3)):
        least, most = sorted(draw(st.tuples(INTEGERS, INTEGERS)))
        columns.append(Column(name, draw(st.integers(1, EXACT)), least, most))
    labels = draw(st.lists(LABELS, max_size=3))
    gives = len(labels) or draw(st.integers(1, 9))
    return Face(tuple(columns), gives, draw(st.integers(1, EXACT)), tuple(labels))


@given(faces())
def test_what_is_written_is_read_again(face: Face) -> None:
    read = Face.parse(face.json())
    assert read == face
    assert [*map(type, read.labels)] == [*map(type, face.labels)]


def test_a_consumer_needs_no_more_than_the_face() -> None:
    model = credit_risk()
    face = Face.parse(model.face.json())
    rows = model.uniform(50)
    outputs = model.component.run(face.encode(rows))
    assert face.answers(outputs) == model.predict(rows)
    with pytest.raises(ModelError, match="row 0: 17 is outside of age, 18 to 100"):
        face.encode([[50_000, 0, 0, 0, 17, 1]])


@given(st.lists(st.lists(INTEGERS, min_size=3, max_size=3), min_size=1, max_size=4))
def test_a_model_without_labels_answers_with_all_its_numbers(rows: list[list[int]]) -> None:
    outputs = np.array(rows)
    face = Face((Column("x", 1, 0, 1),), 3, 4)
    assert face.answers(outputs) == [tuple(number / 4 for number in row) for row in rows]
    alone = Face(face.columns, 1, 4)
    assert alone.answers(outputs[:, :1]) == [row[0] / 4 for row in rows]


@pytest.mark.filterwarnings("error")
@given(st.sampled_from([np.inf, -np.inf, np.nan, 1e308, -1e308]))
def test_what_is_not_finite_is_refused_without_a_word_more(number: float) -> None:
    face = Face((Column("x", 10**6, -5, 5), Column("y", 1, -5, 5)), 1, 1)
    with pytest.raises(OutOfRange, match=r"row 1: .* is outside of x"):
        face.encode(np.array([[0, 0], [number, 0]]))


@pytest.mark.parametrize(
    ("steps", "said"),
    [(1, "whole numbers"), (10, "1 decimal"), (100, "2 decimals"), (4096, "steps of 1/4096")],
)
def test_people_are_told_the_grid(steps: int, said: str) -> None:
    assert Column("x", steps, 0, 1).grid == said


GOOD: dict[str, Any] = {
    "columns": [{"name": "x", "steps": 10, "least": -5, "most": 5}],
    "gives": 2,
    "steps": 4096,
    "labels": ["a", "b"],
}
COLUMN = GOOD["columns"][0]
REFUSED: dict[str, tuple[Any, str]] = {
    "a list": ([], "model.json: list, not dict"),
    "too little": ({"steps": 1}, "model.json: fields ['steps']: give columns, gives, steps"),
    "too much": ({**GOOD, "more": 1}, "'more']: give columns, gives, steps, labels"),
    "no columns": ({**GOOD, "columns": []}, "model.json, columns: give at least one"),
    "a column of its name": ({**GOOD, "columns": ["x"]}, "columns 0: str, not dict"),
    "a number as a name": (
        {**GOOD, "columns": [COLUMN, {**COLUMN, "name": 1}]},
        "model.json, columns 1, name: int, not str",
    ),
    "a range upside down": (
        {**GOOD, "columns": [{**COLUMN, "most": -6}]},
        "columns 0, most: not an integer from -5 to",
    ),
    "a range past what is exact": (
        {**GOOD, "columns": [{**COLUMN, "least": -EXACT}]},
        "columns 0, least: not an integer from -9007199254740991",
    ),
    "no steps": ({**GOOD, "steps": 0}, "model.json, steps: not an integer from 1 to"),
    "a truth for a number": ({**GOOD, "gives": True}, "gives: bool, not int"),
    "a fraction": ({**GOOD, "gives": 2.0}, "gives: float, not int"),
    "too few labels": ({**GOOD, "labels": ["a"]}, "labels: 1 labels for 2 numbers: give as many"),
    "no label": ({**GOOD, "labels": ["a", None]}, "labels 1: neither a text nor a number"),
}
TEXTS = {
    "nothing": ("", "model.json is no JSON"),
    "half of it": (json.dumps(GOOD)[:-9], "model.json is no JSON"),
    "no number": (json.dumps({**GOOD, "steps": float("nan")}), "model.json: NaN is no number"),
    "a field twice": ('{"steps": 1, "steps": 2}', "model.json: fields ['steps', 'steps']: give"),
    "a deep nest": ("[" * 100_000, "model.json"),
    "an endless number": (f'{{"steps": {"9" * 5000}}}', "model.json"),
}
TEXTS |= {case: (json.dumps(value), said) for case, (value, said) in REFUSED.items()}


@pytest.mark.parametrize("case", TEXTS)
def test_anything_else_is_refused_in_a_line(case: str) -> None:
    text, said = TEXTS[case]
    assert Face.parse(json.dumps(GOOD)).labels == ("a", "b")
    with pytest.raises(ModelError) as refused:
        Face.parse(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("label", [float("inf"), b"a", object()])
def test_a_label_that_cannot_be_written_is_refused(label: Any) -> None:  # what none should be
    with pytest.raises(ModelError, match=r"labels: .*: name classes by texts or numbers"):
        Face((Column("x", 1, 0, 1),), 1, 1, (label,)).json()
