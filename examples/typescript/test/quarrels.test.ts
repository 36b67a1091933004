import assert from "node:assert/strict";

import { type Bound, open } from "../src/bytes/commitments.ts";
import { type Value, encode } from "../src/bytes/encoding.ts";
import { append, root, rootOfPeaks } from "../src/bytes/merkle.ts";
import { Malformed } from "../src/ledger/fields.ts";
import { boundsOf, parseComponent, run } from "../src/quarrels/component.ts";
import { Game } from "../src/quarrels/game.ts";
import {
  type Bounds,
  OPERATORS,
  type Operator,
  checkExact,
  magnitude,
} from "../src/quarrels/operators.ts";
import { outlineDigest, parseOutline } from "../src/quarrels/outline.ts";
import { Plan } from "../src/quarrels/plan.ts";
import { Program } from "../src/quarrels/program.ts";
import { leafSalt, outputSalt, saltingKey, saltsOf } from "../src/quarrels/salts.ts";
import { claimed, restOf, stateDigest } from "../src/quarrels/states.ts";
import { areSaltsWrong, gameOf, parseStatement } from "../src/quarrels/statement.ts";
import { takeStep } from "../src/quarrels/witness.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, hex, value } from "./values.ts";

type Refused = { refused?: string };
type Node = { operator: string; attributes: Written[] };
type Turning = Refused &
  Node & {
    operands: Written[][];
    column: number;
    turn: number;
    so_far: Written;
    reads: number[][];
    total: Written;
  };
type Bounding = Refused & Node & { operands: Written[][][]; bounds: Written[][] };
type Certifying = Refused & {
  component: Written;
  secret: string;
  bounds: Written[][];
  root: string;
  salting: string;
  digest: string;
  leaf_salt: string;
};
type Planning = Refused & {
  program: Written;
  rows: number;
  widths: number[];
  turns: number[];
  rounds: number;
  blocks: number[];
  places: unknown[];
};
type Running = {
  component: Written;
  secret: string;
  opening: string;
  rounds: number;
  request: string;
  step: number;
  output: string;
};
type Occasioned = { key: string; salt: string; request: string; step: number; opponent: string };
type Salting = Occasioned & {
  rounds: number;
  blocks: number[];
  output: string;
  claims: string[];
  outputs: string[][];
  root: string;
};
type Holding = {
  accumulator: Written;
  values: string[];
  peaks: string[];
  rest: string;
  salt: string;
  digest: string;
  claim: string;
};
type Growing = { peaks: string[]; count: number; leaf: string; grown: string[]; root: string };
type Stating = Refused & {
  request: string;
  api: string;
  number: number;
  step: number;
  leaf: string;
  links: [string, string];
  rounds: number;
  statement: Written;
  steps: number;
  start: string;
  end: string;
};
type Complaining = Occasioned & { statement: Written; rounds: number; wrong: boolean };
type Since = [number | null, number | null];
type Taking = Refused & {
  outline: Written;
  rows: number;
  salts: string;
  rounds: number;
  position: number;
  since: Since;
  witness: Written;
  before: string;
  after: string;
};
type Judging = Refused & {
  outline: Written;
  input: Written;
  output: string;
  salts: string;
  rounds: number;
  moves: [string, boolean][];
  witness: Written;
  start: string;
  halved: unknown[];
  holds: boolean;
};

const NONE = new Uint8Array(0);

/** Sees that something is refused by the code of an example, or else comes to what it has. */
function meets<Outcome>({ refused }: Refused, act: () => Outcome, expected: Outcome): void {
  if (refused === undefined) {
    assert.deepEqual(act(), expected);
    return;
  }
  assert.throws(act, (error) => {
    assert.ok(error instanceof Malformed);
    assert.equal(error.place.split(".")[0], refused);
    return true;
  });
}

function integers(written: Written[]): bigint[] {
  return value(written) as bigint[];
}

function operatorOf(name: string): Operator {
  return OPERATORS.get(name) as Operator;
}

function occasionOf({ request, step, opponent }: Omit<Occasioned, "key" | "salt">) {
  return { request: bytes(request), step: BigInt(step), opponent: bytes(opponent) };
}

function secretsOf({ salt, key }: Occasioned) {
  return { salt: bytes(salt), key: bytes(key) };
}

function bounded(written: Written[]): Bounds {
  const [least, most] = integers(written) as [bigint, bigint];
  return { least, most };
}

function reach(bounds: readonly Bounds[]): [bigint, bigint] {
  const all = bounds.flatMap(({ least, most }) => [least, most]);
  return [all.reduce((a, b) => (a < b ? a : b)), all.reduce((a, b) => (a > b ? a : b))];
}

examples("quarrels", {
  turn: (example: Turning) => {
    const operands = example.operands.map(integers);
    const reads: number[][] = [];
    const read = (operand: number, column: bigint): bigint => {
      const found = operands[operand]?.[Number(column)];
      if (found === undefined) throw new Malformed("column");
      reads.push([operand, Number(column)]);
      return found;
    };
    const turn = {
      column: example.column,
      number: example.turn,
      widths: operands.map((row) => row.length),
      attributes: integers(example.attributes),
    };
    const take = () => {
      const total = operatorOf(example.operator).take(turn, read, value(example.so_far) as bigint);
      return { total, reads };
    };
    const refused = example.refused !== undefined;
    const total = refused ? 0n : (value(example.total) as bigint);
    meets(example, take, { total, reads: example.reads });
  },
  bound: (example: Bounding) => {
    const operator = operatorOf(example.operator);
    const attributes = integers(example.attributes);
    const operands = example.operands.map((operand) => operand.map(bounded));
    const bound = () => {
      operator.width(operands.map((operand) => operand.length), attributes);
      const made = operator.bound(operands, attributes);
      for (const column of made) checkExact(magnitude(column));
      return made;
    };
    meets(example, bound, example.bounds?.map(bounded));
  },
  component: (example: Certifying) => {
    const [data, secret] = [encode(value(example.component)), bytes(example.secret)];
    const certify = () => {
      const component = parseComponent(data);
      const { first } = component.program;
      return {
        bounds: boundsOf(component).slice(first).map(reach),
        digest: hex(outlineDigest(data, secret)),
        leafSalt: hex(leafSalt(secret)),
      };
    };
    const { digest, leaf_salt } = example;
    const bounds = example.bounds?.map((it) => integers(it) as [bigint, bigint]);
    meets(example, certify, { bounds, digest, leafSalt: leaf_salt });
  },
  plan: (example: Planning) => {
    const planned = () => {
      const plan = new Plan(new Program(value(example.program)), example.rows);
      const { widths, turns } = plan.program;
      const places = Array.from({ length: plan.steps }, (_, position) => {
        const place = plan.place(position);
        const { node = null, number, turn = null } = place;
        const salt = plan.saltOf(place) ?? null;
        return [node, number, turn, plan.fullBlocks(place), plan.held(place.node), salt];
      });
      const rounds = plan.steps === 1 ? 0 : (plan.steps - 1).toString(2).length;
      return { widths: [...widths], turns: [...turns], rounds, blocks: plan.blocks, places };
    };
    const { widths, turns, rounds, blocks, places } = example;
    meets(example, planned, { widths, turns, rounds, blocks, places } as never);
  },
  run: (example: Running) => {
    const { salt, data } = open(bytes(example.opening));
    const secrets = { salt, key: saltingKey(bytes(example.secret)) };
    const occasion = occasionOf({ ...example, opponent: "0x" });
    const gives = run(parseComponent(encode(value(example.component))), data, example.rounds);
    assert.equal(hex(Buffer.concat([outputSalt(secrets, occasion), gives])), example.output);
  },
  salts: (example: Salting) => {
    const [secrets, occasion] = [secretsOf(example), occasionOf(example)];
    const { claims, outputs } = saltsOf(secrets, occasion, example.rounds, example.blocks);
    assert.equal(hex(outputSalt(secrets, occasion)), example.output);
    assert.deepEqual(claims.map(hex), example.claims);
    assert.deepEqual(outputs.map((each) => each.map(hex)), example.outputs);
    assert.equal(hex(root([...claims, ...outputs.flat()])), example.root);
  },
  state: (example: Holding) => {
    const digest = stateDigest({
      accumulator: value(example.accumulator) as bigint,
      values: example.values.map(bytes),
      peaks: example.peaks.map(bytes),
      rest: bytes(example.rest),
    });
    assert.equal(hex(digest), example.digest);
    assert.equal(hex(claimed(digest, bytes(example.salt))), example.claim);
  },
  rest: ({ salt, block, rest }: { salt: string; block: string; rest: string }) => {
    assert.equal(hex(restOf(bytes(salt), bytes(block))), rest);
  },
  append: ({ peaks, count, leaf, grown, ...example }: Growing) => {
    const made = append(peaks.map(bytes), count, bytes(leaf));
    assert.deepEqual(made.map(hex), grown);
    assert.equal(hex(rootOfPeaks(made)), example.root);
  },
  begin: (example: Stating) => {
    const { request, api, number, step, leaf, links, rounds } = example;
    const bond = {
      request: bytes(request),
      api,
      number: BigInt(number),
      step: BigInt(step),
      leaf: bytes(leaf),
      links: links.map(bytes) as [Uint8Array, Uint8Array],
    };
    const begin = () => {
      const game = gameOf(parseStatement(encode(value(example.statement)), bond), rounds);
      return { steps: game.steps, start: hex(game.low.state), end: hex(game.high.state) };
    };
    meets(example, begin, { steps: example.steps, start: example.start, end: example.end });
  },
  complain: (example: Complaining) => {
    const body = value(example.statement) as ReadonlyMap<string, Value>;
    const [leaf, inputSalt, output, salts] = body.get("salts") as Uint8Array[];
    const stated = {
      outline: parseOutline(body.get("outline") as Value),
      leafSalt: leaf as Uint8Array,
      inputSalt: inputSalt as Uint8Array,
      outputSalt: output as Uint8Array,
      salts: salts as Uint8Array,
      input: boundIn(body.get("input") as Value),
      output: body.get("output") as Uint8Array,
    };
    const wrong = areSaltsWrong(stated, example.rounds, occasionOf(example), secretsOf(example));
    assert.equal(wrong, example.wrong);
  },
  take: (example: Taking) => {
    const outline = parseOutline(value(example.outline));
    const plan = new Plan(outline.program, example.rows);
    const quarrel = { outline, plan, salts: bytes(example.salts), rounds: example.rounds };
    const since = example.since.map((round) => round ?? undefined) as [number, number];
    const take = () => takeStep(quarrel, example.position, since, encode(value(example.witness)));
    meets(example, () => take().map(hex), [example.before, example.after]);
  },
  judge: (example: Judging) => {
    const { outline, input, output, salts, rounds } = example;
    const bound = boundIn(value(input));
    const game = new Game(parseOutline(value(outline)), bound, bytes(output), bytes(salts), rounds);
    const start = hex(game.low.state);
    const halved = example.moves.map(([state, same]) => {
      game.claim(bytes(state));
      game.answer(same);
      const ends = [game.low, game.high];
      const claims = ends.flatMap(({ position, state: claim }) => [position, hex(claim)]);
      return [...claims, ...ends.map(({ round }) => round ?? null)];
    });
    assert.ok(game.isNarrow);
    const witness = example.witness === null ? NONE : encode(value(example.witness));
    const judge = () => ({ start, halved, holds: game.holds(witness) });
    const { start: first, halved: after, holds } = example;
    meets(example, judge, { start: first, halved: after, holds } as never);
  },
});

function boundIn(body: Value): Bound {
  if (body instanceof Uint8Array) return body;
  const [shape, bound] = body as [bigint[], Uint8Array];
  return { shape, root: bound };
}
