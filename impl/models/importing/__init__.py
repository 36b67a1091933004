"""Estimators that others have trained, as exact integer programs.

Read `registry` for what an importer is. Each of the other modules has those of some kinds, and
registers them as it is imported, which is here.
"""

from impl.models.importing import ensembles, kernel, linear, network, pipeline, trees
from impl.models.importing.columns import columns_of
from impl.models.importing.sklearn import from_sklearn

__all__ = [
    "columns_of",
    "ensembles",
    "from_sklearn",
    "kernel",
    "linear",
    "network",
    "pipeline",
    "trees",
]
