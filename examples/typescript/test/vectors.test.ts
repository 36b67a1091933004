/** The runs that are released with Tallystick (docs/formats/vectors.md), without the wire. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import {
  type Entries,
  type Machine,
  Refused,
  type State,
  type Value,
  begin,
  show,
  take,
} from "../src/machines/machine.ts";
import { machines } from "../src/machines/machines.ts";
import { address, stored } from "./states.ts";

type Step = { action: string; args: Value[]; accepted?: true; refused?: string; state: string };
type Vectors = {
  functions: Record<string, Entries>;
  start: State;
  vectors: { tag: string; steps: Step[] }[];
};

const RELEASED = new URL("../../../checkers/conform/released/", import.meta.url);

/** What comes of an action. */
function outcome(machine: Machine, action: string, args: Value[]): object {
  try {
    take(machine, action, args);
    return { accepted: true };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    throw error;
  }
}

for (const [name, make] of Object.entries(machines)) {
  test(`vectors of ${name}`, () => {
    const text = readFileSync(new URL(`${name}.json`, RELEASED), "utf8");
    const { functions, start, vectors } = JSON.parse(text) as Vectors;
    for (const { steps } of vectors) {
      const machine = make();
      begin(machine, functions, start);
      for (const step of steps) {
        const { action, args } = step;
        const taken = outcome(machine, action, args);
        const state = address(stored(show(machine), start));
        assert.deepEqual({ action, args, ...taken, state }, step);
      }
    }
  });
}
