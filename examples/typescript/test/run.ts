/** What an executor says of a run of a component that doubles the one number it is given. */

import type { Bytes } from "../src/bytes/bytes.ts";
import { type Bound, SALT, boundOf, digestOf, open } from "../src/bytes/commitments.ts";
import { digest, expand } from "../src/bytes/digest.ts";
import { Tensor, type Value, encode, littleEndian } from "../src/bytes/encoding.ts";
import { append, prove, root } from "../src/bytes/merkle.ts";
import { dictionary } from "../src/ledger/fields.ts";
import { ARITHMETIC } from "../src/quarrels/component.ts";
import { outlineDigest } from "../src/quarrels/outline.ts";
import { type Occasion, leafSalt, outputSalt, saltingKey, saltsOf } from "../src/quarrels/salts.ts";
import { claimed, stateDigest, stateOf } from "../src/quarrels/states.ts";
import { leafOf } from "../src/quarrels/statement.ts";
import { filled } from "./ledger.ts";

const NOTHING = new Uint8Array(0);
const NUMBER = 8;
const INPUTS = [[1n, -100n, 100n]];
const NODES = [["ADD", [0n, 0n], []]];

/** Its number is checked, doubled, and complete: three steps, which two rounds leave one of. */
export const ROUNDS = 2n;
export const HANDED = filled(30).subarray(0, SALT);
export const SALTING = saltingKey(HANDED);
export const COMPONENT = componentOf(NODES);
/** Another one. */
export const TRIPLED = componentOf([...NODES, ["ADD", [0n, 1n], []]]);
const OUTLINE = [[INPUTS, [], NODES], root([]), digest("secret", SALTING)];

function componentOf(nodes: Value): Bytes {
  const fields = { arithmetic: ARITHMETIC, inputs: INPUTS, constants: [], nodes };
  return encode(dictionary(fields));
}

/** What binds a step of a version to the component, by its secret. */
export function leaf(api: string, number: bigint, step: bigint, secret = HANDED): Bytes {
  return leafOf({ api, number, step }, leafSalt(secret), outlineDigest(COMPONENT, secret));
}

/** An opening of a number, or of no data. */
export function opening(salt: Bytes, number?: bigint): Bytes {
  return Buffer.concat([salt, number === undefined ? NOTHING : numberBytes(number)]);
}

/** The salt of what comes of an opening, by the component's secret. */
export function saltAfter(input: Bytes, occasion: Occasion, secret = HANDED): Bytes {
  return outputSalt({ salt: open(input).salt, key: saltingKey(secret) }, occasion);
}

function numberBytes(number: bigint): Bytes {
  return encode(new Tensor(64, [1, 1], [number]));
}

export type Statement = {
  readonly outline: Value;
  readonly salts: Value;
  readonly input: Value;
  readonly output: Value;
};

/** What an executor states of a step by its openings, and the salts of its run. */
export function stated(input: Bytes, output: Bytes, salts: readonly Bytes[]): Statement {
  const [before, after] = [input, output].map((each) => digest("secret", open(each).salt));
  const given = boundIn(input);
  return {
    outline: OUTLINE,
    salts: [leafSalt(HANDED), before as Bytes, after as Bytes, root(salts)],
    input: given instanceof Uint8Array ? given : [given.shape, given.root],
    output: digestOf(boundIn(output)),
  };
}

/** A run, from one opening to another, of which the number that comes out may be false. */
export class Run {
  readonly #input: Bytes;
  readonly #output: Bytes;
  readonly #number: bigint;
  readonly #claims: readonly Bytes[];
  readonly #block: Bytes;

  constructor(occasion: Occasion, input: Bytes, output: Bytes, number: bigint) {
    [this.#input, this.#output, this.#number] = [input, output, number];
    const secrets = { salt: open(input).salt, key: SALTING };
    const { claims, outputs } = saltsOf(secrets, occasion, Number(ROUNDS), [1]);
    [this.#claims, this.#block] = [claims, outputs[0]?.[0] as Bytes];
  }

  /** What it is about. */
  get stated(): Statement {
    return stated(this.#input, this.#output, this.#salts);
  }

  /** The same in bytes; some of it can be otherwise. */
  statement(other: Partial<Statement> = {}): Bytes {
    return encode(dictionary({ ...this.stated, ...other }));
  }

  /** What was held in the middle, which is claimed in the first round. */
  get middle(): Bytes {
    const block = Buffer.concat([this.#block, littleEndian(this.#number, 64)]);
    const values = [digestOf(this.#given)];
    const peaks = append([], 0, block);
    const state = stateDigest({ accumulator: 0n, values, peaks, rest: NOTHING });
    return claimed(state, this.#claims[0]);
  }

  /** What was held before the number is doubled, which is claimed in the second round. */
  get checked(): Bytes {
    return claimed(stateOf(digestOf(this.#given)), this.#claims[1]);
  }

  /** What is held at the end, which is claimed without a salt. */
  get complete(): Bytes {
    return stateOf(digestOf(this.#made));
  }

  /** The step in which the number is doubled. */
  get witness(): Bytes {
    const { salt, data } = open(this.#input);
    const read = [expand("salts", salt, SALT), data.subarray(-NUMBER), []];
    const step = {
      outline: OUTLINE,
      roots: [this.#given.root],
      accumulator: 0n,
      peaks: [],
      rest: NOTHING,
      read: [read, read],
      block: NOTHING,
    };
    const salts = [1, 0, 2].map((place) => [this.#salts[place], prove(this.#salts, place)]);
    return encode(dictionary({ step: dictionary(step), salts: salts as Value }));
  }

  get #salts(): Bytes[] {
    return [...this.#claims, this.#block];
  }

  get #given(): Exclude<Bound, Bytes> {
    return boundIn(this.#input) as Exclude<Bound, Bytes>;
  }

  get #made(): Bound {
    return boundIn(this.#output);
  }
}

function boundIn(some: Bytes): Bound {
  const { salt, data } = open(some);
  return boundOf(salt, data);
}
