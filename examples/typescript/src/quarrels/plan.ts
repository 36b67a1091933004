/**
 * What each step of a run is about ("Steps of a run" in docs/formats/quarrels.md).
 *
 * First the numbers that go in are checked. Then each node puts out its numbers, each in its turns,
 * and takes one step more, in which its value is complete.
 */

import { blockCount, blockSize } from "../bytes/commitments.ts";
import type { Program } from "./program.ts";

/** The number of the tensor that goes in; that of what a node makes is one more than the node's. */
export const GIVEN = 0;

/** What a step is about. */
export type Place = {
  /** The number of its node; without, a number that goes in is checked. */
  readonly node?: number;
  /** How many numbers were put out, or checked, before. */
  readonly number: number;
  /** Which turn of the next number is taken; without, none is. */
  readonly turn?: number;
  /** Whether that puts the number out. */
  readonly isLast: boolean;
};

/** Where a number stands: in a tensor, or among all constants. */
export type Spot = { readonly tensor?: number; readonly index: number };

/** What the runs of a program take, of so many rows. */
export class Plan {
  readonly program: Program;
  readonly rows: number;
  /** The last node that uses each tensor; of the output, one past the last. */
  readonly #lastUses: readonly number[];

  constructor(program: Program, rows: number) {
    this.program = program;
    this.rows = rows;
    const uses: number[] = [];
    for (const [node, { operands }] of program.nodes.entries()) {
      for (const value of operands) {
        if (!program.isConstant(value)) uses[this.#tensorOf(value)] = node;
      }
    }
    uses[program.nodes.length] = program.nodes.length;
    this.#lastUses = uses;
  }

  /** How many columns a tensor has. */
  width(tensor: number): number {
    const { program } = this;
    if (tensor === GIVEN) return program.takes;
    return program.widths[program.first + tensor - 1] as number;
  }

  /** How many numbers a tensor has. */
  count(tensor: number): number {
    return this.rows * this.width(tensor);
  }

  get steps(): number {
    const { nodes, turns } = this.program;
    const work = nodes.map((_, i) => this.width(i + 1) * (turns[i] as number));
    return this.rows * (this.program.takes + work.reduce((a, b) => a + b)) + nodes.length;
  }

  /** How many blocks each node puts out. */
  get blocks(): number[] {
    return this.program.nodes.map((_, i) => blockCount(this.count(i + 1)));
  }

  /** What the step after so many steps is about. */
  place(position: number): Place {
    let left = position;
    if (left < this.count(GIVEN)) return { number: left, isLast: false };
    left -= this.count(GIVEN);
    for (const [node, turns] of this.program.turns.entries()) {
      const count = this.count(node + 1);
      if (left < count * turns) {
        const [number, turn] = [Math.floor(left / turns), left % turns];
        return { node, number, turn, isLast: turn === turns - 1 };
      }
      if (left === count * turns) return { node, number: count, isLast: false };
      left -= count * turns + 1;
    }
    throw new RangeError(`there is no step ${position}`);
  }

  /** How many full blocks its node has put out before a step. */
  fullBlocks({ node, number }: Place): number {
    if (node === undefined) return 0;
    const count = this.count(node + 1);
    return number === count ? blockCount(count) : Math.floor(number / blockSize(count));
  }

  /** The place, among the salts of the blocks, of that of the block that a step adds to. */
  saltOf(place: Place): number | undefined {
    if (place.node === undefined || !place.isLast) return undefined;
    const before = this.blocks.slice(0, place.node);
    return before.reduce((a, b) => a + b, 0) + this.fullBlocks(place);
  }

  /** The tensors that are held while a node puts out its value; one past the last, the output. */
  held(node: number | undefined): number[] {
    if (node === undefined) return [GIVEN];
    const before = Array.from({ length: node + 1 }, (_, tensor) => tensor);
    return before.filter((tensor) => (this.#lastUses[tensor] ?? -1) >= node);
  }

  /** In which tensor a value stands, that is no constant. */
  #tensorOf(value: number): number {
    const { inputs, first } = this.program;
    return value < inputs.length ? GIVEN : 1 + value - first;
  }

  /** Where a number of a value stands, by its row and column. */
  spot(value: number, row: number, column: number): Spot {
    const { inputs, constants } = this.program;
    if (this.program.isConstant(value)) {
      const before = constants.slice(0, value - inputs.length);
      return { index: before.reduce((a, b) => a + b, 0) + column };
    }
    const tensor = this.#tensorOf(value);
    const beside = tensor === GIVEN ? inputs.slice(0, value) : [];
    const before = beside.reduce((columns, { width }) => columns + width, 0);
    return { tensor, index: row * this.width(tensor) + before + column };
  }
}

/** What a quarrel of so many rounds is about, for an input of this shape, if a program takes it. */
export function planOf(
  program: Program,
  shape: readonly bigint[] | undefined,
  rounds: number,
): Plan | undefined {
  const [rows, columns] = shape ?? [];
  if (rows === undefined || shape?.length !== 2 || columns !== BigInt(program.takes)) {
    return undefined;
  }
  const most = 2 ** rounds;
  if (rows > most) return undefined;
  const plan = new Plan(program, Number(rows));
  return plan.steps <= most ? plan : undefined;
}
