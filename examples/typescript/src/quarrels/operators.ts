/**
 * The operators of a program ("Operators" in docs/formats/quarrels.md).
 *
 * A number of a value comes about in turns, of which each reads a few numbers of the operands.
 */

import { check } from "../ledger/fields.ts";

/** From here on integers are not computed with. */
export const EXACT = 2n ** 53n;

export type Attributes = readonly bigint[];
/** How many columns each operand has. */
export type Widths = readonly number[];

/** Between which bounds the numbers of a column lie. */
export type Bounds = { readonly least: bigint; readonly most: bigint };

/** Which turn of which number of a value is taken. */
export type Turn = {
  readonly column: number;
  readonly number: number;
  readonly widths: Widths;
  readonly attributes: Attributes;
};

/** Reads the number of an operand in a column; whether there is such a column, it decides. */
export type Read = (operand: number, column: bigint) => bigint;

export type Operator = {
  /** How many operands it takes; without, any number from one. */
  readonly operands?: number;
  readonly attributes: number;
  /** Which operands are constants. */
  readonly constants?: readonly number[];
  width(widths: Widths, attributes: Attributes): number;
  turns(widths: Widths, attributes: Attributes): number;
  /** Between which bounds its value lies, column by column, as its operands do. */
  bound(operands: readonly Bounds[][], attributes: Attributes): Bounds[];
  /** What a number has come to after a turn; before the first, it is 0. */
  take(turn: Turn, read: Read, soFar: bigint): bigint;
};

export function checkExact(reach: bigint): void {
  check(reach < EXACT, "exact");
}

/** The largest magnitude between some bounds. */
export function magnitude({ least, most }: Bounds): bigint {
  return largest([-least, most]);
}

function largest(numbers: readonly bigint[]): bigint {
  return numbers.reduce((a, b) => (b > a ? b : a));
}

function smallest(numbers: readonly bigint[]): bigint {
  return numbers.reduce((a, b) => (b < a ? b : a));
}

/** The bounds between which all numbers lie that lie between some. */
function around(bounds: readonly Bounds[]): Bounds {
  const [least, most] = [bounds.map((it) => it.least), bounds.map((it) => it.most)];
  return { least: smallest(least), most: largest(most) };
}

function sum(numbers: readonly bigint[]): bigint {
  return numbers.reduce((a, b) => a + b, 0n);
}

/** Division that rounds down. */
function divided(number: bigint, divisor: bigint): bigint {
  check(divisor !== 0n, "divisor");
  const quotient = number / divisor;
  const isExact = quotient * divisor === number;
  return isExact || number < 0n === divisor < 0n ? quotient : quotient - 1n;
}

type Numbers = readonly bigint[];
type Elementwise = {
  operands: number;
  attributes?: number;
  /** Whether a node can have such attributes. */
  allows?: (attributes: Attributes) => boolean;
  /** Whether there is a value for all operands between such bounds, in a column. */
  takes?: (operands: readonly Bounds[]) => boolean;
};

/** What makes each number of those in the same column of the operands, monotone in each of them. */
function elementwise(
  { operands, attributes = 0, allows = () => true, takes = () => true }: Elementwise,
  of: (numbers: Numbers, attributes: Attributes) => bigint,
): Operator {
  return {
    operands,
    attributes,
    width(widths, given) {
      check(allows(given), "attributes");
      const widest = Math.max(...widths);
      check(widths.every((width) => width === 1 || width === widest), "operands");
      return widest;
    },
    turns: () => 1,
    bound(bounds, given) {
      const width = Math.max(...bounds.map((operand) => operand.length));
      return Array.from({ length: width }, (_, column) => {
        const here = bounds.map((operand) => operand[operand.length === 1 ? 0 : column] as Bounds);
        check(takes(here), "bounds");
        const values = corners(here).map((corner) => of(corner, given));
        return { least: smallest(values), most: largest(values) };
      });
    },
    take({ column, widths, attributes: given }, read) {
      const numbers = widths.map((width, operand) => read(operand, BigInt(width > 1 ? column : 0)));
      return of(numbers, given);
    },
  };
}

/** The ends of some bounds, each combined with all of the others. */
function corners(bounds: readonly Bounds[]): bigint[][] {
  return bounds.reduce<bigint[][]>(
    (found, { least, most }) => found.flatMap((ends) => [[...ends, least], [...ends, most]]),
    [[]],
  );
}

/** What makes one number of each so many columns; the attribute says how many. */
function reduction(
  bound: (group: readonly Bounds[], size: bigint) => Bounds,
  next: (turn: Turn, read: (place: bigint) => bigint, soFar: bigint) => bigint,
): Operator {
  return {
    operands: 1,
    attributes: 1,
    width([width = 0], [size = 0n]) {
      check(size > 0n && BigInt(width) % size === 0n, "attributes");
      return width / Number(size);
    },
    turns: (_, [size = 0n]) => Number(size),
    bound([values = []], [size = 0n]) {
      const groups = values.length / Number(size);
      return Array.from({ length: groups }, (_, i) =>
        bound(values.slice(i * Number(size), (i + 1) * Number(size)), size),
      );
    },
    take(turn, read, soFar) {
      const [size = 0n] = turn.attributes;
      return next(turn, (place) => read(0, BigInt(turn.column) * size + place), soFar);
    },
  };
}

const CONCAT: Operator = {
  attributes: 0,
  width: (widths) => widths.reduce((a, b) => a + b),
  turns: () => 1,
  bound: (operands) => operands.flat(),
  take({ column, widths }, read) {
    let [left, operand] = [column, 0];
    for (const width of widths) {
      if (left < width) break;
      [left, operand] = [left - width, operand + 1];
    }
    return read(operand, BigInt(left));
  },
};

/** Of the first operand, the columns that the second one names. */
const GATHER: Operator = {
  operands: 2,
  attributes: 0,
  width: ([, named = 0]) => named,
  turns: () => 1,
  bound([values = [], named = []]) {
    const { least, most } = around(named);
    check(0n <= least && most < values.length, "bounds");
    if (named.every((it) => it.least === it.most)) {
      return named.map((it) => values[Number(it.least)] as Bounds);
    }
    const reached = around(values.slice(Number(least), Number(most) + 1));
    return named.map(() => reached);
  },
  take: ({ column }, read) => read(0, read(1, BigInt(column))),
};

/** A product with a matrix of constants, and a bias; so many columns at a time as it has rows. */
const MATMUL: Operator = {
  operands: 3,
  attributes: 0,
  constants: [1, 2],
  width([values = 0, weights = 0, units = 0]) {
    check(weights % units === 0, "operands");
    check(values % (weights / units) === 0, "operands");
    return (values / (weights / units)) * units;
  },
  turns: ([, weights = 0, units = 0]) => 1 + weights / units,
  bound([values = [], weights = [], bias = []]) {
    const [units, rows] = [bias.length, weights.length / bias.length];
    return Array.from({ length: (values.length / rows) * units }, (_, column) => {
      const [group, unit] = [Math.floor(column / units), column % units];
      const offset = (bias[unit] as Bounds).least;
      const products = Array.from({ length: rows }, (_, row) => {
        const weight = (weights[row * units + unit] as Bounds).least;
        const { least, most } = values[group * rows + row] as Bounds;
        const ends = [least * weight, most * weight];
        return { least: smallest(ends), most: largest(ends) };
      });
      checkExact(sum(products.map(magnitude)) + magnitude({ least: offset, most: offset }));
      const [least, most] = [products.map((it) => it.least), products.map((it) => it.most)];
      return { least: sum(least) + offset, most: sum(most) + offset };
    });
  },
  take({ column, number, widths: [, weights = 0, units = 0] }, read, soFar) {
    const [group, unit] = [Math.floor(column / units), column % units];
    if (number === 0) return read(2, BigInt(unit));
    const row = number - 1;
    const factor = read(0, BigInt(group * (weights / units) + row));
    return soFar + factor * read(1, BigInt(row * units + unit));
  },
};

const REDUCE_SUM = reduction(
  (group) => {
    checkExact(sum(group.map(magnitude)));
    return { least: sum(group.map((it) => it.least)), most: sum(group.map((it) => it.most)) };
  },
  ({ number }, read, soFar) => soFar + read(BigInt(number)),
);

const REDUCE_MAX = reduction(
  (group) => {
    const [least, most] = [group.map((it) => it.least), group.map((it) => it.most)];
    return { least: largest(least), most: largest(most) };
  },
  ({ number }, read, soFar) => {
    const found = read(BigInt(number));
    return number === 0 ? found : largest([soFar, found]);
  },
);

/** The place of the greatest number, so far: the first one, if there are several. */
const ARGMAX = reduction(
  (_, size) => ({ least: 0n, most: size - 1n }),
  ({ number }, read, soFar) => {
    const best = read(soFar);
    return read(BigInt(number)) > best ? BigInt(number) : soFar;
  },
);

type Two = [bigint, bigint];
type Three = [bigint, bigint, bigint];

export const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    CONCAT,
    GATHER,
    MATMUL,
    REDUCE_SUM,
    REDUCE_MAX,
    ARGMAX,
    ADD: elementwise({ operands: 2 }, sum),
    SUB: elementwise({ operands: 2 }, (numbers) => {
      const [a, b] = numbers as Two;
      return a - b;
    }),
    MUL: elementwise({ operands: 2 }, (numbers) => {
      const [a, b] = numbers as Two;
      return a * b;
    }),
    MAXIMUM: elementwise({ operands: 2 }, largest),
    MINIMUM: elementwise({ operands: 2 }, smallest),
    INTDIV: elementwise(
      { operands: 2, takes: ([, divisor]) => divisor !== undefined && divisor.least > 0n },
      (numbers) => divided(...(numbers as Two)),
    ),
    GREATER_EQUAL: elementwise({ operands: 2 }, (numbers) => {
      const [a, b] = numbers as Two;
      return a >= b ? 1n : 0n;
    }),
    SELECT: elementwise(
      { operands: 3, takes: ([by]) => by !== undefined && by.least >= 0n && by.most <= 1n },
      (numbers) => {
        const [by, one, other] = numbers as Three;
        return by !== 0n ? one : other;
      },
    ),
    CLAMP: elementwise(
      {
        operands: 1,
        attributes: 2,
        allows: (ends) => {
          const [least, most] = ends as Two;
          return -EXACT < least && least <= most && most < EXACT;
        },
      },
      ([number], ends) => {
        const [least, most] = ends as Two;
        return smallest([largest([number as bigint, least]), most]);
      },
    ),
    ARITHMETIC_RIGHT_SHIFT: elementwise(
      { operands: 1, attributes: 1, allows: ([bits = 0n]) => 0n <= bits && bits <= 52n },
      ([number], [bits]) => (number as bigint) >> (bits as bigint),
    ),
  }),
);
