"""Settings of estimators, drawn as scikit-learn declares them: each is imported right, or refused.

What may be given for a setting stands in the `_parameter_constraints` of its class, so one that a
new version of scikit-learn adds is drawn as well. The oracle is what the estimator itself predicts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import preprocessing
from sklearn.base import is_classifier
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import all_estimators
from sklearn.utils._param_validation import Interval, StrOptions

from impl.models.fixedpoint import Reals
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.pipeline import SCALERS
from impl.models.importing.registry import KINDS, Estimator
from impl.models.model import Model
from impl.models.operators import ModelError
from tests.support.imported import assert_chances

pytestmark = pytest.mark.filterwarnings("ignore")

BITS = 16
NEAR = 1e-2
"""What is told apart, of the largest number that is predicted: rounding is far below it."""
CLASSES: Mapping[str, type] = dict(all_estimators())
OTHERS = frozenset(
    {"estimator", "estimators", "final_estimator", "init", "param_distributions", "param_grid"}
    | {"memory", "n_jobs", "random_state", "steps", "verbose"}
)
"""Settings that are given here, or change nothing."""
SOME = {"regressor": [DecisionTreeRegressor(max_depth=2), Ridge()]}
SOME["classifier"] = [DecisionTreeClassifier(max_depth=2), LogisticRegression(), LinearSVC()]


def given_for(constraint: Any) -> st.SearchStrategy[Any]:  # of whichever kind scikit-learn has
    """What may be given for a setting by one of its constraints; nothing for most of them."""
    if constraint == "boolean":
        return st.booleans()
    if constraint is None:
        return st.none()
    if isinstance(constraint, StrOptions):
        return st.sampled_from(sorted({*constraint.options} - {"precomputed"}))
    if isinstance(constraint, Interval):
        least = 0 if constraint.left is None else constraint.left
        most = least + 3 if constraint.right is None else min(constraint.right, least + 3)
        if constraint.type.__name__ == "Integral":
            return st.integers(int(least), int(most))
        return st.floats(float(least), float(most), width=16)
    return st.nothing()


@st.composite
def settings_of(draw: st.DrawFn, made: type) -> dict[str, Any]:
    """Some settings of a class."""
    found = {}
    for name, constraints in made._parameter_constraints.items():  # type: ignore[attr-defined]  # of scikit-learn
        if name in OTHERS or constraints == "no_validation":
            continue
        strategy = st.one_of([given_for(one) for one in constraints])
        if not strategy.is_empty and draw(st.booleans()):
            found[name] = draw(strategy)
    return found


@st.composite
def members(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """What an estimator is made of, where it is made of others."""
    some = st.sampled_from(SOME["regressor" if "Regressor" in name else "classifier"])
    match name:
        case "Pipeline":
            scaler = getattr(preprocessing, draw(st.sampled_from(sorted(SCALERS))))
            made = scaler(**draw(settings_of(scaler)))
            return {"steps": [("scaler", made), ("line", LinearRegression())]}
        case "GridSearchCV" | "RandomizedSearchCV":
            grid = "param_grid" if name == "GridSearchCV" else "param_distributions"
            return {"estimator": draw(some), grid: {}, "cv": 2}
        case "OneVsRestClassifier" | "BaggingClassifier" | "BaggingRegressor":
            return {"estimator": draw(some)}
        case "VotingClassifier" | "VotingRegressor" | "StackingClassifier" | "StackingRegressor":
            each = [("one", draw(some)), ("two", draw(some))]
            if name.startswith("Stacking"):
                return {"estimators": each, "cv": 2}
            weights = st.lists(st.floats(1e-6, 3), min_size=2, max_size=2)
            return {"estimators": each, "weights": draw(st.none() | weights)}
        case "GradientBoostingRegressor":
            return {"init": draw(st.sampled_from([None, "zero", Ridge()]))}
        case "GradientBoostingClassifier":
            return {"init": draw(st.sampled_from([None, "zero", LogisticRegression()]))}
    return {}


def asked(seed: int) -> Reals:
    """Rows to fit an estimator to, and as many beyond these to ask it as well."""
    random = np.random.default_rng(seed)
    both = np.vstack([random.normal(size=(40, 3)), random.uniform(-4, 4, (60, 3))])
    return np.round(both, 2)


@st.composite
def fitted(draw: st.DrawFn, name: str) -> tuple[Estimator, int]:
    """An estimator of a class with some settings, and the seed of its rows."""
    chosen = {**draw(settings_of(CLASSES[name])), **draw(members(name))}
    estimator = CLASSES[name](**chosen)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=0)
    rows = asked(seed := draw(st.integers(0, 99)))[:40]
    above, cuts = rows @ [1, -2, 0.5], draw(st.sampled_from([[0], [-1, 1]]))
    answers = np.digitize(above, cuts) if is_classifier(estimator) else above
    try:
        estimator.fit(rows, answers).predict(rows)
    except (ValueError, TypeError, AttributeError, IndexError, NotImplementedError):
        assume(False)  # settings that go with no others
    return estimator, seed


def clear(estimator: Estimator, rows: Reals) -> NDArray[np.bool_]:
    """Which rows are far from any border, by all that the estimator itself says of them."""
    found = np.full(len(rows), fill_value=True)
    for way in ("decision_function", "predict_proba"):
        if hasattr(estimator, way):
            said = np.asarray(getattr(estimator, way)(rows.copy()), np.float64)
            found &= _apart(said.reshape(len(rows), -1), len(estimator.classes_))
    return found


def _apart(said: Reals, classes: int) -> NDArray[np.bool_]:
    near = NEAR * max(1, np.abs(said).max())
    if said.shape[1] != classes:  # of the second of two, or of each pair
        return np.asarray(np.abs(said).min(axis=1) > near)
    first, second = np.sort(said, axis=1)[:, :-3:-1].T
    return np.asarray(first - second > near)


def imported(estimator: Estimator, rows: Reals, *, probabilities: bool = False) -> Model | None:
    """The model of an estimator; None if it is refused, in a line that names it."""
    columns = columns_of(rows, decimals=2)
    said = ""
    try:
        return from_sklearn(
            estimator,
            columns,
            weight_bits=BITS,
            activation_bits=BITS,
            probabilities=probabilities,
        )
    except ModelError as error:
        said = str(error)
    assert type(estimator).__name__ in said
    assert "\n" not in said
    return None


def holds(estimator: Estimator, seed: int) -> None:
    """What is imported predicts what the estimator does, unless it is refused."""
    rows = asked(seed)  # again for the estimator, which may have been told to write over them
    expected, model = estimator.predict(asked(seed)), imported(estimator, rows)
    if model is None:
        return
    answers = np.asarray(model.predict(rows))
    if not is_classifier(estimator):
        assert np.abs(answers - expected.ravel()).max() <= NEAR * max(1, np.abs(expected).max())
        return
    sure = clear(estimator, asked(seed))
    assert (answers[sure] == expected[sure]).all()
    model = imported(estimator, rows, probabilities=True)
    if model is not None:
        chances = model.decode(model.component.run(model.encode(rows)))
        assert np.abs(chances - estimator.predict_proba(asked(seed))).max() <= NEAR
        assert_chances(model)


def few(examples: int) -> settings:
    """So many examples, of which none is made simpler, for that takes its time."""
    return settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )


@pytest.mark.parametrize("name", sorted(KINDS))
@given(data=st.data())
@few(3)
def test_a_setting_is_imported_or_refused(name: str, data: st.DataObject) -> None:
    holds(*data.draw(fitted(name)))


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(KINDS))
@given(data=st.data())
@few(40)
def test_any_settings_are_imported_or_refused(name: str, data: st.DataObject) -> None:
    holds(*data.draw(fitted(name)))
