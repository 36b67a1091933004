/**
 * How a step that is disputed is shown, narrowed down and judged.
 *
 * Who may say something, and when, is decided here. What is shown is not, for no page has its format
 * yet: there this contract ends, with an error that is no refusal. So nothing is narrowed down or
 * opened, and what would follow from that is refused.
 */

import { type Bytes, same } from "../../bytes/bytes.ts";
import { kind } from "../../ledger/contract.ts";
import { require } from "../../machines/machine.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import type { Request } from "./request.ts";

const NARROW = { request: "bytes", statement: "bytes", sealed: "bytes", state: "bytes" } as const;
const ROW = { request: "bytes", statement: "bytes", witness: "bytes" } as const;
const STEP = {
  request: "bytes",
  input: "bytes",
  output: "bytes",
  secret: "bytes",
  component: "bytes",
} as const;
const COMPLAINT = { request: "bytes", secret: "bytes", salt: "bytes", key: "bytes" } as const;

export function quarrel(market: Market): Kinds {
  return {
    narrow: kind(NARROW, (author, { request }) => {
      const made = disputed(market, request);
      require(roundsOf(made) > 0n, "quarrel is about more than one row");
      requireExecutor(made, author);

      throw new Unwritten();
    }),
    open_row: kind(ROW, (author, { request }) => {
      const made = disputed(market, request);
      require(roundsOf(made) === 0n, "quarrel is about one row");
      requireExecutor(made, author);

      throw new Unwritten();
    }),
    open_step: kind(STEP, (author, { request }) => {
      const made = disputed(market, request);
      require(made.steps.length > 1, "a step of the version stays undisclosed");
      requireExecutor(made, author);

      throw new Unwritten();
    }),
    answer: kind({ request: "bytes", same: "truth" }, (_, { request }) => {
      market.in(["narrowed"], request, "opponent is to answer");
    }),
    concede: kind(REQUEST, (_, { request }) => {
      market.in(["narrowed"], request, "opponent is to answer");
    }),
    complain: kind(COMPLAINT, (_, { request }) => {
      market.in(["narrowed"], request, "opponent is to answer");
    }),
    uphold: kind(REQUEST, (_, { request }) => {
      market.in(["opened"], request, "step is opened");
    }),
    dismiss: kind(REQUEST, (_, { request }) => {
      market.in(["opened"], request, "step is opened");
    }),
  };
}

/** What this contract cannot read. */
class Unwritten extends Error {
  constructor() {
    super("what an executor shows of its step is in a format that is not written down");
  }
}

function disputed(market: Market, request: Bytes): Request {
  return market.in(["disputed"], request, "a step is disputed");
}

function roundsOf({ terms, disputed }: Request): bigint {
  return terms.rounds[disputed] as bigint;
}

function requireExecutor(made: Request, author: Bytes): void {
  require(same(author, made.executor(made.disputed)), "author executed the step");
}
