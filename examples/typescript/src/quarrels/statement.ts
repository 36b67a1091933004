/** What an executor states of its step, before a quarrel about it is narrowed down. */

import { type Bytes, same } from "../bytes/bytes.ts";
import { type Bound, commitTo, digestOf } from "../bytes/commitments.ts";
import { digest } from "../bytes/digest.ts";
import { type Value, encode } from "../bytes/encoding.ts";
import { root } from "../bytes/merkle.ts";
import { check, listOfIntegers, readUnlimited, shaped, tuple } from "../ledger/fields.ts";
import { Game } from "./game.ts";
import { type Outline, parseOutline } from "./outline.ts";
import { type Occasion, type Secrets, outputSalt, saltsOf } from "./salts.ts";

const LARGEST = 9216;

export type Statement = {
  readonly outline: Outline;
  /** Of the component's leaf. */
  readonly leafSalt: Bytes;
  /** The digest of the salt of the input, and of that of the output. */
  readonly inputSalt: Bytes;
  readonly outputSalt: Bytes;
  /** The root of the run's salts. */
  readonly salts: Bytes;
  readonly input: Bound;
  /** The digest of what came out. */
  readonly output: Bytes;
};

/** What an executor is bound to. */
export type Bond = {
  readonly request: Bytes;
  readonly api: string;
  /** The version's. */
  readonly number: bigint;
  readonly step: bigint;
  /** What binds the component. */
  readonly leaf: Bytes;
  /** The commitments to what went into the step, and to what came out. */
  readonly links: readonly [Bytes, Bytes];
};

const SHAPE = { outline: "anything", salts: "list", input: "anything", output: "bytes" } as const;

/** The statement that is written in these bytes, if it states what its author is bound to. */
export function parseStatement(data: Bytes, bond: Bond): Statement {
  check(data.length <= LARGEST, "statement");
  const body = shaped(readUnlimited(data, "statement"), SHAPE, "statement");
  const four = ["bytes", "bytes", "bytes", "bytes"] as const;
  const [leafSalt, inputSalt, outputSalt, salts] = tuple(body.salts, four, "statement");
  const [outline, input] = [parseOutline(body.outline), parseBound(body.input)];
  const { request, step, links } = bond;
  const given = commitTo(request, step, inputSalt, digestOf(input));
  check(same(given, links[0]), "input");
  check(same(commitTo(request, step + 1n, outputSalt, body.output), links[1]), "output");
  check(same(leafOf(bond, leafSalt, outline.digest), bond.leaf), "outline");
  return { outline, leafSalt, inputSalt, outputSalt, salts, input, output: body.output };
}

/** What binds a version to the component of a step, by the digest of its outline. */
export function leafOf(
  { api, number, step }: Pick<Bond, "api" | "number" | "step">,
  salt: Bytes,
  outline: Bytes,
): Bytes {
  return digest("leaf", encode([salt, api, number, step, outline]));
}

export function gameOf({ outline, input, output, salts }: Statement, rounds: number): Game {
  return new Game(outline, input, output, salts, rounds);
}

/** Whether what is stated of salts does not follow from these secrets, from which it must. */
export function areSaltsWrong(
  stated: Statement,
  rounds: number,
  occasion: Occasion,
  secrets: Secrets,
): boolean {
  const areThese =
    same(digest("secret", secrets.salt), stated.inputSalt) &&
    same(digest("secret", secrets.key), stated.outline.salting);
  if (!areThese) return false;
  const blocks = gameOf(stated, rounds).plan?.blocks ?? [];
  const { claims, outputs } = saltsOf(secrets, occasion, rounds, blocks);
  const output = digest("secret", outputSalt(secrets, occasion));
  const areRight =
    same(root([...claims, ...outputs.flat()]), stated.salts) && same(output, stated.outputSalt);
  return !areRight;
}

function parseBound(body: Value): Bound {
  if (body instanceof Uint8Array) return body;
  const [shape, bound] = tuple(body, ["list", "bytes"], "input");
  const sizes = listOfIntegers(shape, "input");
  check(sizes.every((size) => size >= 0n), "input");
  return { shape: sizes, root: bound };
}
