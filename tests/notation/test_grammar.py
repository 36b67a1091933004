"""The grammar: what a text may say, what it may not, and that what it may is read alike."""

import ast
import importlib.util
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import attrs
import pytest

from checkers.market.subjects import SUBJECTS, find_machine
from spec.bisection import Position, Side, Value
from spec.hardened import one_step, two_requests
from spec.notation import Machine, MachineError, Scope, grammar, words
from spec.notation.definition import is_element
from spec.notation.source import remade
from tests.support.agreement import Agreement

PRELUDE = """\
import functools, math, os, random, time
from enum import Enum
from spec.notation import *


class Client(Sort): ...
class Count(Ordinal): ...


class Colour(Enum):
    RED = 0
    GREEN = 1
    BLUE = 2


@state
class Desk:
    open: bool
    count: Count
    colour: Colour
    first: Client
    holds: Map[Client, bool]
    keeps: Map[Client, bool]
    shown: Map[tuple[Client, Colour], bool]
    left: Map[Client, Count]
    price: Fun[[Colour], Count]
    strict: Fun[[Colour], bool]


def init(s: Desk) -> None:
    s.open = False
    s.count = Count(0)
    s.colour = Colour.RED
    s.holds.fill(False)
    s.keeps.fill(False)
    s.shown.fill(False)
    s.left.fill(Count(0))


SWITCH = True
LIMIT = 3
WARM = (Colour.RED, Colour.GREEN)
RANKS = {Colour.RED: 2, Colour.GREEN: 1, Colour.BLUE: 0}
REASON = "desk is open"


def is_held(s: Desk, c: Client) -> bool:
    return s.holds[c]


def place(colour, colours):
    found = 0
    for number, one in enumerate(colours, start=1):
        found = ite(colour == one, number, found)
    return found


def clear(m):
    m.fill(False)


def put(s, c, held):
    s.holds[c] = held


def take(s: Desk, c: Client) -> bool:
    s.holds[c] = True
    return not_(s.keeps[c])


def counts(s, holds):
    return sum(ite(holds(colour), 1, 0) for colour in Colour)


def made(limit):
    def few(s: Desk) -> bool:
        return s.count < limit

    return few


few = made(3)
"""

MACHINE = """

desk = Machine(
    "desk", Desk, init, {actions}, always={always},
    definitions={{"strict": {strict}}},
    sizes={{Client: 2, Count: 4}},
)
"""


STRICT = "lambda colour: colour == Colour.RED"


def loaded(
    folder: Path, text: str, *, says: bool = False, before: str = "", strict: str = STRICT
) -> ModuleType:
    """A file with a machine of one action, or of one property, whose body is given."""
    returns, mark = ("bool", "") if says else ("None", "@action\n")
    parameters = "s: Desk" if says else "s: Desk, c: Client, n: Count, k: Colour"
    body = "".join(f"    {line}\n" for line in text.splitlines())
    lists = ("()", "(text,)") if says else ("(text,)", "()")
    source = f"{PRELUDE}{before}\n\n\n{mark}def text({parameters}) -> {returns}:\n{body}"
    path = folder / "desk_file.py"
    path.write_text(source + MACHINE.format(actions=lists[0], always=lists[1], strict=strict))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


# What is refused: in an action, in a property. The line is the one that is marked, or the first
# of the text.

REFUSED_ACTIONS = [
    # Identity, kinds, and what else Python sees of a value
    ("require(s.open is True, 'x')", "write =="),
    ("require(s.colour is not Colour.RED, 'x')", "write !="),
    ("require(SWITCH is True, 'x')", "write =="),
    ("match s.colour:\n    case Colour.RED:\n        s.open = True", "for `match` write ite"),
    ("require(type(s.count) == int, 'x')", "type; compare values"),
    ("require(isinstance(s.count, int), 'x')", "isinstance; compare values"),
    ("require(id(s.open) == id(s.open), 'x')", "id; compare values"),
    ("require(hash(s.colour) == 1, 'x')", "hash; compare values"),
    ("require(repr(s.count) == '1', 'x')", "does not call repr"),
    ("require(str(s.count) == '1', 'x')", "does not call str"),
    ("require(format(s.count) == '1', 'x')", "does not call format"),
    ("require(f'{s.count}' == '1', 'x')", "write a plain text"),
    ("require(s.open, f'{c} is there')", "write a plain text"),
    ("require('%s' % s.count == '1', 'x')", "a str is no value"),
    ("require('{}'.format(s.count) == '1', 'x')", "'{}'.format"),
    ("require(callable(s.count), 'x')", "does not call callable"),
    ("require(hasattr(s.count, 'op'), 'x')", "does not call hasattr"),
    ("require(getattr(s, 'open'), 'x')", "does not call getattr"),
    ("require(s.count.sort == Count, 'x')", "s.count has no sort"),
    ("require(s.colour.value == 1, 'x')", "s.colour has no value"),
    ("require(s.colour.name == 'RED', 'x')", "s.colour has no name"),
    ("require(s.count.real == 1, 'x')", "s.count has no real"),
    ("held = s.count\nrequire(held.op == 'read', 'x')  # refused", "held has no op"),
    ("require(s.left.writes == [], 'x')", "it has fill, fill_by and reset"),
    ("require(s.left.field == s.left.field, 'x')", "it has fill, fill_by and reset"),
    ("require(s.left.at((c,)) == 1, 'x')", "it has fill, fill_by and reset"),
    ("require(s.left.get(c) == 1, 'x')", "it has fill, fill_by and reset"),
    ("require(s.__class__ == Desk, 'x')", "Desk has no field __class__"),
    ("s.open = s.count ^ n", "a Count is no condition"),
    ("s.open = s.colour ^ k", "a Colour is no condition"),
    ("s.open = s.open ^ 1", "an int is no condition"),
    ("s.count = ite(s.open, 1, True)", "give both the same sort"),
    ("require('x' == s.open, 'x')", "a str is no value"),
    # What Python decides
    ("if s.open:\n    s.count = Count(1)", "for `if` write ite"),
    ("while s.open:\n    s.open = False", "for `while` write an action"),
    ("assert s.open", "for `assert` write require"),
    ("s.count = 1 if s.open else 2", "for `if` write ite"),
    ("require(s.open and s.keeps[c], 'x')", "for `and` write a & b"),
    ("require(SWITCH and s.keeps[c], 'x')", "for `and` write a & b"),
    ("require(s.open or s.keeps[c], 'x')", "for `or` write a | b"),
    ("require(not s.open, 'x')", "for `not` write not_"),
    ("require(~s.open, 'x')", "for `~` write not_"),
    ("require(0 < s.count < 3, 'x')", "compare two values at a time"),
    ("require(s.colour in WARM, 'x')", "for `in` write (x == a) | (x == b)"),
    ("require(s.colour not in WARM, 'x')", "for `not in` write (x != a) & (x != b)"),
    ("require(c in s.holds, 'x')", "for `in` write"),
    ("require(bool(s.count), 'x')", "bool; compare it"),
    ("require(int(s.open) == 1, 'x')", "int; a number of the state is one"),
    ("require(all([s.open, s.keeps[c]]), 'x')", "all; write all_of"),
    ("require(any([s.open, s.keeps[c]]), 'x')", "any; write any_of"),
    ("s.count = max(s.count, n)", "max; write ite(a < b, b, a)"),
    ("s.count = min(s.count, n)", "min; write ite(a < b, a, b)"),
    ("s.count = abs(s.count)", "abs; write ite"),
    ("require(sorted([s.count, n])[0] == 1, 'x')", "sorted; say with forall"),
    ("s.count = -s.count", "write 0 - x"),
    ("s.count = +s.count", "write x"),
    ("s.count = s.count ** 2", "for `**` write a product"),
    ("s.count = s.count / 2", "for `/` write //"),
    ("s.count = s.count << 1", "for `<<` multiply"),
    ("s.count = s.count >> 1", "for `>>` divide"),
    ("s.count = s.count @ n", "for `@`"),
    ("s.count = [1, 2, 3][s.count]", "s.count is not known before"),
    ("s.count = RANKS[s.colour]", "s.colour is not known before"),
    ("s.open = (False, True)[s.open]", "s.open is not known before"),
    ("for x in range(s.count):\n    s.open = True", "write forall, exists, fill_by or total"),
    ("for x in s.holds:\n    s.holds[x] = True", "write forall, exists, fill_by or total"),
    ("for x in Client:\n    s.holds[x] = True", "write forall, exists, fill_by or total"),
    ("x = [y for y in s.count]", "write forall, exists, fill_by or total"),
    ("x = [y for y in WARM if y == s.colour]", "for `if` write ite"),
    ("a, b = s.count", "write forall, exists, fill_by or total"),
    ("s.count = len(s.holds)", "write forall, exists, fill_by or total"),
    ("s.count = sum(s.left)", "write forall, exists, fill_by or total"),
    # Whole maps, functions and the state
    ("require(s.holds == s.keeps, 'x')", "compare at each key: forall(Client"),
    ("require(s.holds != s.keeps, 'x')", "compare at each key: forall(Client"),
    ("require(s.price == s.price, 'x')", "call it, as in s.price(...)"),
    ("require(s == s, 'x')", "the whole state is no value"),
    ("require((s.open, s.count) == (True, 1), 'x')", "take its parts one at a time"),
    ("require(s.holds, 'x')", "holds, a whole map, is no value"),
    ("if s.holds:\n    s.open = True", "for `if` write ite"),
    ("s.holds = s.keeps", "holds is a whole Map; write its cells"),
    ("s.price = s.price", "price is a function, which no action writes"),
    ("s.price[k] = 3", "price is a function; write price(...)"),
    ("s.price.fill(3)", "price is a function, which no action writes"),
    ("s.count = s.price[k]", "price is a function; write price(...)"),
    ("s.open = s.holds(c)", "does not call holds"),
    ("s.open = s.shown[c][k]", "shown takes 2 keys, not 1; write shown[Client, Colour]"),
    ("s.open = s.holds[c][c]", "s.holds[c] is no map"),
    ("s.open = s.holds[c, c]", "holds takes 1 keys, not 2"),
    ("s.open = s.shown[c:k]", "c is not known before"),
    ("s.open = s.holds[(c,)]", "a tuple is no value; take its parts"),
    ("s.open = s.colour == size(Colour)", "size is of a subclass of Ordinal"),
    ("s.open = s.first == size(Client)", "size is of a subclass of Ordinal"),
    ("s.open = total(s.holds) < 2", "total sums a map of numbers"),
    ("s.count = s.price(k, k)", "price takes 1 keys, not 2"),
    ("s.count = s.price(k, extra=k)", "does not call price"),
    ("del s.holds[c]", "nothing is deleted"),
    ("s.cuont = Count(1)", "Desk has no field cuont; did you mean count"),
    ("s.open = Colour.REED", "Colour has no member REED; did you mean RED"),
    ("s.open = Colour", "Colour is no value"),
    ("s.open = None", "None is nothing"),
    # Functions that do not run at once, or not as they are written
    ("s.open = True\nyield  # refused", "a text with `yield` never runs"),
    ("s.open = True\nx = lambda: (yield)  # refused", "a text with `yield` never runs"),
    ("if not SWITCH:\n    yield  # refused", "a text with `yield` never runs"),
    ("try:\n    s.open = s.holds[c]\nexcept Exception:\n    s.open = False", "for `try`"),
    ("with open('x'):\n    s.open = True", "a text has no `with`"),
    ("raise Refused('x')", "for `raise` write require"),
    ("import os", "import at the top"),
    ("from os import environ", "import at the top"),
    ("global SWITCH", "for `global`"),
    ("class Other:\n    pass", "write the class at the top"),
    ("require((x := s.open), 'x')", "for `:=` write an assignment"),
    ("x = {Colour.RED, Colour.BLUE}", "a set has no order"),
    ("x = {y for y in WARM}", "a set has no order"),
    ("for x in WARM:\n    break  # refused", "for `break`"),
    ("for x in WARM:\n    pass\nelse:\n    s.open = True", "a text has no for x in WARM"),
    ("a, *b = WARM", "*b is no part of the state"),
    ("s.open = place(**{'colour': k, 'colours': WARM}) == 1", "for ** name each thing"),
    # What is written by people who know Python
    ("s.open = any_of(s.colour == x for x in WARM)", "write any_of(*(...))"),
    ("s.open.fill(False)", "s.open is one value, and no map; write s.open = ..."),
    ("holds[c] = True", "holds is not defined; for the field write s.holds"),
    ("s.colour = RED", "RED is not defined; did you mean Colour.RED?"),
    ("self.open = True", "self is not defined; define it at the top of the file"),
    ("s.first = Client.first", "its elements have no names; take one as a parameter"),
    ("s.first = Client(0)", "its elements have no names; take one as a parameter"),
    ("s.count = Count(n)", "a number of the state is one already"),
    ("s.colour = Colour(k)", "a member of the state is one already"),
    ("s.open = c.name == 'a'", "c has no name, as no value has"),
    ("s.open = s.first == None", "for what may be absent write a member"),
    ("s.count = 1.5", "write a whole number"),
    ("s.open = s.left.get(c) == 1", "read it as s.left[Client]"),
    ("s.open = s.price.items()", "call it, as in s.price(Colour)"),
    ("s.open = s.colour < Colour.RED", "a Colour is used as a number; compare with == and !="),
    ("s.count = s.open + 1", "a bool is used as a number; write ite(condition, 1, 0)"),
    ("print(s.open)", "leave it out"),
    ("s.shown.fill_by(lambda d, x: d == c)", "one key, here a tuple; write lambda k"),
    ("import random", "what is of the protocol alone"),
    # What comes after return
    ("return\ns.open = True  # refused", "nothing comes here, after return"),
    ("if SWITCH:\n    return\nelse:\n    return\npass  # refused", "nothing comes here"),
    ("for x in WARM:\n    return\n    s.open = True  # refused", "nothing comes here"),
    ("def f(x):\n    return x\n    return n  # refused\ns.count = f(n)", "nothing comes here"),
    # Functions that keep a name
    ("fs = [lambda: s.colour == x for x in WARM]", "keeps the name x"),
    ("for x in WARM:\n    f = lambda: s.colour == x  # refused\nrequire(f(), 'x')", "x=x"),
    ("for x in WARM:\n    def f():  # refused\n        return s.colour == x", "keeps the name x"),
    ("x = s.open\nf = lambda: x  # refused\nx = s.holds[c]\nrequire(f(), 'x')", "the name x"),
    ("fs = [lambda: forall(Client, lambda d: s.shown[d, x]) for x in WARM]", "the name x"),
    # What Python changes in place, whoever else has it
    ("xs = [1]\nys = xs\nys += [2]  # refused\ns.open = len(xs) == 2", "changes a list"),
    ("def f(xs):\n    xs += [1]  # refused\n    return len(xs)\nx = f([0])", "changes a list"),
    ("def f(x, xs=[0]):\n    xs *= 2  # refused\n    return len(xs)\nx = f(1)", "changes a list"),
    ("d = {0: 0}\nd |= {1: 0}  # refused\ns.open = len(d) == 2", "changes a dict"),
    # What is gone through once, is no list, or is made while names are bound again
    ("xs = (s.shown[c, x] for x in WARM)", "gone through at once; write tuple(...)"),
    ("xs = enumerate(WARM)", "gone through at once; write tuple(...)"),
    ("if zip(()):\n    s.open = s.keeps[c]", "gone through at once"),
    ("if not reversed(()):\n    s.open = s.keeps[c]", "gone through at once"),
    ("if (x for x in ()):\n    s.open = s.keeps[c]", "gone through at once"),
    ("if reversed((1,)) != [1]:\n    s.open = s.keeps[c]", "gone through at once"),
    ("if RANKS.keys() != [1]:\n    s.open = s.keeps[c]", "gone through at once"),
    ("if RANKS.items() == RANKS.items():\n    s.open = s.keeps[c]", "gone through at once"),
    ("if 1 in zip((1,)):\n    s.open = s.keeps[c]", "gone through at once"),
    ("x = zip((1,))[0]", "gone through at once"),
    ("x = len(enumerate(WARM))", "gone through at once"),
    ("x = max(RANKS.values(), RANKS.values())", "gone through at once"),
    ("t = (zip((1,), (2,)),)", "gone through at once"),
    ("t = {1: zip((1,), (2,))}", "gone through at once"),
    ("def f():\n    return zip((1,))  # refused\nx = f()", "gone through at once"),
    ("f = lambda: (x for x in WARM)\nx = f()", "gone through at once"),
    ("f = lambda x=zip(WARM): 1", "gone through at once"),
    ("x = place(k, zip(WARM))", "gone through at once"),
    ("n_ = 0\nfor x in (n_ for y in WARM):  # refused\n    n_ = x + 1", "binds its names"),
    ("n_ = 0\nfor x, y in zip((n_ for y in WARM), WARM):  # refused\n    n_ = 1", "binds its"),
    ("y = 0\nx = [y for z in WARM for y in (y for z in WARM)]  # refused", "y is not bound"),
    ("x = [y for y in WARM for y in (y for z in WARM)]", "binds its names"),
    ("b = 5\nx = [b for a in (1, 2) for b in (b,)]  # refused", "b is not bound yet"),
    ("x = tuple(zip(WARM, (1,), strict=True))", "argument 2 is shorter"),
    ("x = tuple(zip((c,), (1, 2), strict=True))", "argument 2 is longer"),
    # What Python gives for what is fixed, which here leads to what is refused
    ("x = 0 or 2\nif x != 1:\n    s.open = isinstance(n, int)  # refused", "isinstance"),
    ("x = 1 and 7\nif x == 7:\n    s.open = isinstance(n, int)  # refused", "isinstance"),
    ("x = () or (1, 2)\nif x:\n    s.open = isinstance(n, int)  # refused", "isinstance"),
    (
        "x = tuple(b for a in (1, 2) for b in ((b,) if a == 2 else (7,)))\n"
        "if x == (7, 7):\n    s.open = isinstance(n, int)  # refused",
        "isinstance",
    ),
    ("if ('%s' % Colour.RED) == 'RED':\n    s.open = True", "for `%` write a plain text"),
    ("if is_held < place:\n    s.open = True", "is_held is no value"),
    ("if is_held and SWITCH:\n    s.open = True", "for `and` write"),
    ("x = max(WARM, key=id)", "does not call max"),
    ("x = sorted((2, 1), key=place)", "does not call sorted"),
    ("x = {**RANKS}", "for ** name each thing"),
    ("s.count = sum([s.count, n], 1)", "sum takes one thing here"),
    ("x = {(1, []): c}", "unhashable type"),
    ("x = {[]: c for y in WARM}", "unhashable type"),
    ("x = 2 ** -1 == 1", "a float is no value"),
    ("def f(x: put(s, c, s.open)):  # refused\n    return x", "names no sort"),
    ("def f(x) -> Odd[s]:  # refused\n    return x", "Odd is not defined"),
    ("def f(x) -> RANKS[s]:  # refused\n    return x", "names no sort"),
    ("for x in range(1 << 17):\n    pass", "for `<<` multiply"),
    ("for x in range(100000):\n    pass", "more than 65,536 turns"),
    ("for x in range(300):\n    for y in range(300):  # refused\n        pass", "65,536 turns"),
    ("x = [y for z in range(300) for y in range(300)]", "65,536 turns"),
    ("x = tuple(range(10**9))", "this is too large"),
    ("x = sum(range(10**9))", "this is too large"),
    ("x = max(range(10**9))", "this is too large"),
    ("x = sorted(range(10**9))", "this is too large"),
    ("x = reversed(range(10**9))", "this is too large"),
    ("x = all(range(10**9))", "this is too large"),
    ("x = len('a' * 10**10)", "this is too large"),
    ("x = (0,) * 10**10", "this is too large"),
    ("x = 10**10 * [0]", "this is too large"),
    ("x = 2 ** 10**10", "this is too large"),
    ("x = (0 - 3) ** 10**10", "this is too large"),
    ("x = 'ab'\nfor y in range(40):\n    x += x  # refused", "this is too large"),
    ("x = 7\nfor y in range(40):\n    x = x * x  # refused", "this is too large"),
    ("def forall(a, b):\n    return True\ns.open = forall(Client, s.open)  # refused", "is a word"),
    # Effects where something is only said, and sayings where there should be effects
    ("require(forall(Client, lambda d: take(s, d)), 'x')  # not here", "only an action asks"),
    ("require(forall(Client, lambda d: require(s.holds[d], 'y')), 'x')", "only an action asks"),
    ("s.left.fill_by(lambda d: s.holds.reset())", "only an action asks"),
    ("s.open = s.keeps[c] & take(s, c)  # not here", "only an action asks"),
    ("s.open = ite(s.open, take(s, c), False)  # not here", "only an action asks"),
    ("x = [s.holds.fill(y) for y in (True, False)]", "only an action asks"),
    ("s.open == True", "this says nothing; write require"),
    ("not_(s.open)", "this says nothing; write require"),
    ("is_held(s, c)", "this says nothing; write require"),
    ("x = put(s, c, True)", "nothing is given for x"),
    ("s.open = clear(s.holds)", "nothing is no value"),
    ("require(s.open)", "require takes a condition and a reason"),
    ("require(s.open, '')", "require wants a reason"),
    ("require(s.open, ' ')", "require wants a reason"),
    ("require(s.open, 3)", "require wants a reason"),
    ("require(s.open, s.count)", "require wants a reason"),
    ("require(s.open, reason='x')", "leave out the names"),
    ("s.open = ite(s.open, True)", "ite takes a condition and two values"),
    ("s.open = not_(s.open, s.open)", "not_ takes one condition"),
    ("s.open = forall(lambda d: s.holds[d])", "write forall(Sort, lambda x: ...)"),
    ("s.open = forall(Client, s.open)", "a value of the state is no function"),
    ("s.open = forall(Client, lambda: s.open)", "the function takes nothing"),
    ("s.open = forall(Client, lambda d, e: s.holds[d])", "the function takes d, e"),
    ("s.open = forall(int, lambda d: s.open)", "int is no sort"),
    ("s.open = exists(c, lambda d: s.open)", "a value of the state is no sort"),
    ("s.open = exists(Client, not_)", "not_ is no function"),
    ("s.count = size(c)", "a value of the state is no sort"),
    ("s.count = total(s.count)", "total sums a map"),
    ("s.count = total(s.price)", "total sums a map"),
    ("s.holds.fill()", "fill of holds takes one thing"),
    ("s.holds.reset(True)", "reset of holds takes nothing"),
    ("s.holds.fill_by(True)", "a bool is no function"),
    ("x = Count(s.count)", "does not call Count"),
    ("x = Colour(s.count)", "does not call Colour"),
    ("x = Client(0)", "does not call Client"),
    # What is hidden
    ("require(random.random() < 1, 'x')", "random.random is not of the protocol"),
    ("require(time.time() < 1, 'x')", "a text depends on the state"),
    ("require(os.environ['X'] == '1', 'x')", "a text depends on the state"),
    ("s.count = math.gcd(4, 6)", "a text depends on the state"),
    ("require(open('x') == '1', 'x')", "does not call open"),
    ("require(input() == '1', 'x')", "does not call input"),
    ("print(s.open)", "does not call print"),
    ("require(eval('s.open'), 'x')", "does not call eval"),
    ("require(unknown(s), 'x')", "unknown is not defined"),
    ("require(islheld(s, c), 'x')", "did you mean is_held"),
    ("WARM[0] = Colour.RED", "WARM[0] is no part of the state"),
    ("is_held.calls = 1", "is_held.calls is no part of the state"),
    ("WARM.append(Colour.BLUE)", "WARM.append"),
    ("xs = []\nxs.append(s.open)  # refused", "xs.append"),
    ("s.open = later\nlater = True", "later is not"),
    ("x = y\ny = True", "y is not bound yet"),
]

REFUSED_ACTIONS += [
    ("return s.open  # not here", "what an action returns is lost; write require"),
]
REFUSED_SAYINGS = [
    ("s.open = True\nreturn s.open", "only an action asks and writes"),
    ("s.holds.fill(False)\nreturn s.open", "only an action asks and writes"),
    ("require(s.open, 'x')\nreturn s.open", "only an action asks and writes"),
    ("return take(s, s.first)  # not here", "only an action asks and writes"),
    ("x = s.open  # not here", "it returns nothing; return what it says"),
    ("return s.open is False", "write =="),
    ("return s.count  # not here", "it returns no condition; compare what it returns"),
    ("return s.open, s.open  # not here", "it returns no condition; compare what it returns"),
    ("raise ValueError('x')", "a property returns its condition"),
    ("assert s.open", "a property returns its condition"),
    ("return s.holds == s.keeps", "compare at each key"),
    ("return all(s.open for d in WARM)", "all; write all_of"),
    # An implication that stands elsewhere than where it is used
    ("x = implies(s.open, s.open)\nreturn x", "x keeps an implication; write it where it is used"),
    ("x = not_(implies(s.open, s.open)) | s.open\nreturn x", "x keeps an implication"),
    ("x = ite(s.open, implies(s.open, s.open), s.open)\nreturn x", "x keeps an implication"),
    ("xs = [implies(s.open, s.open)]\nreturn all_of(*xs)", "xs keeps an implication"),
    ("x, y = s.open, implies(s.open, s.open)\nreturn x & y", "y keeps an implication"),
    ("x = forall(Client, lambda d: implies(s.holds[d], s.open))\nreturn x", "x keeps an"),
    ("return all_of(*[x for x in (implies(s.open, s.open),)])", "x keeps an implication"),
    ("f = lambda x=implies(s.open, s.open): x  # refused\nreturn f()", "x keeps an implication"),
    ("def f(x):  # refused\n    return x\nreturn f(implies(s.open, s.open))", "x keeps an"),
    ("def f():\n    return implies(s.open, s.open)\nx = f()  # refused\nreturn x", "x keeps an"),
    ("x = s.holds[ite(implies(s.open, s.open), s.first, s.first)]\nreturn x", "x keeps an"),
]

# Names from outside: what stands before the text, the text, and the mend.
REFUSED_OUTSIDE = [
    ("TWICE = 1\nTWICE = 2", "s.count = Count(TWICE)", "TWICE is bound several times"),
    ("if SWITCH:\n    ONE = 1\nelse:\n    ONE = 2", "s.count = Count(ONE)", "bound several times"),
    ("for looped in (1, 2):\n    pass", "s.count = Count(looped)", "bound several times"),
    ("N = 1\nN += 1", "s.count = Count(N)", "N is bound several times"),
    ("N = 1\ndef up():\n    global N\n    N = 2", "s.count = Count(N)", "bound several times"),
    ("globals()['N'] = 1", "s.count = Count(N)", "can be bound again"),
    ("D = {1: 2}\nD[3] = 4", "s.count = Count(D[1])", "D is changed in"),
    ("D = {1: 2}\ndef up():\n    D.update({})", "s.count = Count(D[1])", "D is changed in"),
    ("globals().update(LIMIT=5)", "s.count = Count(LIMIT)", "can be bound again"),
    ("def g():\n    setattr(g, 'x', 1)", "s.count = Count(LIMIT)", "can be bound again"),
    ("def f(n=1):\n    return n\nf.__defaults__ = (2,)", "s.count = f()", "can be bound again"),
    (
        "class Odd(Ordinal):\n    def __new__(cls, n):\n        return int.__new__(cls, 3)",
        "s.count = Odd(1)",
        "Odd is a class that is no sort",
    ),
    (
        "class Odd(Enum):\n    A = 0\n    @property\n    def value(self):\n        return 3",
        "s.count = Odd.A.value",
        "Odd is a class that is no sort",
    ),
    (
        "class Odd(Enum):\n    A = 0\n    @classmethod\n    def _missing_(cls, n):\n"
        "        return cls.A",
        "s.open = Odd(3) == Odd.A",
        "Odd is a class that is no sort",
    ),
    ("D = ({1: 2},)\nD[0][3] = 4", "s.count = Count(D[0][1])", "D is changed in"),
    ("D = {1: 2}\nE = D\nE[3] = 4", "s.count = Count(D[1])", "E is changed in"),
    ("D = {1: 2}\nE = {1: D}\nD[3] = 4", "s.count = Count(E[1][1])", "D is changed in"),
    ("D = {1: 2}\ndef f(d=D):\n    return d[1]", "s.count = f()", "the default of d is a mapping"),
    (
        "class V(Enum):\n    A = {1: 2}\nV.A.value[3] = 4",
        "s.count = Count(V.A.value[1])",
        "value is changed in",
    ),
    (
        "class T(tuple):\n    def __len__(self):\n        return 7\nL = T((1, 2))",
        "s.count = Count(len(L))",
        "L is a T",
    ),
    (
        "class Odd(Ordinal):\n    def __iadd__(self, n):\n        return 3\nL = Odd(1)",
        "x = L\nx += 1\ns.count = x",
        "L is an Odd",
    ),
    (
        "class Odd(Enum):\n    A = 0\n    def __get__(self, one, cls):\n        return 3",
        "s.open = Odd.A == 3",
        "Odd is a class that is no sort",
    ),
    (
        "class C:\n    def f(n):\n        return n\nf = C.f",
        "s.count = f(n)",
        "f is no function that a file has",
    ),
    ("L = [1, 2]", "s.count = Count(L[0])", "L is a list; write a tuple"),
    ("L = (1, [2])", "s.count = Count(L[0])", "a part of L is a list"),
    ("L = {1, 2}", "s.count = Count(len(L))", "L is a set"),
    ("F = 0.5", "s.count = s.count * F", "F is a float"),
    ("B = b'x'", "require(s.count == B, 'x')", "B is a bytes"),
    ("N = None", "require(s.open == N, 'x')", "N is nothing"),
    ("class C:\n    N = 3", "s.count = Count(C.N)", "C is a class that is no sort"),
    ("class C:\n    N = 3\nc_ = C()", "s.count = Count(c_.N)", "c_ is a C; a text names"),
    ("double = lambda n: n + n", "s.count = double(n)", "write a function with def"),
    ("f = functools.partial(place, Colour.RED)", "s.count = f(WARM)", "f is a partial"),
    (
        "@functools.lru_cache\ndef f(n):\n    return n",
        "s.count = f(n)",
        "f is a _lru_cache_wrapper",
    ),
    (
        "def wrap(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n"
        "@wrap\ndef f(n):\n    return n",
        "s.count = f(n)",
        "takes any number of things",
    ),
    (
        "def wrap(f):\n    @functools.wraps(f)\n    def inner(n):\n"
        "        return random.random()\n    return inner\n@wrap\ndef f(n):\n    return n",
        "s.count = f(n)",
        "random.random is not of the protocol",
    ),
    ("exec('def f(n):\\n    return n')", "s.count = f(n)", "can be bound again"),
    ("def f(n, seen=[]):\n    return n", "s.count = f(n)", "the default of seen is a list"),
    ("def f(n):\n    return f(n - 1)", "s.count = f(n)", "f calls itself"),
    ("def f(n):\n    return n is n", "s.open = f(n)", "write =="),
    ("def f(n):\n    try:\n        return n\n    finally:\n        pass", "s.count = f(n)", "try"),
    ("async def f(n):\n    return n", "s.count = f(n)", "write it without async"),
    ("def f(n):\n    f.calls = 1\n    return n", "s.count = f(n)", "f.calls is no part of"),
    ("def f(*n):\n    return n[0]", "s.count = f(n)", "takes any number of things"),
    ("def f(**n):\n    return n['n']", "s.count = f(n=n)", "takes any number of things"),
    ("def f(n):\n    return n", "s.count = f(n, n)", "f takes n, and is given 2; match them"),
    ("def f(n):\n    pass", "s.count = f(n)", "nothing is no value"),
    ("def ite(a, b, c):\n    return b", "s.count = ite(s.open, n, n)", "ite is a word"),
    ("def require(a, b):\n    pass", "require(s.open, 'x')", "require is a word"),
    (
        "def box():\n    cell = 1\n    def f(n):\n        return n + cell\n    cell = 2\n"
        "    return f\nf = box()",
        "s.count = f(n)",
        "cell is bound several times",
    ),
    (
        "def box():\n    cell = 1\n    def f(n):\n        return n + cell\n"
        "    def up():\n        nonlocal cell\n        cell = 2\n    return f\nf = box()",
        "s.count = f(n)",
        "cell is bound several times",
    ),
    (
        "def box():\n    for x in (1, 2):\n        def f(n):\n            return n + x\n"
        "    return f\nf = box()",
        "s.count = f(n)",
        "x is bound several times",
    ),
    (
        "class Odd(Enum):\n    A = 0\n    def __eq__(self, other):\n        return True\n"
        "    def __hash__(self):\n        return 0",
        "require(Odd.A == Odd.A, 'x')",
        "Odd",
    ),
    (
        "class Odd(Ordinal):\n    def __add__(self, other):\n        return 0",
        "s.count = Odd(1) + n",
        "Odd",
    ),
]

ACCEPTED_ACTIONS = [
    "require(s.open, REASON)\ns.open = False",
    "require(s.open & not_(s.holds[c]), 'x')\ns.holds[c] = True",
    "if SWITCH:\n    s.open = True\nelse:\n    s.open = False",
    "if LIMIT > 2 and not SWITCH:\n    s.open = True",
    "if s.strict(Colour.GREEN):\n    s.open = True",
    "if SWITCH:\n    s.open = True\n    return\ns.open = False",
    "s.count = Count(1) if 0 < LIMIT < 4 else Count(2)",
    "for x in Colour:\n    s.shown[c, x] = x in WARM",
    "for x in Colour:\n    s.shown[c, x] = x == k",
    "for i in range(3):\n    s.count = ite(s.count == i, n, s.count)",
    "for x, rank in RANKS.items():\n    s.count = ite(k == x, Count(rank), s.count)",
    "require(any_of(*(s.colour == x for x in WARM)), 'x')",
    "require(all_of(*[s.colour != x for x in Colour if x != Colour.RED]), 'x')",
    "require(s.colour != Colour['RED'], 'x')",
    "held = s.left[c]\nheld += 1\ns.left[c] = held",
    "a, b = s.count, s.left[c]\ns.count, s.left[c] = b, a",
    "s.count += 1\ns.count -= 1\ns.count *= n\ns.count //= 2\ns.count %= 3",
    "s.open |= s.holds[c]\ns.open &= s.keeps[c]\ns.open ^= True",
    "s.left.fill_by(lambda d: ite(d == c, n, s.left[d]))",
    "s.shown.fill_by(lambda at: (at[0] == c) & (at[1] == k))",
    "s.shown.fill_by(lambda at: s.shown[at])",
    "s.left.reset()\ns.holds.fill(s.open)",
    "clear(s.holds)\nput(s, c, True)",
    "put(s, held=s.keeps[c], c=c)",
    "s.open = take(s, c)",
    "s.count = place(k, WARM)",
    "s.count = place(k, (Colour.BLUE, Colour.RED))",
    "s.count = counts(s, lambda x: s.shown[c, x])",
    "s.count = sum([n, s.count], start=1)",
    "f = lambda d, held=s.open: s.holds[d] == held\ns.open = exists(Client, f)",
    "def f(d):\n    return s.holds[d]\ns.open = forall(Client, f)",
    "s.open = forall(Client, Colour, lambda d, x: implies(s.shown[d, x], is_held(s, d)))",
    "for x in WARM:\n    s.open = forall(Client, lambda d: s.shown[d, x])",
    "s.count = size(Count) - 1",
    "s.count = ite(total(s.left) < size(Count), total(s.left), 0)",
    "s.count = s.price(k)\ns.open = s.strict(Colour.RED)",
    "m = s.holds\nm[c] = True",
    "t = s\nt.open = True",
    "x: int = 0\ns.count = Count(x)",
    "require(few(s), 'few')\ns.count = n",
    "'a text'\npass",
    "s.count = (Count(1), Count(2))[len(WARM) - 1]",
    "s.count = 2 ** 1 - 1",
    "s.open = 2 ** 256 > (0 - 1) ** 10**10",
    "s.open = len(range(10**9)) == 10**9",
    "s.colour = WARM[1:][0]",
    "s.count = max(RANKS.values())",
    "s.count = {x: n for x in Colour}[Colour.RED]",
    "s.open = any(x == Colour.RED for x in WARM)",
    "s.open = (s.count > 1) == s.holds[c]",
    "x = 0 or LIMIT\nif x == 3:\n    s.count = n",
    "x = SWITCH and LIMIT\ns.count = x",
    "xs = (1,)\nys = xs\nys += (2,)\ns.count = Count(len(xs))",
    "xs = [n]\nxs = xs + [1]\ns.count = sum(xs)",
    "s.open = any_of(*(x == k for x in WARM))",
    "for x in tuple(x for x in WARM):\n    s.open = x == k",
    "for x, y in zip(WARM, (n, s.count), strict=True):\n    s.count = ite(k == x, y, s.count)",
    "for i, (x, y) in enumerate(zip(WARM, RANKS.values())):\n    s.count = Count(i)",
    "s.count = dict(zip(WARM, range(2)))[Colour.GREEN]",
    "s.count = sum((n for x in WARM), start=s.count)",
    "s.count = max((x for x in RANKS.values()), default=0)",
    "def f(x: Count, y: tuple[Count, bool]) -> Count:\n    return x + y[0]\n"
    "s.count = f(n, (s.count, True))",
    "s.count = [a + b for a in (1, n) for b in (a, 1)][3]",
]


def line_of(module_file: Path, text: str) -> int:
    """The line that has to be named: the marked one, or the first of the text."""
    lines = module_file.read_text().splitlines()
    marked = [n for n, line in enumerate(lines, 1) if line.endswith("# refused")]
    return marked[0] if marked else len(lines) - lines[::-1].index(f"    {text.splitlines()[0]}")


def assert_refused(folder: Path, text: str, mend: str, *, says: bool, before: str = "") -> None:
    with pytest.raises(MachineError) as refused:
        loaded(folder, text, says=says, before=before)
    said = str(refused.value)
    assert "\n" not in said
    assert (": in desk." if before else ": in desk.text: ") in said
    assert mend in said
    assert refused.value.at is not None
    if "not here" not in text and not before:
        assert refused.value.at[1] == line_of(folder / "desk_file.py", text), said


@pytest.mark.parametrize(("text", "mend"), REFUSED_ACTIONS)
def test_an_action_is_refused_with_its_mend(text: str, mend: str, tmp_path: Path) -> None:
    assert_refused(tmp_path, text, mend, says=False)


@pytest.mark.parametrize(("text", "mend"), REFUSED_SAYINGS)
def test_a_property_is_refused_with_its_mend(text: str, mend: str, tmp_path: Path) -> None:
    assert_refused(tmp_path, text, mend, says=True)


@pytest.mark.parametrize(("before", "text", "mend"), REFUSED_OUTSIDE)
def test_what_a_text_names_is_refused(before: str, text: str, mend: str, tmp_path: Path) -> None:
    assert_refused(tmp_path, text, mend, says=False, before=before)


@pytest.mark.parametrize("text", ACCEPTED_ACTIONS)
def test_what_is_accepted_is_read_alike(text: str, tmp_path: Path) -> None:
    machine = loaded(tmp_path, text, says=False).desk
    agreement = Agreement(machine, machine.scope())
    [act] = machine.actions
    for seed in range(2):
        for before, args in agreement.varied(act, seed):
            agreement.check(before, act, args)


def test_a_mapping_that_is_changed_unseen_is_refused(tmp_path: Path) -> None:
    """What a text was followed with is what it is read with, at each reading."""
    hides = "D = {1: 2}\ndef up(d):\n    d[1] = True"
    module = loaded(tmp_path, "s.count = Count(D[1])", before=hides)
    [act] = module.desk.actions
    module.desk.read(act, module.desk.scope())
    module.up(module.D)
    with pytest.raises(MachineError, match="D was changed; write all of it at once"):
        module.desk.read(act, module.desk.scope())
    module.D[1] = 2


FIXED = [
    "0 or () or LIMIT",
    "1 and 'x' and (7, SWITCH)",
    "(not 3, -LIMIT, LIMIT ** 2, -7 // 2, -7 % 2, True + 1, 6 ^ 3)",
    "(1 < LIMIT < 3, 1 == True, 'a' * 2 + 'b', 2 in (1, 2), Colour.RED in Colour)",
    "[(a, b) for a in (1, 2) for b in ((b,) if a == 2 else (7, 8))]",
    "[y for y in (1, 2) for y in (y, y + 1) if y % 2]",
    "{x: RANKS[x] for x in WARM if RANKS[x] > 1}",
    "tuple(zip(WARM, RANKS.values(), range(5)))",
    "list(enumerate(reversed(WARM), 1))",
    "dict(zip((1, True, 0), WARM + WARM))",
    "(sum((1, 2), 3), max(RANKS.values()), min((), default=4), sorted(RANKS.values()))",
    "(any(x > 1 for x in (0, 2)), all(()), len({1: 2, True: 3}), WARM[::-1])",
    "(Count(3) + 1, Colour(1), Colour['BLUE'].value, Colour.RED.name, list(Colour))",
    "(lambda a, b=LIMIT: (b, a))(a=2) == (3, 2)",
]


@pytest.mark.parametrize("expression", FIXED)
def test_what_is_fixed_is_what_python_computes(expression: str, tmp_path: Path) -> None:
    fixed = f"def fixed():\n    return {expression}"
    module = loaded(tmp_path, "x = fixed()", before=fixed)
    [followed] = grammar._known[module.fixed].values()
    computed = module.fixed()
    assert followed == computed
    assert repr(followed) == repr(computed)


# What is followed, and what is not


@pytest.mark.parametrize(
    "machine",
    [*(subject.machine for subject in SUBJECTS.values()), one_step, two_requests],
    ids=lambda machine: machine.name,
)
def test_every_text_of_the_project_is_followed(machine: Machine[Any]) -> None:
    """Also where it was followed before, and with the functions of its example."""
    for function in list(grammar._known):
        del grammar._known[function]
    attrs.evolve(machine)
    assert machine.init in grammar._known
    assert all(act.text in grammar._known for act in machine.actions)
    assert all(text in grammar._known for text in machine.predicates)
    assert machine.exemplary(machine.scope())


def test_a_text_is_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutants are made by the thousand, and differ in one action each."""
    machine = attrs.evolve(find_machine("two_phase"), name="once")
    followed: list[object] = []
    follow = grammar.Follower._followed

    def count(self: grammar.Follower, function: FunctionType, *args: Any, **more: Any) -> object:
        followed.append(function)
        return follow(self, function, *args, **more)

    monkeypatch.setattr(grammar.Follower, "_followed", count)
    attrs.evolve(machine, name="again")
    assert not followed


def test_a_mutant_that_is_out_of_the_grammar_is_refused() -> None:
    """A changed text is followed as it was changed, not as its file has it."""
    act = find_machine("two_phase").actions[0]
    [tree] = ast.parse("def changed(s):\n    require(s is s, 'x')").body
    assert isinstance(tree, ast.FunctionDef)
    space = {**vars(words), **act.text.__globals__}
    exec(compile(ast.Module([tree], []), act.text.__code__.co_filename, "exec"), space)
    changed = space["changed"]
    with pytest.raises(MachineError, match="no function that a file has"):
        find_machine("two_phase").with_action(attrs.evolve(act, text=changed))
    remade(changed, tree)
    with pytest.raises(MachineError, match="`is` asks for one Python object"):
        find_machine("two_phase").with_action(attrs.evolve(act, text=changed))


def test_code_that_is_not_what_is_written_is_refused(tmp_path: Path) -> None:
    """The place of a function can be feigned; what runs is then not what would be followed."""
    feigned = (
        "import sys\ndef is_open(s):\n    return s.open\n"
        "line = is_open.__code__.co_firstlineno\n"
        "source = '\\n' * (line - 1) + 'def is_open(s):\\n    return s.open is True'\n"
        "code = compile(source, __file__, 'exec').co_consts[0]\n"
        "type(is_open).__setattr__(is_open, '__code__', code)\n"
    )
    assert_refused(tmp_path, "s.open = is_open(s)", "no function", says=False, before=feigned)


@pytest.mark.parametrize("text", ["open = True", "count = 1; count += 1", "open: bool = True"])
def test_a_field_is_not_mistaken_for_a_name(tmp_path: Path, text: str) -> None:
    name = text[:5].strip(" :")
    said = f"{name} is given a value that nothing reads; for the field write s.{name}"
    assert_refused(tmp_path, text, said, says=False)


def test_a_signature_that_is_not_what_is_written_is_refused(tmp_path: Path) -> None:
    feigned = (
        "import inspect\ndef is_open(s, least=0):\n    return s.open\n"
        "is_open.__signature__ = inspect.signature(lambda s, least=1: s)\n"
    )
    said = "is_open is given a __signature__; its parameters say what it takes"
    assert_refused(tmp_path, "s.open = is_open(s)", said, says=False, before=feigned)


PARTS = (
    "init=odd_start",
    "always=(odd,)",
    "refuted=(odd,)",
    "sometimes=(odd,)",
    "lemmas=(odd,)",
    "assumptions=(odd,)",
    "ending=Ending(odd, (go,), (rank,))",
    "ending=Ending(few, (go,), (odd,))",
    "accountability=Accountability(('open',), (), (Role(of),), odd)",
    "accountability=Accountability(('open',), (), (Role(of),), few, bounds=(odd,))",
    "accountability=Accountability(('open',), (), (Role(odd_of),), few)",
    "accountability=Accountability(('open',), (), (Role(of, odd_of),), few)",
    "accountability=Accountability(('open',), (), (Role(of, None, odd_of),), few)",
    "accountability=Accountability(('open',), (), (Role(of, None, None, odd_of),), few)",
    "secrecy=Secrecy(('open',), alike=(odd,))",
)
ODD = """\
def odd_start(s):
    s.open = s.open is True
def odd(s):
    return s.open is True
def odd_of(s, c: Client):
    return s.open is True
def of(s, c: Client):
    return s.holds[c]
def rank(s):
    return s.count
@action
def go(s):
    s.open = True
machine = Machine(**{"name": "m", "state": Desk, "init": init, "actions": (go,), **dict(PART)})
"""


@pytest.mark.parametrize("part", PARTS)
def test_every_text_of_a_machine_is_held_to_the_grammar(part: str, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"in m.odd\w*: `is` asks for one Python object"):
        loaded(tmp_path, "pass", before=ODD.replace("PART", part))


@pytest.mark.parametrize("part", PARTS[1:])  # nothing is made of what init returns
@pytest.mark.parametrize("whole", ["s.holds", "(s.open, s.open)", "s.strict"])
def test_every_text_that_says_something_says_one_thing(
    part: str, whole: str, tmp_path: Path
) -> None:
    """None of them is a whole map, or several values."""
    before = ODD.replace("PART", part).replace("s.open is True", whole)
    said = "it returns no condition|a rank is a number, and|what is given away is one value, and"
    with pytest.raises(MachineError, match=rf"in m.odd\w*: ({said})") as refused:
        loaded(tmp_path, "pass", before=before.replace(f"s.open = {whole}", "s.open = True"))
    assert refused.value.at is not None
    assert refused.value.at[0] == str(tmp_path / "desk_file.py")


# Definitions are plain Python, and watched


@pytest.mark.parametrize(
    ("definition", "what"),
    [
        ("lambda colour: 3", r"desk.strict\(Colour.RED\) is 3, which is no bool"),
        ("lambda colour: colour", "which is no bool"),
        ("lambda colour: None", "is None, which is no bool"),
        ("lambda colour: next(flips)", "is True, and then False; let it depend on its keys alone"),
        ("lambda colour: {}[colour]", "KeyError"),
        ("lambda: True", "TypeError"),
    ],
)
def test_a_definition_is_computed_twice_and_held_to_its_sort(
    definition: str, what: str, tmp_path: Path
) -> None:
    flips = "import itertools\nflips = itertools.cycle((True, False))"
    with pytest.raises(MachineError, match=what) as refused:
        loaded(tmp_path, "s.open = s.strict(Colour.RED)", before=flips, strict=definition)
    assert refused.value.at is not None
    assert refused.value.at[0] == str(tmp_path / "desk_file.py")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("value", "sort", "is_one"),
    [
        (True, bool, True),
        (1, bool, False),
        (Side.EXECUTOR, Side, True),
        (0, Side, False),
        (3, Position, True),
        (4, Position, False),
        (-1, Position, False),
        (True, Position, False),
        (1.0, Position, False),
        (1, Value, True),
        (2, Value, False),
        (True, Value, False),
        ("1", Value, False),
    ],
)
def test_what_is_an_element_of_a_sort(value: object, sort: type, is_one: bool) -> None:
    assert is_element(value, sort, Scope({Position: 4, Value: 2})) is is_one


SEVERAL = {
    "class Both(Sort, Ordinal): ...": "Sort and Ordinal",
    "class Both(Ordinal, Sort): ...": "Ordinal and Sort",
    "class Both(Client, Count): ...": "Client and Count",
    "class Both(Count, Client): ...": "Count and Client",
    "class Both(Sort, Enum): ONE = 0": "Sort and Enum",
    "class Both(Ordinal, Enum): ONE = 0": "Ordinal and Enum",
    "class Both(str, Enum): ONE = 'one'": "str and Enum",
    "class Both(Sort, str): ...": "Sort and str",
    "class Mixed: ...\nclass Both(Sort, Mixed): ...": "Sort and Mixed",
    "class Lower(Sort, Ordinal): ...\nclass Both(Lower): ...": "Sort and Ordinal",
}
"""Classes of several bases, each with those."""


@pytest.mark.parametrize("text", SEVERAL)
def test_a_sort_has_one_base(text: str, tmp_path: Path) -> None:
    said = f"it has the bases {SEVERAL[text]}, so give it one"
    field, parameter = "Other.b: Both is no sort", "go: parameter b needs a sort as its type"
    state = "@state\nclass Other:\n    b: Both"
    act = "@action\ndef go(s: Desk, b: Both):\n    pass"
    for where, use in ((field, state), (parameter, act)):
        with pytest.raises(MachineError, match=rf"desk_file.py:\d+: {where}; {said}"):
            loaded(tmp_path, "pass", before=f"{text}\n{use}")


# Errors say where


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("@action\ndef go(s: Desk, c):\n    pass", 1, "parameter c needs a sort as its type"),
        ("@action\ndef go(s: Desk, c: 'Nobody'):\n    pass", 1, "name 'Nobody' is not defined"),
        ("action(len)", 1, "is no function; put @action above a def"),
        ("@state\nclass Other:\n    n: int", 1, "Other.n: int is no sort"),
        ("@state\nclass Other:\n    n: bool = True", 1, "Other.n has a value; write it in init"),
        ("@state\nclass Other:\n    n: bool\n    m = 3", 1, "Other.m is no field"),
        ("@state\nclass Other:\n    n: bool\n    def f(self): ...", 1, "Other.f is no field"),
        ("@state\nclass Other:\n    n: bool\n    def __bool__(self): ...", 1, "__bool__ is no"),
        ("\nMachine('m', Desk, init, (few,))", 2, "few is no action; put @action above it"),
        ("Machine('m', Desk, init, (init,))", None, "init is no action; put @action above it"),
        ("Machine('m', Client, init, ())", 1, "Client is no state; put @state above"),
        ("Machine('m', Desk, lambda s: None, ())", 1, "write a function with def"),
        ("Machine('m', Desk, init, (), always=few)", 1, "always is given as a tuple of functions"),
        ("Machine('m', Desk, init, (), always=(3,))", 1, "always is given as a tuple of functions"),
        ("Machine('m', Desk, init, (), always=(few, few))", 1, "few is given twice"),
        ("Machine('m', Desk, init, (), definitions={'x': len})", 1, "it defines 'x', which is no"),
    ],
)
def test_errors_of_a_machine_say_where(
    source: str, line: int | None, what: str, tmp_path: Path
) -> None:
    with pytest.raises(MachineError) as refused:
        loaded(tmp_path, "pass", before=source)
    assert what in str(refused.value)
    at = refused.value.at
    assert at is not None
    assert at[0] == str(tmp_path / "desk_file.py")
    if line and "few is no" not in what:
        assert at[1] == PRELUDE.count("\n") + line


def test_errors_keep_their_place_between_processes() -> None:
    error = MachineError("it is wrong; mend it", ("lock.py", 3))
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.at) == ("lock.py:3: it is wrong; mend it", ("lock.py", 3))


def test_any_error_while_a_text_runs_is_one_line_that_says_where() -> None:
    def text(s: object) -> bool:
        return [][3]

    with pytest.raises(MachineError) as refused:
        find_machine("die_hard").read_predicate(text)
    line = text.__code__.co_firstlineno + 1
    assert refused.value.at == (__file__, line)
    assert ": in die_hard.text: IndexError" in str(refused.value)


@pytest.mark.parametrize("whole", [lambda s: s.phase == s.pinned, lambda s: s.run != s.rerun])
def test_no_domain_reads_a_whole_map_or_function(whole: Callable[[Any], bool]) -> None:
    """Also of a text that nobody held to the grammar."""
    with pytest.raises(MachineError, match="a whole map or function is no value"):
        find_machine("hardened").read_predicate(whole)


@pytest.mark.parametrize("use", [bool, len, iter, lambda m: 3 in m, lambda m: m < m])
def test_a_whole_map_is_no_value(use: Callable[[Any], object]) -> None:
    with pytest.raises(MachineError, match="a whole map or function is no value"):
        find_machine("hardened").read_predicate(lambda s: bool(use(s.phase)))
