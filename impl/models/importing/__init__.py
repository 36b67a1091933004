"""Estimators that others have trained, as exact integer programs.

Read `registry` for what an importer is; each of the other modules has those of some kinds, and
registers them when it is imported, as it is here.
"""

from impl.models.importing.sklearn import from_sklearn

__all__ = ["from_sklearn"]
