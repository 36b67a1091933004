/** What shows by itself: two outputs of a step, and two histories of the ledger. */

import { type Bytes, same } from "../../bytes/bytes.ts";
import { kind } from "../../ledger/contract.ts";
import { Malformed, type Shaped, shaped } from "../../ledger/fields.ts";
import { showsFork } from "../../ledger/stretch.ts";
import { type SignedTransaction, isSignedWith, parse } from "../../ledger/transaction.ts";
import { require } from "../../machines/machine.ts";
import { OVER } from "./ending.ts";
import type { Kinds, Market } from "./market.ts";
import type { Request } from "./request.ts";
import { RECORD } from "./work.ts";

const FORK = { party: "bytes", first: "bytes", second: "bytes" } as const;
const SECOND = { request: "bytes", step: "integer", key: "bytes", evidence: "bytes" } as const;
const DIGEST = 32;

export function evidence(market: Market): Kinds {
  return {
    expose: kind(SECOND, (_, { request, step, key, evidence: shown }) => {
      const made = market.in(OVER, request, "request is over");
      const exposed = made.steps[Number(step)];
      require(exposed !== undefined && exposed.pot.money > 0n, "something is at stake");
      const executor = made.executor(Number(step));
      const isSecond = isSecondOutput(market, made, step, key, shown);
      require(isSecond, "two outputs are signed");
      const isLater = exposed.since <= market.keys.number(executor, key);
      require(isLater, "key was not replaced before the step was assigned");

      market.convict(executor);
      exposed.pot.pay(market.accounts.treasury);
    }),
    show_fork: kind(FORK, (_, { party, first, second }) => {
      require(hasForked(market, party, first, second), "two histories are signed");

      market.convict(party);
    }),
  };
}

/** Whether two stretches show that the node, or a witness, has vouched for two histories. */
export function hasForked(market: Market, party: Bytes, first: Bytes, second: Bytes): boolean {
  const { node, identity } = market.genesis;
  if (same(party, node)) return showsFork(identity, node, first, second);
  const isWitness = market.charter.witnesses.some((witness) => same(witness, party));
  return isWitness && showsFork(identity, market.keys.inForce(party), first, second);
}

/** Whether the executor of a step has signed another output for it with one of its keys. */
function isSecondOutput(
  market: Market,
  made: Request,
  step: bigint,
  key: Bytes,
  shown: Bytes,
): boolean {
  const [executor, recorded] = [made.executor(Number(step)), made.links[Number(step) + 1]];
  const { said, body } = recordIn(shown) ?? {};
  return (
    said !== undefined &&
    body !== undefined &&
    recorded !== undefined &&
    same(said.ledger, market.genesis.identity) &&
    same(said.author, executor) &&
    same(body.request, made.id) &&
    body.step === step &&
    body.output.length === DIGEST &&
    !same(body.output, recorded) &&
    market.keys.number(executor, key) >= 0 &&
    isSignedWith(said, key)
  );
}

/** The signed record that bytes are, if they are one. */
function recordIn(
  bytes: Bytes,
): { said: SignedTransaction; body: Shaped<typeof RECORD> } | undefined {
  try {
    const said = parse(bytes);
    if (said.kind !== "record") return undefined;
    return { said, body: shaped(said.body, RECORD, "transaction.body") };
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
