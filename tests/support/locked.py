"""The README's lock and its driver, in files, as those who follow the README have them."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from checkers.conform.stage import Stage
from checkers.lockstep.driver import Setup
from checkers.naming.names import find_attribute
from spec.notation import Machine
from tests.support.command import DRIVER, LOCK

FOLDER = Path(mkdtemp(prefix="lock-"))
for _name, _text in (("lock.py", LOCK), ("lock_driver.py", DRIVER)):
    (FOLDER / _name).write_text(_text)

LOCK_MACHINE: Machine[Any] = find_attribute(f"{FOLDER}/lock.py:lock", Machine, "machine")
LOCK_SETUP: Setup = find_attribute(f"{FOLDER}/lock_driver.py:setup", Setup, "driver")
STAGE = Stage.of(LOCK_MACHINE)
