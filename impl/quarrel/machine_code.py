"""Machine code for Merkle trees over short leaves: BLAKE3 of `LANES` messages at a time.

LLVM is told what to do, instruction by instruction. A vector has a word of each message, and what
BLAKE3 (sections 2.2 to 2.6 of its paper) does to a word is done to a vector. A message is one byte,
and then words, and it is no longer than two chunks. Salts are drawn likewise: there a vector has a
word of each of as many blocks of output.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial, reduce
from itertools import chain
from typing import TypeAlias

from llvmlite import binding, ir

LANES = 8
BLOCK, HASH = 16, 8  # words
BLOCKS = 16  # of a chunk
MOST = 2 * BLOCKS * BLOCK  # words of a message
ROUNDS = 7
CHUNK_START, CHUNK_END, PARENT, ROOT, CONTEXT, MATERIAL = 1, 2, 4, 8, 32, 64  # flags
LEAF, NODE = 0, 1  # what a leaf is hashed behind, and an inner node
START = (
    *(0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A),
    *(0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19),
)
MIXED = (  # columns of the state, and then its diagonals
    *((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)),
    *((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)),
)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)  # of the words, for the next round

BYTE, WORD, SIZE = map(ir.IntType, (8, 32, 64))
VECTOR = ir.VectorType(WORD, LANES)
BYTES, WORDS, VECTORS = (kind.as_pointer() for kind in (BYTE, WORD, VECTOR))
Term: TypeAlias = ir.Value
Step: TypeAlias = Callable[[Term], Term]


def compiled(context: bytes, salt: int) -> binding.ExecutionEngine:
    """Functions for the processor that this runs on. They measure in bytes; all are whole words.

    `root(salts, data, length, size, found)` finds the root of the tree over leaves: each is the
    next salt, and then the next `size` of so much data, of which the last leaf can have less. It is
    put where there is room for the hash of each leaf and for two more.

    `root_of_opening(opening, start, length, size, found)` is the same, over what an opening has
    from there on. It begins with a secret as long as a salt, from which the salts follow. It takes
    room for these as well, in whole blocks. `begin()` goes before.

    Args:
        context: of the salts, as BLAKE3 derives them; at most a block.
        salt: of a salt.
    """
    module = ir.Module()
    compress = _define(module, "compress", [VECTORS, VECTORS, VECTOR, WORD, WORD], _compress)
    take = _define(module, "take", [VECTORS, SIZE, VECTORS], partial(_take, compress))
    takes = [WORD, WORDS, SIZE, WORDS, SIZE, SIZE, WORDS]
    hash_ = _define(module, "hash", takes, partial(_hash, take))
    fold = _define(module, "fold", [WORDS, SIZE], partial(_fold, hash_))
    takes = [WORDS, WORDS, SIZE, SIZE, WORDS]
    root = _define(module, "root", takes, partial(_root, hash_, fold, salt // 4))
    takes = [WORDS, WORD, WORDS, SIZE, SIZE, WORDS]
    expand = _define(module, "expand", takes, partial(_expand, compress))
    takes = [BYTES, SIZE, SIZE, SIZE, WORDS]
    key = ir.GlobalVariable(module, ir.ArrayType(WORD, BLOCK), "key")
    key.initializer = ir.Constant(key.value_type, None)
    key = key.bitcast(WORDS)
    _define(module, "begin", [], partial(_begin, expand, context, key))
    write = partial(_root_of_opening, expand, root, key, SIZE(salt))
    _define(module, "root_of_opening", takes, write)
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

    def copy(self, place: Term, other: Term, count: int) -> None:
        """Put as many elements as at a place at another."""
        for index in range(count):
            self.put(self.get(place, index), other, index)

    def same(self, one: Term, other: Term) -> Term:
        """Whether two numbers are the same."""
        return self.icmp_unsigned("==", one, other)

    def flags(self, *chosen: tuple[Term, int]) -> Term:
        """All flags that are chosen, as one word."""
        words = (self.select(choice, WORD(flag), WORD(0)) for choice, flag in chosen)
        return reduce(self.or_, words)

    def fewer(self, one: Term, other: Term) -> Term:
        """The lesser of two numbers."""
        return self.select(self.icmp_unsigned("<", one, other), one, other)

    def parts(self, count: Term, size: Term) -> Term:
        """How many parts there are of so many, the last of which can have fewer."""
        return self.udiv(self.sub(self.add(count, size), SIZE(1)), size)

    def spread(self, word: Term) -> Term:
        """A vector of one word."""
        first = self.insert_element(VECTOR(ir.Undefined), word, WORD(0))
        return self.shuffle_vector(first, first, _same(0))

    def turned(self, vector: Term, bits: int) -> Term:
        """A vector of words turned to the right."""
        return self.or_(self.lshr(vector, _same(bits)), self.shl(vector, _same(32 - bits)))

    def table(self, name: str, kind: Term, numbers: Iterable[int]) -> Term:
        """Where numbers of a kind stand that are known before."""
        held = ir.Constant.literal_array([*map(kind, numbers)])
        place = ir.GlobalVariable(self.module, held.type, name)
        place.initializer, place.global_constant = held, True
        return self.bitcast(place, kind.as_pointer())

    @contextmanager
    def loop(
        self, first: Term, goes: Step, after: Step, kept: list[Term] | None = None
    ) -> Iterator[Term]:
        """What is done with one number after another, while it goes.

        Args:
            kept: values that each finds as the one before left them in the list.
        """
        kept = [] if kept is None else kept
        before, (head, body, end) = self.block, [self.append_basic_block() for _ in range(3)]
        self.branch(head)
        self.position_at_end(head)
        starts = [first, *kept]
        found = [self.phi(start.type) for start in starts]
        number, *kept[:] = found
        self.cbranch(goes(number), body, end)
        self.position_at_end(body)
        yield number
        for phi, start, left in zip(found, starts, [after(number), *kept], strict=True):
            phi.add_incoming(start, before)
            phi.add_incoming(left, self.block)
        self.branch(head)
        self.position_at_end(end)
        kept[:] = found[1:]

    def each(
        self, count: Term, step: int = 1, kept: list[Term] | None = None
    ) -> AbstractContextManager[Term]:
        """What is done with the numbers below a count, or with one of every few."""
        return self.loop(
            SIZE(0),
            lambda number: self.icmp_unsigned("<", number, count),
            lambda number: self.add(number, SIZE(step)),
            kept,
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


def _compress(
    code: _Code, state: Term, block: Term, counter: Term, length: Term, flags: Term
) -> None:
    """Take a block, of so many bytes, into the state; behind it goes the rest of the output."""
    own = [code.get(state, index) for index in range(HASH)]
    ends = [counter, _same(0), code.spread(length), code.spread(flags)]
    mixed = [*own, *map(_same, START[:4]), *ends]
    orders = code.table("orders", SIZE, chain.from_iterable(_orders()))
    with code.each(SIZE(ROUNDS), kept=mixed) as number:  # written out, it takes long to compile
        order = code.on(orders, number, BLOCK)
        places = [code.gep(block, [code.get(order, index)]) for index in range(BLOCK)]
        _mix(code, mixed, [*map(code.load, places)])
    for index in range(HASH):
        other = mixed[index + HASH]
        code.put(code.xor(other, code.get(state, index)), state, index + HASH)
        code.put(code.xor(other, mixed[index]), state, index)


def _orders() -> Iterator[Sequence[int]]:
    """In which order each round takes the words."""
    order: Sequence[int] = range(BLOCK)
    for _ in range(ROUNDS):
        yield order
        order = [order[index] for index in ORDER]


def _mix(code: _Code, mixed: list[Term], words: Sequence[Term]) -> None:
    """A round: the state mixed with the words of a block."""
    for index, (a, b, c, d) in enumerate(MIXED):
        for word, first, second in ((words[2 * index], 16, 12), (words[2 * index + 1], 8, 7)):
            mixed[a] = code.add(code.add(mixed[a], mixed[b]), word)
            mixed[d] = code.turned(code.xor(mixed[d], mixed[a]), first)
            mixed[c] = code.add(mixed[c], mixed[d])
            mixed[b] = code.turned(code.xor(mixed[b], mixed[c]), second)


def _hash(take: Term, code: _Code, *arguments: Term) -> None:
    """So many messages: a first byte, the next words of the heads, and the next of the tails."""
    first, heads, head, tails, tail, count, found = arguments
    state = code.alloca(VECTOR, BLOCK)
    words = code.alloca(VECTOR, 1 + MOST + BLOCK)  # before them one that ends in the first byte
    code.put(code.spread(code.shl(first, WORD(24))), words)
    own, size = code.gep(words, [SIZE(1)]), code.add(head, tail)
    with code.each(SIZE(BLOCK)) as index:
        code.put(_same(0), code.on(code.on(own, size), index))
    with code.each(count, LANES) as at:
        _gather(code, code.on(heads, code.mul(at, head)), head, code.sub(count, at), own)
        _gather(
            code, code.on(tails, code.mul(at, tail)), tail, code.sub(count, at), code.on(own, head)
        )
        code.call(take, [words, size, state])
        _scatter(code, state, HASH, code.sub(count, at), code.on(found, at, HASH))


def _take(compress: Term, code: _Code, words: Term, size: Term, state: Term) -> None:
    """The state that messages of a byte and so many words come to, by one chunk or two."""
    block, left = code.alloca(VECTOR, BLOCK), code.alloca(VECTOR, HASH)
    last, rest = code.udiv(size, SIZE(BLOCK)), code.urem(size, SIZE(BLOCK))
    length = code.add(code.mul(rest, SIZE(4)), SIZE(1))
    joined = code.icmp_unsigned(">=", last, SIZE(BLOCKS))
    with code.each(code.add(last, SIZE(1))) as number:
        chunk, place = code.udiv(number, SIZE(BLOCKS)), code.urem(number, SIZE(BLOCKS))
        begins, ends = code.same(place, SIZE(0)), code.same(number, last)
        with code.if_then(begins):
            code.copy(state, left, HASH)
            _start(code, state)
        with code.each(SIZE(BLOCK)) as index:
            _shift(code, code.on(code.on(words, number, BLOCK), index), code.on(block, index))
        flags = code.flags(
            (begins, CHUNK_START),
            (code.or_(ends, code.same(place, SIZE(BLOCKS - 1))), CHUNK_END),
            (code.and_(ends, code.not_(joined)), ROOT),
        )
        taken = code.trunc(code.select(ends, length, SIZE(4 * BLOCK)), WORD)
        counter = code.spread(code.trunc(chunk, WORD))
        code.call(compress, [state, block, counter, taken, flags])
    with code.if_then(joined):
        code.copy(left, block, HASH)
        code.copy(state, code.gep(block, [SIZE(HASH)]), HASH)
        _start(code, state)
        ends = _same(0), WORD(4 * BLOCK), WORD(PARENT | ROOT)
        code.call(compress, [state, block, *ends])


def _start(code: _Code, state: Term) -> None:
    """What a state is before the first block."""
    for index, start in enumerate(START):
        code.put(_same(start), state, index)


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


def _scatter(code: _Code, columns: Term, size: int, count: Term, rows: Term) -> None:
    """Vectors as rows of so many words."""
    with code.each(code.fewer(count, SIZE(LANES))) as lane:
        column, row = code.on(code.bitcast(columns, WORDS), lane), code.on(rows, lane, size)
        for index in range(size):
            code.put(code.get(column, LANES * index), row, index)


def _fold(hash_: Term, code: _Code, found: Term, count: Term) -> None:
    """Of so many hashes, with room for one more, the root of the tree over them, in their place."""
    with code.loop(
        count,
        lambda left: code.icmp_unsigned(">", left, SIZE(1)),
        lambda left: code.sub(left, code.lshr(left, SIZE(1))),
    ) as left:
        pairs = code.lshr(left, SIZE(1))
        code.call(hash_, [WORD(NODE), found, SIZE(2 * HASH), found, SIZE(0), pairs, found])
        # an odd one waits for a level where there is another; of an even count, what is behind it
        odd, behind = code.on(found, pairs, 2 * HASH), code.on(found, pairs, HASH)
        code.copy(odd, behind, HASH)


def _root(hash_: Term, fold: Term, salt: int, code: _Code, *arguments: Term) -> None:
    salts, data, length, size, found = arguments
    whole, rest = code.udiv(length, size), code.urem(length, size)
    words, size, rest = SIZE(salt), *(code.udiv(bytes_, SIZE(4)) for bytes_ in (size, rest))
    code.call(hash_, [WORD(LEAF), salts, words, data, size, whole, found])
    salts, data = code.on(salts, whole, salt), code.on(data, code.mul(whole, size))
    last, place = code.fewer(rest, SIZE(1)), code.on(found, whole, HASH)
    code.call(hash_, [WORD(LEAF), salts, words, data, rest, last, place])
    code.call(fold, [found, code.add(whole, last)])


def _expand(compress: Term, code: _Code, *arguments: Term) -> None:
    """So many blocks that follow from a block of bytes, or fewer, in the mode of a flag."""
    key, flag, data, length, count, found = arguments
    state, block = code.alloca(VECTOR, BLOCK), code.alloca(VECTOR, BLOCK)
    for index in range(BLOCK):
        code.put(_same(0), block, index)
    with code.each(code.parts(length, SIZE(4))) as index:
        code.put(code.spread(code.load(code.on(data, index), align=1)), code.on(block, index))
    flags = code.or_(flag, WORD(CHUNK_START | CHUNK_END | ROOT))
    with code.each(count, LANES) as at:
        for index in range(HASH):
            code.put(code.spread(code.get(key, index)), state, index)
        counter = code.add(code.spread(code.trunc(at, WORD)), VECTOR([*range(LANES)]))
        code.call(compress, [state, block, counter, code.trunc(length, WORD), flags])
        _scatter(code, state, BLOCK, code.sub(count, at), code.on(found, at, BLOCK))


def _begin(expand: Term, context: bytes, key: Term, code: _Code) -> None:
    start = code.table("start", WORD, START)
    text = code.table("context", BYTE, context.ljust(4 * BLOCK, b"\0"))
    arguments = [WORD(CONTEXT), code.bitcast(text, WORDS), SIZE(len(context)), SIZE(1), key]
    code.call(expand, [start, *arguments])


def _root_of_opening(
    expand: Term, root: Term, key: Term, salt: Term, code: _Code, *arguments: Term
) -> None:
    opening, start, length, size, found = arguments
    secret, data = (code.bitcast(place, WORDS) for place in (opening, code.gep(opening, [start])))
    leaves = code.parts(length, size)
    salts = code.on(found, code.add(leaves, SIZE(2)), HASH)
    blocks = code.parts(code.mul(leaves, salt), SIZE(4 * BLOCK))
    code.call(expand, [key, WORD(MATERIAL), secret, salt, blocks, salts])
    code.call(root, [salts, data, length, size, found])
