"""Everything that decides something: explore, prove, simulate, fuzz, attack, verify."""

import os
from pathlib import Path

_FAMILY_OF_ZEN_4 = "cpu family\t: 25"


def _prefer_fast_sorting() -> None:
    """On AMD's Zen 4, keep numpy from sorting with AVX-512.

    That sort stores through vpcompressq, which is microcode there: 64-bit keys sort 4 to 5 times
    faster with AVX2. numpy decides while it is imported, so this comes before.
    """
    processor = Path("/proc/cpuinfo")
    if processor.exists() and _FAMILY_OF_ZEN_4 in processor.read_text():
        os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4")


_prefer_fast_sorting()
