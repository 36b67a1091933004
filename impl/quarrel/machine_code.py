"""Machine code for Merkle trees over short leaves: BLAKE3 of `LANES` messages at a time.

LLVM is told what to do, instruction by instruction. A vector has a word of each message, and what
BLAKE3 (section 2.2 of its paper) does to a word is done to a vector. A message is one byte, and
then words, and it is no longer than a chunk.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TypeAlias

from llvmlite import binding, ir

LANES = 8
CHUNK, BLOCK, HASH = 256, 16, 8  # words
ROUNDS = 7
CHUNK_START, CHUNK_END, ROOT = 1, 2, 8  # flags
NODE = 1  # what an inner node begins with
START = (
    *(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A),
    *(0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19),
)
MIXED = (  # columns of the state, and then its diagonals
    *((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)),
    *((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)),
)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)  # of the words, for the next round

WORD, SIZE = ir.IntType(32), ir.IntType(64)
VECTOR = ir.VectorType(WORD, LANES)
WORDS, VECTORS = WORD.as_pointer(), VECTOR.as_pointer()
Term: TypeAlias = ir.Value
Step: TypeAlias = Callable[[Term], Term]


def compiled() -> binding.ExecutionEngine:
    """Two functions, for the processor that this runs on. They measure in words.

    `hash(first, heads, head, tails, tail, count, found)` hashes so many messages: each is a first
    byte, then the next `head` words of the heads, and then the next `tail` words of the tails.
    `fold(found, count)` makes of so many hashes the root of the tree over them, in the place of the
    first; behind the last there is room for one more.
    """
    module = ir.Module()
    compress = _define(module, "compress", [VECTORS, VECTORS, WORD, WORD], _compress)
    takes = [WORD, WORDS, SIZE, WORDS, SIZE, SIZE, WORDS]
    hash_ = _define(module, "hash", takes, partial(_hash, compress))
    _define(module, "fold", [WORDS, SIZE], partial(_fold, hash_))
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=1,  # more takes longer, and is no faster
    )
    engine = binding.create_mcjit_compiler(binding.parse_assembly(str(module)), machine)
    engine.finalize_object()
    return engine


class _Code(ir.IRBuilder):  # type: ignore[misc]  # llvmlite has no types
    """The code of a function."""

    def on(self, place: Term, count: Term, size: int = 1) -> Term:
        """The place so many elements on, or so many times some."""
        return self.gep(place, [self.mul(count, SIZE(size))])

    def get(self, place: Term, index: int = 0) -> Term:
        """The element at an index."""
        return self.load(self.gep(place, [SIZE(index)]))

    def put(self, value: Term, place: Term, index: int = 0) -> None:
        """Put an element at an index."""
        self.store(value, self.gep(place, [SIZE(index)]))

    def fewer(self, one: Term, other: Term) -> Term:
        """The lesser of two numbers."""
        return self.select(self.icmp_unsigned("<", one, other), one, other)

    def spread(self, word: Term) -> Term:
        """A vector of one word."""
        first = self.insert_element(VECTOR(ir.Undefined), word, WORD(0))
        return self.shuffle_vector(first, first, _same(0))

    def turned(self, vector: Term, bits: int) -> Term:
        """A vector of words turned to the right."""
        return self.or_(self.lshr(vector, _same(bits)), self.shl(vector, _same(32 - bits)))

    @contextmanager
    def loop(self, first: Term, goes: Step, after: Step) -> Iterator[Term]:
        """What is done with one number after another, while it goes."""
        before, (head, body, end) = self.block, [self.append_basic_block() for _ in range(3)]
        self.branch(head)
        self.position_at_end(head)
        number = self.phi(SIZE)
        number.add_incoming(first, before)
        self.cbranch(goes(number), body, end)
        self.position_at_end(body)
        yield number
        number.add_incoming(after(number), self.block)
        self.branch(head)
        self.position_at_end(end)

    def each(self, count: Term, step: int = 1) -> AbstractContextManager[Term]:
        """What is done with the numbers below a count, or with one of every few."""
        return self.loop(
            SIZE(0),
            lambda number: self.icmp_unsigned("<", number, count),
            lambda number: self.add(number, SIZE(step)),
        )


def _define(module: Term, name: str, takes: Sequence[Term], write: Callable[..., None]) -> Term:
    """A function, as it is written into a module."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), takes), name)
    code = _Code(function.append_basic_block())
    write(code, *function.args)
    code.ret_void()
    return function


def _same(number: int) -> Term:
    """A vector of one number."""
    return VECTOR([number] * LANES)


def _compress(code: _Code, state: Term, block: Term, length: Term, flags: Term) -> None:
    """Take a block, of so many bytes, into the state; the block is used up."""
    held, chunk = code.alloca(VECTOR, 16), _same(0)
    own = [code.get(state, index) for index in range(8)]
    ends = [chunk, chunk, code.spread(length), code.spread(flags)]
    for index, vector in enumerate([*own, *map(_same, START[:4]), *ends]):
        code.put(vector, held, index)
    with code.each(SIZE(ROUNDS)):
        mixed = [code.get(held, index) for index in range(16)]
        words = [code.get(block, index) for index in range(16)]
        _mix(code, mixed, words)
        for index in range(16):
            code.put(mixed[index], held, index)
            code.put(words[ORDER[index]], block, index)
    for index in range(8):
        code.put(code.xor(code.get(held, index), code.get(held, index + 8)), state, index)


def _mix(code: _Code, mixed: list[Term], words: Sequence[Term]) -> None:
    """A round: the state mixed with the words of a block."""
    for index, (a, b, c, d) in enumerate(MIXED):
        for word, first, second in ((words[2 * index], 16, 12), (words[2 * index + 1], 8, 7)):
            mixed[a] = code.add(code.add(mixed[a], mixed[b]), word)
            mixed[d] = code.turned(code.xor(mixed[d], mixed[a]), first)
            mixed[c] = code.add(mixed[c], mixed[d])
            mixed[b] = code.turned(code.xor(mixed[b], mixed[c]), second)


def _hash(compress: Term, code: _Code, *arguments: Term) -> None:
    first, heads, head, tails, tail, count, found = arguments
    state, block = code.alloca(VECTOR, HASH), code.alloca(VECTOR, BLOCK)
    words = code.alloca(VECTOR, 1 + CHUNK + BLOCK)  # before them one that ends in the first byte
    code.put(code.spread(code.shl(first, WORD(24))), words)
    own, size = code.gep(words, [SIZE(1)]), code.add(head, tail)
    with code.each(SIZE(BLOCK)) as index:
        code.put(_same(0), code.on(code.on(own, size), index))
    with code.each(count, LANES) as at:
        _gather(code, code.on(heads, code.mul(at, head)), head, code.sub(count, at), own)
        _gather(
            code, code.on(tails, code.mul(at, tail)), tail, code.sub(count, at), code.on(own, head)
        )
        for index, start in enumerate(START):
            code.put(_same(start), state, index)
        last = code.udiv(size, SIZE(BLOCK))
        with code.each(code.add(last, SIZE(1))) as number:
            with code.each(SIZE(BLOCK)) as index:
                _shift(code, code.on(code.on(words, number, BLOCK), index), code.on(block, index))
            begins, ends = (code.icmp_unsigned("==", number, end) for end in (SIZE(0), last))
            flags = code.or_(
                code.select(begins, WORD(CHUNK_START), WORD(0)),
                code.select(ends, WORD(CHUNK_END | ROOT), WORD(0)),
            )
            rest = code.add(code.mul(code.urem(size, SIZE(BLOCK)), SIZE(4)), SIZE(1))
            length = code.trunc(code.select(ends, rest, SIZE(4 * BLOCK)), WORD)
            code.call(compress, [state, block, length, flags])
        _scatter(code, state, code.sub(count, at), code.on(found, at, HASH))


def _shift(code: _Code, words: Term, shifted: Term) -> None:
    """What stands from the last byte of a word on."""
    before, after = code.get(words), code.get(words, 1)
    code.put(code.or_(code.lshr(before, _same(24)), code.shl(after, _same(8))), shifted)


def _gather(code: _Code, rows: Term, size: Term, count: Term, columns: Term) -> None:
    """The words of rows as vectors. If there are too few rows, it is the last one once more."""
    last = code.sub(count, SIZE(1))
    lanes = [code.on(rows, code.mul(size, code.fewer(SIZE(i), last))) for i in range(LANES)]
    with code.each(size) as index:
        column = VECTOR(ir.Undefined)
        for lane, row in enumerate(lanes):
            word = code.load(code.on(row, index), align=1)
            column = code.insert_element(column, word, WORD(lane))
        code.put(column, code.on(columns, index))


def _scatter(code: _Code, columns: Term, count: Term, rows: Term) -> None:
    """Vectors as rows of the words of a hash."""
    with code.each(code.fewer(count, SIZE(LANES))) as lane:
        column, row = code.on(code.bitcast(columns, WORDS), lane), code.on(rows, lane, HASH)
        for index in range(HASH):
            code.put(code.get(column, LANES * index), row, index)


def _fold(hash_: Term, code: _Code, found: Term, count: Term) -> None:
    with code.loop(
        count,
        lambda left: code.icmp_unsigned(">", left, SIZE(1)),
        lambda left: code.sub(left, code.lshr(left, SIZE(1))),
    ) as left:
        pairs = code.lshr(left, SIZE(1))
        code.call(hash_, [WORD(NODE), found, SIZE(2 * HASH), found, SIZE(0), pairs, found])
        # an odd one waits for a level where there is another; of an even count, what is behind it
        odd, behind = code.on(found, pairs, 2 * HASH), code.on(found, pairs, HASH)
        for index in range(HASH):
            code.put(code.get(odd, index), behind, index)
