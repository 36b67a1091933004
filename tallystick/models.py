"""Models as programs in exact integers: what imports them, and what they are.

    from tallystick.models import columns_of, from_sklearn

    model = from_sklearn(forest, columns_of(data))
    model.predict(rows), model.split(3)

The parts of a model composed are the model, bit by bit, on any machine.
"""

from impl.models.component import Component, OutOfRange
from impl.models.face import Column, Face
from impl.models.importing import columns_of, from_sklearn
from impl.models.importing.formula import Formula, formula
from impl.models.importing.loss import Loss, measure
from impl.models.importing.onnx import from_onnx
from impl.models.model import Model
from impl.models.operators import CertificateError, ModelError

__all__ = [
    "CertificateError",
    "Column",
    "Component",
    "Face",
    "Formula",
    "Loss",
    "Model",
    "ModelError",
    "OutOfRange",
    "columns_of",
    "formula",
    "from_onnx",
    "from_sklearn",
    "measure",
]
