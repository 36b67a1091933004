/** How a request is made, and how chance draws who executes each of its steps. */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";
import { bind } from "../../bytes/digest.ts";
import { kind } from "../../ledger/contract.ts";
import { type Shaped, check } from "../../ledger/fields.ts";
import { require } from "../../machines/machine.ts";
import { drawn, seedOf } from "./chance.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import { Request } from "./request.ts";

const NEW = { request: "bytes", nonce: "integer", version: "bytes", input: "bytes" } as const;
const BEACON = { request: "bytes", beacon: "bytes" } as const;
const HOLDER = { request: "bytes", holder: "bytes" } as const;
const DIGEST = 32;

export function routing(market: Market): Kinds {
  const { accounts, charter } = market;
  return {
    request: kind(NEW, (author, body) => {
      const version = market.versions.at("active", body.version);
      require(market.find(body.request) === undefined, "request is new");
      checkRequest(market, author, body);
      const made = new Request(body.request, author, version, body.input);
      const [balance, bond] = [accounts.balance(author), accounts.bond(version.terms.provider)];
      require(made.price <= balance.money, "consumer can pay the price");
      require(made.price <= bond.money, "provider can guarantee the refund");

      balance.pay(made.escrow, made.price);
      bond.pay(made.surety, made.price);
      market.requests.set(nameOf(made.id), made);
      market.enter(made, "open");
    }),
    route: kind(BEACON, (author, { request, beacon }) => {
      const made = market.in(["open"], request, "request waits for the beacon");
      require(same(author, charter.beacon), "author is the beacon");

      made.seed = seedOf(charter.suite, beacon, made);
      market.enter(made, "routed");
    }),
    lapse: kind(REQUEST, (_, { request }) => {
      const made = market.in(["open"], request, "request waits for the beacon");
      market.requireOverdue(made);

      market.refund(made);
    }),
    assign: kind(REQUEST, (author, { request }) => {
      const made = beingDrawn(market, request, author);
      const bond = accounts.bond(author);
      require(made.terms.stake <= bond.money, "executor can put up the stake");

      made.current.executor = author;
      made.current.since = market.keys.newest(author);
      bond.pay(made.current.pot, made.terms.stake);
      made.published = undefined;
      market.enter(made, "work");
    }),
    pass_over: kind(HOLDER, (_, { request, holder }) => {
      const made = beingDrawn(market, request, holder);
      market.requireOverdue(made);
      requireSpare(made);

      drawNext(market, made);
    }),
    abandon: kind(HOLDER, (_, { request, holder }) => {
      const made = beingDrawn(market, request, holder);
      market.requireOverdue(made);
      requireNoSpare(made);

      market.refund(made);
    }),
  };
}

export function requireSpare({ current, terms }: Request): void {
  require(BigInt(current.failed) < terms.spares, "a spare holder is left");
}

export function requireNoSpare({ current, terms }: Request): void {
  require(BigInt(current.failed) === terms.spares, "no spare holder is left");
}

/** The holder at work, or to be at work, is given up: the next one is drawn. */
export function drawNext(market: Market, made: Request): void {
  made.current.failed += 1;
  market.enter(made, "routed");
}

/** Checks that something is a commitment: it is kept for good. */
export function checkCommitment(commitment: Bytes, place: string): void {
  check(commitment.length === DIGEST, place);
}

/** Checks that a request has the identifier that its author, a number and its version give. */
function checkRequest({ genesis, charter }: Market, author: Bytes, body: Shaped<typeof NEW>): void {
  check(body.nonce >= 0n, "transaction.body.nonce");
  checkCommitment(body.input, "transaction.body.input");
  const fields = [genesis.identity, author, body.nonce, body.version];
  check(same(body.request, bind(charter.suite, "request", fields)), "transaction.body.request");
}

/** A request of which this holder is drawn for the step whose turn it is. */
function beingDrawn(market: Market, request: Bytes, holder: Bytes): Request {
  const made = market.in(["routed"], request, "executor is to be drawn");
  require(same(holder, drawn(market.charter.suite, made)), "executor is the one drawn");
  return made;
}
