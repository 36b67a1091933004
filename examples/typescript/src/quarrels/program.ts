/** Programs ("Components" in docs/formats/quarrels.md): what is computed, but for constants. */

import type { Value } from "../bytes/encoding.ts";
import { check, listOfIntegers, tuple } from "../ledger/fields.ts";
import { type Attributes, EXACT, OPERATORS, type Operator, type Widths } from "./operators.ts";

const NODES = 4096;
const OPERANDS = 65_536;
const NUMBERS = 2 ** 40;
const WIDEST = 2 ** 22;
const USES = 4;
const TURNS = 2 ** 30;

/** Some columns of what goes in, and the bounds between which their numbers lie. */
export type Input = { readonly width: number; readonly least: bigint; readonly most: bigint };

export type Node = {
  readonly operator: Operator;
  /** The numbers of the values that it takes. */
  readonly operands: readonly number[];
  readonly attributes: Attributes;
};

/** Values are numbered: the inputs, then the constants, then those of the nodes. */
export class Program {
  /** How it is written. */
  readonly body: Value;
  readonly inputs: readonly Input[];
  /** How many numbers each constant has. */
  readonly constants: readonly number[];
  readonly nodes: readonly Node[];
  /** How wide each value is. */
  readonly widths: Widths;
  /** How many turns each number of a node's value takes, by node. */
  readonly turns: readonly number[];

  constructor(body: Value) {
    const [inputs, constants, nodes] = tuple(body, ["list", "list", "list"], "program");
    this.body = body;
    this.inputs = inputs.map(parseInput);
    this.constants = listOfIntegers(constants, "constants").map(Number);
    this.nodes = nodes.map(parseNode);
    [this.widths, this.turns] = this.#checked();
  }

  /** How wide each value is, and how many turns each number of a node takes. */
  #checked(): [Widths, number[]] {
    const { inputs, constants, nodes } = this;
    const operands = nodes.reduce((count, node) => count + node.operands.length, 0);
    const isFew = constants.length <= NODES && operands <= OPERANDS;
    check(isFew && isCount(inputs.length) && isCount(nodes.length), "count");
    const held = constants.reduce((a, b) => a + b, 0);
    check(constants.every((count) => count > 0) && held <= NUMBERS, "constants");
    const widths = [...inputs.map(({ width }) => width), ...constants];
    const turns: number[] = [];
    let [room, uses, time] = [WIDEST - this.takes, WIDEST + USES * held, TURNS];
    for (const { operator, operands: taken, attributes } of nodes) {
      this.#check(operator, taken, attributes, widths.length);
      const given = taken.map((value) => widths[value] as number);
      const width = operator.width(given, attributes);
      const each = operator.turns(given, attributes);
      const used = given.filter((_, i) => this.isConstant(taken[i] as number));
      room -= width;
      uses -= used.reduce((a, b) => a + b, 0);
      time -= width * each;
      check(room >= 0, "room");
      check(uses >= 0, "uses");
      check(time >= 0, "turns");
      widths.push(width);
      turns.push(each);
    }
    return [widths, turns];
  }

  /** How many columns go in. */
  get takes(): number {
    return this.inputs.reduce((columns, { width }) => columns + width, 0);
  }

  /** The number of the value of the first node. */
  get first(): number {
    return this.inputs.length + this.constants.length;
  }

  isConstant(value: number): boolean {
    return this.inputs.length <= value && value < this.first;
  }

  #check(operator: Operator, operands: readonly number[], given: Attributes, before: number): void {
    const wanted = operator.operands ?? Math.max(operands.length, 1);
    check(operands.length === wanted, "operands");
    check(given.length === operator.attributes, "attributes");
    check(operands.every((value) => 0 <= value && value < before), "operands");
    const constants = operator.constants ?? [];
    check(constants.every((place) => this.isConstant(operands[place] as number)), "operands");
    check(!operands.every((value) => this.isConstant(value)), "operands");
  }
}

function isCount(count: number): boolean {
  return 0 < count && count <= NODES;
}

function parseInput(body: Value): Input {
  const [width, least, most] = tuple(body, ["integer", "integer", "integer"], "input");
  check(width > 0n && -EXACT < least && least <= most && most < EXACT, "input");
  return { width: Number(width), least, most };
}

function parseNode(body: Value): Node {
  const [name, operands, attributes] = tuple(body, ["text", "list", "list"], "node");
  const operator = OPERATORS.get(name);
  check(operator !== undefined, "node");
  return {
    operator,
    operands: listOfIntegers(operands, "node").map(Number),
    attributes: listOfIntegers(attributes, "node"),
  };
}
