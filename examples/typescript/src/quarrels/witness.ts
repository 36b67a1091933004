/** Witnesses ("Witnesses" in docs/formats/quarrels.md): one step of a run, by digests alone. */

import { type Bytes, same } from "../bytes/bytes.ts";
import { SALT, blockCount, blockSize, digestOf } from "../bytes/commitments.ts";
import { NotCanonical, type Value, littleEndian } from "../bytes/encoding.ts";
import { append, rootOfPeaks, verify } from "../bytes/merkle.ts";
import { Malformed, check, readUnlimited, shaped, tuple } from "../ledger/fields.ts";
import { isWithin } from "./component.ts";
import { type Outline, parseOutline } from "./outline.ts";
import { GIVEN, type Place, type Plan, type Spot } from "./plan.ts";
import { GONE, type State, claimed, restOf, stateDigest } from "./states.ts";

const LARGEST = 65_536;
const NUMBER = 8;
const HASH = 32;

/** What the executor of a run is bound to. */
export type Run = {
  readonly outline: Outline;
  readonly plan: Plan;
  /** The root of the run's salts: of its rounds, and then of the blocks that are put out. */
  readonly salts: Bytes;
  readonly rounds: number;
};

/** In which rounds the states before and after a step were claimed; without, it is an end. */
export type Since = readonly [number | undefined, number | undefined];

type Salt = { readonly salt: Bytes; readonly proof: readonly Bytes[] };
type Block = Salt & { readonly numbers: Bytes };
/** What a step finds, with a block for each number that it reads. */
type Step = {
  readonly outline: Outline;
  /** Of the tensors that are held. */
  readonly roots: readonly Bytes[];
  readonly accumulator: bigint;
  readonly peaks: readonly Bytes[];
  readonly rest: Bytes;
  readonly read: readonly Block[];
  /** The numbers of the block that is not full, where the step adds to it. */
  readonly block: Bytes | undefined;
};
type Salts = readonly [Salt | undefined, Salt | undefined, Salt | undefined];
/** Without a step, nothing comes of the run any more. */
type Witness = { readonly step: Step | undefined; readonly salts: Salts };

const STEP = {
  outline: "anything",
  roots: "list",
  accumulator: "integer",
  peaks: "list",
  rest: "bytes",
  read: "list",
  block: "anything",
} as const;

/** What was claimed before the step after so many, and what is to be claimed after it. */
export function takeStep(run: Run, position: number, since: Since, data: Bytes): [Bytes, Bytes] {
  check(data.length <= LARGEST, "witness");
  const { step, salts } = parseWitness(data);
  const [before, after] = salts.map((shown) => shown?.salt);
  try {
    const states = step ? statesOf(run, position, since, step, salts) : gone(run, since, salts);
    return [claimed(states[0], before), claimed(states[1], after)];
  } catch (error) {
    if (error instanceof NotCanonical) throw new Malformed("witness"); // a number is too large
    throw error;
  }
}

function gone(run: Run, since: Since, salts: Salts): [Bytes, Bytes] {
  checkSalts(run, salts, [...since, undefined]);
  return [GONE, GONE];
}

/** The states before and after a step. */
function statesOf(
  run: Run,
  position: number,
  since: Since,
  step: Step,
  salts: Salts,
): [Bytes, Bytes] {
  const { plan, rounds } = run;
  check(same(step.outline.digest, run.outline.digest), "outline");
  const place = plan.place(position);
  check(step.peaks.length === onesOf(plan.fullBlocks(place)), "peaks");
  const output = plan.saltOf(place);
  checkSalts(run, salts, [...since, output === undefined ? undefined : rounds + output]);
  check((step.block !== undefined) === place.isLast, "block");
  const state = stateBefore(plan, step, place);
  const reading = new Reading(plan, step, place);
  const after = following(plan, step, place, state, reading, salts[2]?.salt);
  check(reading.isAtEnd, "read");
  return [stateDigest(state), after];
}

/** Checks that salts are shown just where they are used, and are those of the run. */
function checkSalts(
  { plan, salts: root, rounds }: Run,
  salts: Salts,
  places: readonly (number | undefined)[],
): void {
  const count = rounds + plan.blocks.reduce((a, b) => a + b, 0);
  for (const [i, shown] of salts.entries()) {
    const place = places[i];
    check((shown === undefined) === (place === undefined), "salts");
    if (shown === undefined || place === undefined) continue;
    check(verify(shown.salt, place, count, shown.proof, root), "salts");
  }
}

function stateBefore(plan: Plan, step: Step, place: Place): State {
  const held = plan.held(place.node);
  check(step.roots.length === held.length, "roots");
  const values = held.map((tensor, i) => valuesOf(plan, tensor, step.roots[i] as Bytes));
  return { accumulator: step.accumulator, values, peaks: step.peaks, rest: step.rest };
}

/** The digest of the state after a step. */
function following(
  plan: Plan,
  step: Step,
  place: Place,
  state: State,
  reading: Reading,
  salt: Bytes | undefined,
): Bytes {
  if (place.node === undefined) {
    const number = reading.number({ tensor: GIVEN, index: place.number });
    return isWithin(plan.program)(number, place.number) ? stateDigest(state) : GONE;
  }
  if (place.turn === undefined) return stateDigest(complete(plan, place.node, state));
  const total = reading.turn(place.node, place.turn);
  if (salt === undefined || step.block === undefined) {
    return stateDigest({ ...state, accumulator: total });
  }
  const count = plan.count(place.node + 1);
  return stateDigest(putOut(total, place.number, count, state, step.block, salt));
}

/** The state once the value of a node is complete. */
function complete(plan: Plan, node: number, { values, peaks }: State): State {
  const made = valuesOf(plan, node + 1, rootOfPeaks(peaks));
  const held = new Map(plan.held(node).map((tensor, i) => [tensor, values[i] as Bytes]));
  held.set(node + 1, made);
  const kept = plan.held(node + 1).map((tensor) => held.get(tensor) as Bytes);
  return { accumulator: 0n, values: kept, peaks: [], rest: new Uint8Array(0) };
}

/** The state once a number is put out, after so many of a value's. */
function putOut(
  number: bigint,
  before: number,
  count: number,
  { values, peaks, rest }: State,
  begun: Bytes,
  salt: Bytes,
): State {
  const size = blockSize(count);
  const full = Math.floor(before / size);
  check(begun.length === NUMBER * (before % size), "block");
  check(same(restOf(salt, begun), rest), "block");
  const block = Buffer.concat([begun, littleEndian(number, 64)]);
  const isFull = block.length === NUMBER * lengthOf(full, count);
  return {
    accumulator: 0n,
    values,
    peaks: isFull ? append(peaks, full, Buffer.concat([salt, block])) : peaks,
    rest: isFull ? new Uint8Array(0) : restOf(salt, block),
  };
}

function valuesOf(plan: Plan, tensor: number, root: Bytes): Bytes {
  return digestOf({ shape: [BigInt(plan.rows), BigInt(plan.width(tensor))], root });
}

/** How many numbers a block has, of so many in all. */
function lengthOf(block: number, count: number): number {
  const size = blockSize(count);
  return Math.min(size, count - size * block);
}

/** How many ones the binary digits of a number have: as many peaks has a tree of so many leaves. */
function onesOf(count: number): number {
  return [...count.toString(2)].filter((digit) => digit === "1").length;
}

/** How the numbers of a step are read: from the blocks that are shown, one by one. */
class Reading {
  readonly #plan: Plan;
  readonly #step: Step;
  readonly #place: Place;
  #read = 0;

  constructor(plan: Plan, step: Step, place: Place) {
    this.#plan = plan;
    this.#step = step;
    this.#place = place;
  }

  get isAtEnd(): boolean {
    return this.#read === this.#step.read.length;
  }

  /** What the next number of a node has come to after a turn. */
  turn(node: number, number: number): bigint {
    const { program } = this.#plan;
    const { operator, operands, attributes } = program.nodes[node] as (typeof program.nodes)[0];
    const width = this.#plan.width(node + 1);
    const [row, column] = [Math.floor(this.#place.number / width), this.#place.number % width];
    const widths = operands.map((value) => program.widths[value] as number);
    const read = (operand: number, at: bigint) => {
      check(0n <= at && at < (widths[operand] as number), "column");
      return this.number(this.#plan.spot(operands[operand] as number, row, Number(at)));
    };
    return operator.take({ column, number, widths, attributes }, read, this.#step.accumulator);
  }

  number({ tensor, index }: Spot): bigint {
    const block = this.#step.read[this.#read];
    check(block !== undefined, "read");
    this.#read += 1;
    const count = this.#countOf(tensor);
    const [number, place] = [Math.floor(index / blockSize(count)), index % blockSize(count)];
    check(block.numbers.length === NUMBER * lengthOf(number, count), "read");
    const leaf = Buffer.concat([block.salt, block.numbers]);
    check(verify(leaf, number, blockCount(count), block.proof, this.#rootOf(tensor)), "read");
    return Buffer.from(block.numbers).readBigInt64LE(NUMBER * place);
  }

  #countOf(tensor: number | undefined): number {
    if (tensor !== undefined) return this.#plan.count(tensor);
    return this.#plan.program.constants.reduce((a, b) => a + b, 0);
  }

  #rootOf(tensor: number | undefined): Bytes {
    if (tensor === undefined) return this.#step.outline.root;
    return this.#step.roots[this.#plan.held(this.#place.node).indexOf(tensor)] as Bytes;
  }
}

function parseWitness(data: Bytes): Witness {
  const shape = { step: "anything", salts: "list" } as const;
  const { step, salts } = shaped(readUnlimited(data, "witness"), shape, "witness");
  check(salts.length === 3, "witness");
  const [before, after, output] = salts.map(parseSalt);
  return { step: step === null ? undefined : parseStep(step), salts: [before, after, output] };
}

function parseStep(body: Value): Step {
  const { outline, roots, peaks, read, block, ...rest } = shaped(body, STEP, "step");
  check(block === null || block instanceof Uint8Array, "step");
  return {
    ...rest,
    outline: parseOutline(outline),
    roots: parseHashes(roots, "roots"),
    peaks: parseHashes(peaks, "peaks"),
    read: read.map(parseBlock),
    block: block ?? undefined,
  };
}

function parseBlock(body: Value): Block {
  const [salt, numbers, proof] = tuple(body, ["bytes", "bytes", "list"], "read");
  check(salt.length === SALT, "read");
  return { salt, numbers, proof: parseHashes(proof, "read") };
}

function parseSalt(body: Value): Salt | undefined {
  if (body === null) return undefined;
  const [salt, proof] = tuple(body, ["bytes", "list"], "salts");
  check(salt.length === SALT, "salts");
  return { salt, proof: parseHashes(proof, "salts") };
}

function parseHashes(hashes: readonly Value[], place: string): readonly Bytes[] {
  check(hashes.every((it) => it instanceof Uint8Array && it.length === HASH), place);
  return hashes as readonly Bytes[];
}
