"""The orchestrated protocol: the paper's alternate approach (III.D)."""

from spec.orchestrated.properties import *  # noqa: F403
