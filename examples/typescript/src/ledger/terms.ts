/** What is agreed about a version ("Terms" in docs/formats/transactions.md). */

import { type Bytes, areDistinct, same } from "../bytes/bytes.ts";
import { type Value, encode } from "../bytes/encoding.ts";
import { boundRoot } from "../bytes/merkle.ts";
import { ROUNDS } from "./charter.ts";
import { check, dictionary, listOfBytes, listOfIntegers, shaped, tuple } from "./fields.ts";
import { checkKey } from "./genesis.ts";

export type Part = {
  /** Whose component it is. */
  readonly contributor: Bytes;
  readonly holders: readonly Bytes[];
  /** What binds the component. */
  readonly leaf: Bytes;
};

export type Share = readonly [party: Bytes, hundredths: bigint];

export type Terms = {
  readonly api: string;
  /** The version's, among those of the API. */
  readonly number: bigint;
  readonly provider: Bytes;
  readonly shares: readonly Share[];
  readonly steps: readonly Part[];
  /** How many rows an input has at most. */
  readonly rows: bigint;
  /** How many numbers a row has, of what goes into each step, and of the output. */
  readonly widths: readonly bigint[];
  /** How many holders of a step may fail before a request does. */
  readonly spares: bigint;
  /** What the steps from each one on, and then the providers, are paid. */
  readonly costs: readonly bigint[];
  readonly stake: bigint;
  readonly toll: bigint;
  /** How often a quarrel about each step is halved. */
  readonly rounds: readonly bigint[];
  readonly face: Bytes;
};

const SHAPE = {
  api: "text",
  number: "integer",
  provider: "bytes",
  shares: "list",
  steps: "list",
  rows: "integer",
  widths: "list",
  spares: "integer",
  costs: "list",
  stake: "integer",
  toll: "integer",
  rounds: "list",
  face: "bytes",
} as const;

const NAME = 256;
const NUMBERS = 63_488n;
const DIGEST = 32;

/** The terms that a value is. Throws `Malformed` for such as no version can have. */
export function termsOf(value: Value): Terms {
  const fields = shaped(value, SHAPE, "terms");
  const terms: Terms = {
    ...fields,
    shares: fields.shares.map((share) => tuple(share, ["bytes", "integer"], "terms.shares")),
    steps: fields.steps.map(partOf),
    widths: listOfIntegers(fields.widths, "terms.widths"),
    costs: listOfIntegers(fields.costs, "terms.costs"),
    rounds: listOfIntegers(fields.rounds, "terms.rounds"),
  };
  checkWhatIsSold(terms);
  checkWhoTakesPart(terms);
  checkWhatIsPaid(terms);
  return terms;
}

function partOf(value: Value): Part {
  const [contributor, holders, leaf] = tuple(value, ["bytes", "list", "bytes"], "terms.steps");
  check(leaf.length === DIGEST, "terms.steps");
  return { contributor, holders: listOfBytes(holders, "terms.steps"), leaf };
}

function checkWhatIsSold({ api, number, face, steps, rows, widths, rounds }: Terms): void {
  check(Buffer.byteLength(api) <= NAME, "terms.api");
  check(number >= 0n, "terms.number");
  check(face.length === 0 || face.length === DIGEST, "terms.face");
  check(steps.length > 0, "terms.steps");
  check(widths.length === steps.length + 1 && widths.every((width) => width >= 1n), "terms.widths");
  check(rows >= 1n && rows * greatest(widths) <= NUMBERS, "terms.rows");
  check(rounds.length === steps.length, "terms.rounds");
  check(rounds.every((round) => 0n <= round && round <= ROUNDS), "terms.rounds");
}

function checkWhoTakesPart({ provider, shares, steps, spares }: Terms): void {
  for (const [party] of shares) checkKey(party, "terms.shares");
  check(areDistinct(shares.map(([party]) => party)), "terms.shares");
  check(shares.every(([, share]) => share >= 0n), "terms.shares");
  check(shares.reduce((sum, [, share]) => sum + share, 0n) <= 100n, "terms.shares");
  const contributors = [provider, ...shares.map(([party]) => party)];
  for (const { contributor, holders } of steps) {
    check(contributors.some((party) => same(party, contributor)), "terms.steps");
    for (const holder of holders) checkKey(holder, "terms.steps");
    check(areDistinct(holders), "terms.steps");
    check(holders.some((holder) => !same(holder, contributor)), "terms.steps");
    check(0n <= spares && spares < BigInt(holders.length), "terms.spares");
  }
}

function checkWhatIsPaid({ steps, costs, stake, toll }: Terms): void {
  check(costs.length === steps.length + 1, "terms.costs");
  const areFalling = costs.every((cost, i) => cost <= (costs[i - 1] ?? cost));
  check(areFalling && costs.every((cost) => cost >= 0n), "terms.costs");
  const price = costs[0] as bigint;
  check(1n <= toll && toll <= price, "terms.toll");
  check(stake >= price + toll, "terms.stake");
}

function greatest(numbers: readonly bigint[]): bigint {
  return numbers.reduce((most, number) => (number > most ? number : most));
}

/** What names the version of these terms: the bound root of all but the leaves, and then these. */
export function versionOf(terms: Terms): Bytes {
  const steps = terms.steps.map(({ contributor, holders }) => [contributor, holders]);
  const outline = encode(dictionary({ ...terms, steps }));
  return boundRoot([outline, ...terms.steps.map(({ leaf }) => leaf)]);
}
