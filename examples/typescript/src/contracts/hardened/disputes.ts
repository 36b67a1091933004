/** How a step is looked into, on request or by chance, and what comes of silence. */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";
import { canSealFor } from "../../bytes/sealing.ts";
import { kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import { require } from "../../machines/machine.ts";
import { auditorOf, isDrawnForAudit } from "./chance.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import { uphold } from "./quarrel.ts";
import type { Request } from "./request.ts";

const DOUBT = { request: "bytes", step: "integer", key: "bytes" } as const;

export function disputes(market: Market): Kinds {
  const { accounts, charter } = market;
  return {
    dispute: kind(DOUBT, (author, { request, step, key }) => {
      const made = disputable(market, request, step);
      require(hasStanding(made, author), "party has a part in the request");
      const isFirst = !made.step(Number(step)).isDoubtedBy(author);
      require(isFirst, "party did not dispute the step before");
      const [tolls, balance] = [2n * made.terms.toll, accounts.balance(author)];
      require(tolls <= balance.money, "party can pay the tolls");
      check(canSealFor(key), "transaction.body.key");

      balance.pay(made.toll, tolls);
      begin(market, made, Number(step), author, key);
    }),
    audit: kind(DOUBT, (author, { request, step, key }) => {
      const made = disputable(market, request, step);
      const [{ lot }, number] = [made, Number(step)];
      require(lot !== undefined, "audits are drawn");
      require(isDrawnForAudit(charter.suite, lot, number), "step is drawn for an audit");
      const auditor = auditorOf(charter.suite, made, lot, number);
      require(!made.step(number).isDoubtedBy(auditor), "step was not audited before");
      if (same(author, auditor)) {
        check(canSealFor(key), "transaction.body.key");
      } else {
        require(isForsaken(market, made), "auditor has had time to begin");
        check(key.length === 0, "transaction.body.key");
      }

      begin(market, made, number, auditor, key);
    }),
    refuse_to_open: kind(REQUEST, (_, { request }) => {
      const made = market.in(["disputed"], request, "a step is disputed");
      market.requireOverdue(made);

      uphold(market, made);
    }),
  };
}

/** A request of which a step can be disputed. */
function disputable(market: Market, request: Bytes, step: bigint): Request {
  const made = market.in(["window"], request, "window is open");
  require(0n <= step && step < made.steps.length, "step is one of the request's");
  require(step < made.turn, "step is recorded");
  return made;
}

/** Whether a party is a request's consumer, or contributes to its version. */
function hasStanding({ consumer, terms }: Request, party: Bytes): boolean {
  const concerned = [consumer, terms.provider, ...terms.shares.map(([sharer]) => sharer)];
  return concerned.some((one) => same(one, party));
}

/** Whether all the time has passed that auditors have to begin: once more that of the window. */
function isForsaken({ now, charter }: Market, made: Request): boolean {
  return now >= made.deadline + charter.windows.window;
}

/** The executor of a step is to show what it has done. */
function begin(
  market: Market,
  made: Request,
  step: number,
  opponent: Bytes,
  key: Bytes,
): void {
  made.step(step).doubted.add(nameOf(opponent));
  made.disputed = step;
  made.opponent = opponent;
  made.opponentKey = key;
  made.windowLeft = market.isOverdue(made) ? 0n : made.deadline - market.now;
  made.halvings = made.terms.rounds[step] as bigint;
  made.quarrel = undefined;
  market.enter(made, "disputed");
}
