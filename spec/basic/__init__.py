"""The basic protocol: the marketplace as the paper states it (III.A to III.C)."""

from spec.basic.properties import *  # noqa: F403
