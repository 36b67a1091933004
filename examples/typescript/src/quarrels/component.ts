/** Components ("Components" in docs/formats/quarrels.md): programs with their constants. */

import type { Bytes } from "../bytes/bytes.ts";
import { tensorOf } from "../bytes/commitments.ts";
import { Tensor, type Value, type Width, encode } from "../bytes/encoding.ts";
import { check, readUnlimited, shaped } from "../ledger/fields.ts";
import { type Bounds, EXACT, checkExact, magnitude } from "./operators.ts";
import { planOf } from "./plan.ts";
import { type Node, Program } from "./program.ts";

export const ARITHMETIC = "integers below 2**53, divided and shifted downwards";

const SHAPE = {
  arithmetic: "text",
  inputs: "anything",
  constants: "list",
  nodes: "anything",
} as const;
const WIDTHS: readonly Width[] = [8, 16, 32, 64];

export type Component = { readonly program: Program; readonly constants: readonly Tensor[] };

/** The component of these canonical bytes, if all that it computes is sure to be exact. */
export function parseComponent(bytes: Bytes): Component {
  const body = shaped(readUnlimited(bytes, "component"), SHAPE, "component");
  check(body.arithmetic === ARITHMETIC, "component");
  const constants = body.constants.map(parseConstant);
  const counts = constants.map(({ numbers }) => BigInt(numbers.length));
  const component = { program: new Program([body.inputs, counts, body.nodes]), constants };
  boundsOf(component);
  return component;
}

function parseConstant(value: Value): Tensor {
  check(value instanceof Tensor && value.shape.length === 1, "constants");
  const { bits, numbers } = value;
  const narrowest = WIDTHS.find((width) => numbers.every((it) => BigInt.asIntN(width, it) === it));
  check(bits === narrowest, "constants");
  check(numbers.every((number) => -EXACT < number && number < EXACT), "constants");
  return value;
}

/** Between which bounds each value lies, column by column. */
export function boundsOf({ program, constants }: Component): Bounds[][] {
  const given = program.inputs.map(({ width, least, most }) => filled(width, { least, most }));
  const fixed = constants.map(({ numbers }) => numbers.map((it) => ({ least: it, most: it })));
  const found = [...given, ...fixed];
  for (const { operator, operands, attributes } of program.nodes) {
    const taken = operands.map((value) => found[value] as Bounds[]);
    const made = operator.bound(taken, attributes);
    for (const column of made) checkExact(magnitude(column));
    found.push(made);
  }
  return found;
}

/** What a component makes of data: nothing, of what it does not take in so many rounds. */
export function run({ program, constants }: Component, data: Bytes, rounds: number): Bytes {
  const given = tensorOf(data);
  const plan = planOf(program, given?.shape.map(BigInt), rounds);
  if (!given || !plan || !given.numbers.every(isWithin(program))) return new Uint8Array(0);
  const [{ rows }, columns] = [plan, program.takes];
  const output: bigint[] = [];
  for (let row = 0; row < rows; row += 1) {
    const numbers = given.numbers.slice(row * columns, (row + 1) * columns);
    const fixed = constants.map((constant) => constant.numbers);
    const values = [...splitInputs(program, numbers), ...fixed];
    for (const node of program.nodes) values.push(valueOf(node, values));
    output.push(...(values.at(-1) as bigint[]));
  }
  return encode(new Tensor(64, [rows, program.widths.at(-1) as number], output));
}

/** Whether a number at an index of what goes in is one that a program takes there. */
export function isWithin(program: Program): (number: bigint, index: number) => boolean {
  const columns = program.inputs.flatMap((input) => filled(input.width, input));
  return (number, index) => {
    const { least, most } = columns[index % columns.length] as Bounds;
    return least <= number && number <= most;
  };
}

function splitInputs({ inputs }: Program, row: readonly bigint[]): (readonly bigint[])[] {
  let start = 0;
  return inputs.map(({ width }) => row.slice(start, (start += width)));
}

/** A row of the value of a node, of rows of all values before it. */
function valueOf(
  { operator, operands, attributes }: Node,
  values: readonly (readonly bigint[])[],
): bigint[] {
  const taken = operands.map((value) => values[value] as readonly bigint[]);
  const widths = taken.map((row) => row.length);
  const read = (operand: number, column: bigint) => taken[operand]?.[Number(column)] as bigint;
  return Array.from({ length: operator.width(widths, attributes) }, (_, column) => {
    let soFar = 0n;
    for (let number = 0; number < operator.turns(widths, attributes); number += 1) {
      soFar = operator.take({ column, number, widths, attributes }, read, soFar);
    }
    return soFar;
  });
}

function filled<Item>(count: number, item: Item): Item[] {
  return new Array<Item>(count).fill(item);
}
