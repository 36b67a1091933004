/** Silence, which has an end, and bad data, which can be shown. */

import { type Bytes, same } from "../../bytes/bytes.ts";
import { keyOf, unseal } from "../../bytes/sealing.ts";
import { kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import { require } from "../../machines/machine.ts";
import type { Account } from "./accounts.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import type { Request } from "./request.ts";
import { drawNext, requireNoSpare, requireSpare } from "./routing.ts";

const SECRET = { request: "bytes", secret: "bytes" } as const;
const KEY = 32;

export function faults(market: Market): Kinds {
  return {
    replace: kind(REQUEST, (_, { request }) => {
      const made = withSilentExecutor(market, request);
      requireSpare(made);

      market.convict(made.executor(made.turn));
      made.current.pot.pay(market.accounts.treasury);
      drawNext(market, made);
    }),
    give_up: kind(REQUEST, (_, { request }) => {
      const made = withSilentExecutor(market, request);
      requireNoSpare(made);

      market.convict(made.executor(made.turn));
      market.fail(made, made.turn);
    }),
    withhold: kind(REQUEST, (_, { request }) => {
      const made = market.in(["demanded"], request, "data is demanded");
      requireStep(made);
      market.requireOverdue(made);

      convictSender(market, made);
    }),
    withhold_input: kind(REQUEST, (_, { request }) => {
      const made = market.in(["demanded"], request, "data is demanded");
      requireNoStep(made);
      market.requireOverdue(made);

      convictConsumer(market, made);
    }),
    show_bad: kind(SECRET, (_, { request, secret }) => {
      const made = withBadData(market, request, secret);
      requireStep(made);

      convictSender(market, made);
    }),
    show_bad_input: kind(SECRET, (_, { request, secret }) => {
      const made = withBadData(market, request, secret);
      requireNoStep(made);

      convictConsumer(market, made);
    }),
  };
}

function requireStep({ turn }: Request): void {
  require(turn > 0, "a step is recorded");
}

function requireNoStep({ turn }: Request): void {
  require(turn === 0, "no step is recorded");
}

/** A request whose executor did not record its step in time. */
function withSilentExecutor(market: Market, request: Bytes): Request {
  const made = market.in(["work", "published"], request, "request waits for a record");
  market.requireOverdue(made);
  return made;
}

/** A request for which something was published that does not open the commitment. */
function withBadData(market: Market, request: Bytes, secret: Bytes): Request {
  const made = market.in(["published", "window"], request, "somebody is to receive data");
  require(made.published !== undefined, "data is published");
  checkSecret(secret, made.key);
  const isGood = made.isOpenedBy(unseal(secret, made.published));
  require(!isGood, "data does not open the commitment");
  return made;
}

/** Checks that a secret is that of the X25519 key that was named. */
export function checkSecret(secret: Bytes, key: Bytes): void {
  check(secret.length === KEY && same(keyOf(secret), key), "transaction.body.secret");
}

/** The executor of the last recorded step committed to data that it does not give. */
function convictSender(market: Market, made: Request): void {
  const last = made.turn - 1;
  market.convict(made.executor(last));
  returnToll(market, made, made.step(last).pot);
  market.fail(made, last);
}

/** The consumer committed to data that it does not give; its money is who waited's. */
function convictConsumer(market: Market, made: Request): void {
  market.convict(made.consumer);
  returnToll(market, made, made.escrow);
  made.escrow.pay(made.current.pot);
  market.releaseSurety(made);
  market.enter(made, "forfeited");
}

/** Who demanded in vain gets the toll back; if a sender had it for bad data, from the culprit. */
function returnToll(market: Market, made: Request, culprit: Account): void {
  const receiver = market.accounts.balance(made.receiver as Bytes);
  if (made.published !== undefined) culprit.pay(receiver, made.terms.toll);
  made.toll.pay(receiver);
}
