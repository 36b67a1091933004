/** Canonical bytes (docs/formats/encoding.md): of each value one sequence, and no other is read. */

export type Width = 8 | 16 | 32 | 64;

/** An array of signed integers of so many bits, in row-major order. */
export class Tensor {
  readonly bits: Width;
  readonly shape: readonly number[];
  readonly numbers: readonly bigint[];

  constructor(bits: Width, shape: readonly number[], numbers: readonly bigint[]) {
    this.bits = bits;
    this.shape = shape;
    this.numbers = numbers;
  }
}

export type Value =
  | bigint
  | Uint8Array
  | string
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | Tensor
  | boolean
  | null;

/** What is no value, or not the bytes of one; `code` is that of the page. */
export class NotCanonical extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`not canonical: ${code}`);
    this.code = code;
  }
}

const Major = { unsigned: 0, negative: 1, bytes: 2, text: 3, list: 4, map: 5, tag: 6, simple: 7 };
const SIMPLE = new Map<bigint, Value>([[20n, false], [21n, true], [22n, null]]);
const TENSOR_TAG = 40n;
const WIDTH_TAGS = new Map<Width, bigint>([[8, 72n], [16, 77n], [32, 78n], [64, 79n]]);
const WIDTHS = new Map([...WIDTH_TAGS].map(([width, tag]) => [tag, width]));
const DEPTH = 64;
const DIMENSIONS = 64;
const NUMBERS = 2n ** 40n;

function check(holds: boolean, code: string): asserts holds {
  if (!holds) throw new NotCanonical(code);
}

/** The bytes of a value. Throws `NotCanonical` if it has none. */
export function encode(value: Value): Uint8Array {
  return Buffer.concat([...parts(value, 0)]);
}

function* parts(value: Value, depth: number): Generator<Uint8Array> {
  check(depth <= DEPTH, "deep");
  if (typeof value === "bigint") {
    yield integer(value);
  } else if (typeof value === "string") {
    yield text(value);
  } else if (value instanceof Uint8Array) {
    yield head(Major.bytes, value.length);
    yield value;
  } else if (value instanceof Tensor) {
    yield* tensor(value);
  } else if (value instanceof Map) {
    yield head(Major.map, value.size);
    const pairs = [...value].map(([key, item]) => [text(key), item] as const);
    for (const [key, item] of pairs.sort(([a], [b]) => Buffer.compare(a, b))) {
      yield key;
      yield* parts(item, depth + 1);
    }
  } else if (Array.isArray(value)) {
    yield head(Major.list, value.length);
    for (const item of value) yield* parts(item, depth + 1);
  } else {
    const simple = [...SIMPLE].find(([, it]) => it === value);
    check(simple !== undefined, "kind");
    yield head(Major.simple, simple[0]);
  }
}

function integer(value: bigint): Uint8Array {
  check(-(2n ** 63n) <= value && value < 2n ** 64n, "range");
  return value < 0n ? head(Major.negative, -1n - value) : head(Major.unsigned, value);
}

function text(value: string): Uint8Array {
  check(typeof value === "string", "kind");
  check(value.isWellFormed(), "surrogate");
  const bytes = Buffer.from(value);
  return Buffer.concat([head(Major.text, bytes.length), bytes]);
}

function* tensor({ bits, shape, numbers }: Tensor): Generator<Uint8Array> {
  check(0 < shape.length && shape.length <= DIMENSIONS, "dimensions");
  check(shape.every((size) => Number.isSafeInteger(size) && size >= 0), "size");
  check(countOf(shape) === BigInt(numbers.length), "fill");
  const tag = WIDTH_TAGS.get(bits);
  check(tag !== undefined, "elements");
  yield head(Major.tag, TENSOR_TAG);
  yield head(Major.list, 2);
  yield head(Major.list, shape.length);
  for (const size of shape) yield head(Major.unsigned, size);
  yield head(Major.tag, tag);
  yield head(Major.bytes, (numbers.length * bits) / 8);
  for (const number of numbers) yield littleEndian(number, bits);
}

/** A number in two's complement, the least significant byte first. */
export function littleEndian(number: bigint, bits: Width): Uint8Array {
  check(BigInt.asIntN(bits, number) === number, "range");
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(number);
  return bytes.subarray(0, bits / 8);
}

/** How many numbers a tensor of this shape has. */
function countOf(shape: readonly number[]): bigint {
  const sizes = shape.map(BigInt);
  const limited = sizes.reduce((product, size) => product * (size || 1n), 1n);
  check(limited <= NUMBERS, "numbers");
  return sizes.reduce((product, size) => product * size, 1n);
}

/** The first byte, and the argument in the fewest bytes that hold it. */
function head(major: number, argument: bigint | number): Uint8Array {
  const bytes = Buffer.alloc(9);
  const size = [0, 1, 2, 4, 8].find((it) => argument < limitOf(it)) ?? 8;
  if (size > 0) bytes.writeBigUInt64BE(BigInt(argument) << BigInt(64 - 8 * size), 1);
  bytes[0] = major * 32 + (size > 0 ? 24 + Math.log2(size) : Number(argument));
  return bytes.subarray(0, 1 + size);
}

/** What an argument of so many bytes is below; without bytes of its own it is in the first one. */
function limitOf(size: number): bigint {
  return size > 0 ? 2n ** BigInt(8 * size) : 24n;
}

/** The value of these bytes. Throws `NotCanonical` if they are those of none. */
export function decode(bytes: Uint8Array): Value {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  check(reader.isAtEnd(), "trailing");
  return value;
}

type Head = { major: number; argument: bigint };

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next value, which stands in so many containers. */
  value(depth: number): Value {
    check(depth <= DEPTH, "deep");
    const { major, argument } = this.#head();
    switch (major) {
      case Major.unsigned:
        return argument;
      case Major.negative:
        check(argument < 2n ** 63n, "range");
        return -1n - argument;
      case Major.bytes:
        return Uint8Array.from(this.#take(argument));
      case Major.text:
        return this.#text(argument);
      case Major.list:
        return this.#list(argument, depth + 1);
      case Major.map:
        return this.#map(argument, depth + 1);
      case Major.tag:
        check(argument === TENSOR_TAG, "tag");
        return this.#tensor();
      default:
        return SIMPLE.get(argument) as boolean | null;
    }
  }

  #take(count: bigint): Buffer {
    check(count <= BigInt(this.#bytes.length - this.#at), "ended");
    const taken = this.#bytes.subarray(this.#at, this.#at + Number(count));
    this.#at += taken.length;
    return taken;
  }

  #head(): Head {
    const first = this.#take(1n).readUInt8();
    const [major, info] = [first >> 5, first & 31];
    if (major === Major.simple) check(SIMPLE.has(BigInt(info)), "simple");
    if (info < 24) return { major, argument: BigInt(info) };
    check(info < 28, "length");
    const size = 2 ** (info - 24);
    const argument = BigInt("0x" + this.#take(BigInt(size)).toString("hex"));
    check(argument >= limitOf(Math.floor(size / 2)), "longer");
    return { major, argument };
  }

  #text(length: bigint): string {
    const bytes = this.#take(length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new NotCanonical("utf-8");
    }
  }

  #list(count: bigint, depth: number): Value[] {
    const items: Value[] = [];
    for (let i = 0n; i < count; i++) items.push(this.value(depth));
    return items;
  }

  #map(count: bigint, depth: number): Map<string, Value> {
    const items = new Map<string, Value>();
    let before: Uint8Array | undefined;
    for (let i = 0n; i < count; i++) {
      const start = this.#at;
      const { major, argument } = this.#head();
      check(major === Major.text, "key");
      const key = this.#text(argument);
      const encoded = this.#bytes.subarray(start, this.#at);
      check(!items.has(key), "duplicate");
      check(before === undefined || Buffer.compare(before, encoded) < 0, "order");
      items.set(key, this.value(depth));
      before = encoded;
    }
    return items;
  }

  /** What stands behind the tag of a tensor. */
  #tensor(): Tensor {
    const pair = this.#head();
    check(pair.major === Major.list && pair.argument === 2n, "tag");
    const shape = this.#shape();
    const count = countOf(shape);
    const elements = this.#head();
    const bits = WIDTHS.get(elements.argument);
    check(elements.major === Major.tag && bits !== undefined, "elements");
    const content = this.#head();
    check(content.major === Major.bytes, "content");
    check(content.argument === (count * BigInt(bits)) / 8n, "fill");
    return new Tensor(bits, shape, numbersOf(this.#take(content.argument), bits));
  }

  #shape(): number[] {
    const { major, argument } = this.#head();
    check(major === Major.list && 0n < argument && argument <= DIMENSIONS, "dimensions");
    return Array.from({ length: Number(argument) }, () => {
      const size = this.#head();
      check(size.major === Major.unsigned, "size");
      return Number(size.argument);
    });
  }
}

function numbersOf(bytes: Buffer, bits: Width): bigint[] {
  const size = bits / 8;
  return Array.from({ length: bytes.length / size }, (_, i) =>
    size === 8 ? bytes.readBigInt64LE(i * 8) : BigInt(bytes.readIntLE(i * size, size)),
  );
}
