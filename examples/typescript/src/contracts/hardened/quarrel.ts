/** How a step that is disputed is narrowed down, or shown whole, and judged. */

import { type Bytes, same } from "../../bytes/bytes.ts";
import { SALT, open } from "../../bytes/commitments.ts";
import { unseal } from "../../bytes/sealing.ts";
import { kind } from "../../ledger/contract.ts";
import { check } from "../../ledger/fields.ts";
import { require } from "../../machines/machine.ts";
import { parseComponent, run } from "../../quarrels/component.ts";
import type { Game } from "../../quarrels/game.ts";
import { outlineDigest } from "../../quarrels/outline.ts";
import { type Occasion, leafSalt, outputSalt, saltingKey } from "../../quarrels/salts.ts";
import {
  type Bond,
  type Statement,
  areSaltsWrong,
  gameOf,
  leafOf,
  parseStatement,
} from "../../quarrels/statement.ts";
import { checkSecret } from "./faults.ts";
import { type Kinds, type Market, REQUEST } from "./market.ts";
import type { Request } from "./request.ts";

const NARROW = {
  request: "bytes",
  halvings: "integer",
  statement: "bytes",
  sealed: "bytes",
  state: "bytes",
} as const;
const ANSWER = { request: "bytes", halvings: "integer", same: "truth" } as const;
const ROW = { request: "bytes", statement: "bytes", witness: "bytes" } as const;
const STEP = {
  request: "bytes",
  input: "bytes",
  output: "bytes",
  secret: "bytes",
  component: "bytes",
} as const;
const COMPLAINT = { request: "bytes", secret: "bytes", salt: "bytes", key: "bytes" } as const;

/** A quarrel that its executor has begun. */
export type Quarrel = {
  readonly statement: Statement;
  /** What went into the step, for the opponent. */
  readonly sealed: Bytes;
  readonly game: Game;
};

export function quarrel(market: Market): Kinds {
  return {
    narrow: kind(NARROW, (author, { request, halvings, statement, sealed, state }) => {
      const made = disputed(market, request);
      require(made.halvings > 0n, "quarrel is about more than one row");
      requireExecutor(made, author);
      requireTurn(made, halvings);
      const begun = quarrelOf(made, statement, sealed);

      made.quarrel = begun;
      begun.game.claim(state);
      made.halvings -= 1n;
      market.enter(made, "narrowed");
    }),
    open_row: kind(ROW, (author, { request, statement, witness }) => {
      const made = disputed(market, request);
      require(made.halvings === 0n, "quarrel is about one row");
      requireExecutor(made, author);
      const begun = quarrelOf(made, statement, new Uint8Array(0));
      const holds = begun.game.holds(witness);

      made.isReproduced = holds;
      market.enter(made, "opened");
    }),
    open_step: kind(STEP, (author, { request, input, output, secret, component }) => {
      const made = disputed(market, request);
      const { disclosed } = made.version;
      const isLast = made.steps.every((_, i) => i === made.disputed || disclosed.has(i));
      require(!isLast, "a step of the version stays undisclosed");
      requireExecutor(made, author);
      check(secret.length === SALT, "transaction.body.secret");
      check(made.isOpenedBy(input, made.disputed), "transaction.body.input");
      check(made.isOpenedBy(output, made.disputed + 1), "transaction.body.output");
      const [bond, bound] = [bondOf(made), outlineDigest(component, secret)];
      const isBound = same(leafOf(bond, leafSalt(secret), bound), bond.leaf);
      check(isBound, "transaction.body.component");
      const [given, found] = [open(input), open(output)];
      const secrets = { salt: given.salt, key: saltingKey(secret) };
      const isSalted = same(outputSalt(secrets, occasionOf(made)), found.salt);
      check(isSalted, "transaction.body.output");

      disclosed.add(made.disputed);
      const gives = run(parseComponent(component), given.data, roundsOf(made));
      made.isReproduced = same(gives, found.data);
      market.enter(made, "opened");
    }),
    answer: kind(ANSWER, (author, { request, halvings, same: agrees }) => {
      const [made, { game }] = narrowed(market, request);
      require(same(author, made.opponent), "author is the opponent");
      requireTurn(made, halvings);

      game.answer(agrees);
      market.enter(made, "disputed");
    }),
    concede: kind(REQUEST, (_, { request }) => {
      const [made] = narrowed(market, request);
      market.requireOverdue(made);

      dismiss(market, made);
    }),
    complain: kind(COMPLAINT, (_, { request, secret, salt, key }) => {
      const [made, begun] = narrowed(market, request);
      if (secret.length > 0) checkSecret(secret, made.opponentKey);
      const { statement } = begun;
      const isUntold =
        secret.length > 0
          ? isInputUntold(made, unseal(secret, begun.sealed))
          : areSaltsWrong(statement, roundsOf(made), occasionOf(made), { salt, key });
      require(isUntold, "opponent was not told what it needs");

      uphold(market, made);
    }),
    uphold: kind(REQUEST, (_, { request }) => {
      const made = market.in(["opened"], request, "step is opened");
      require(!made.isReproduced, "output is not what the component gives");

      uphold(market, made);
    }),
    dismiss: kind(REQUEST, (_, { request }) => {
      const made = market.in(["opened"], request, "step is opened");
      require(made.isReproduced, "output is what the component gives");

      dismiss(market, made);
    }),
  };
}

/** The executor is convicted, and who disputed gets its tolls back. */
export function uphold(market: Market, made: Request): void {
  market.convict(made.executor(made.disputed));
  made.toll.pay(market.accounts.balance(made.opponent));
  market.fail(made, made.disputed);
}

/** The executor gets one toll, and nobody the other; the window is as it was before. */
function dismiss(market: Market, made: Request): void {
  made.toll.pay(made.step(made.disputed).pot, made.toll.money / 2n);
  made.toll.pay(market.accounts.treasury);
  made.phase = "window";
  made.deadline = market.now + made.windowLeft;
}

function disputed(market: Market, request: Bytes): Request {
  return market.in(["disputed"], request, "a step is disputed");
}

/** A request whose executor has made a claim. */
function narrowed(market: Market, request: Bytes): [Request, Quarrel] {
  const made = market.in(["narrowed"], request, "opponent is to answer");
  return [made, made.quarrel as Quarrel];
}

function requireExecutor(made: Request, author: Bytes): void {
  require(same(author, made.executor(made.disputed)), "author executed the step");
}

/** Said again under another number, as after a crash, a move is not taken for the next one. */
function requireTurn(made: Request, halvings: bigint): void {
  require(halvings === made.halvings, "halving is the one whose turn it is");
}

/** The quarrel about a step; with its first move, the executor states what it is about. */
function quarrelOf(made: Request, data: Bytes, sealed: Bytes): Quarrel {
  if (made.quarrel !== undefined) {
    check(data.length === 0, "transaction.body.statement");
    check(sealed.length === 0, "transaction.body.sealed");
    return made.quarrel;
  }
  const statement = parseStatement(data, bondOf(made));
  return { statement, sealed, game: gameOf(statement, roundsOf(made)) };
}

function bondOf({ id, terms, disputed: step, links }: Request): Bond {
  return {
    request: id,
    api: terms.api,
    number: terms.number,
    step: BigInt(step),
    leaf: terms.steps[step]?.leaf as Bytes,
    links: links.slice(step, step + 2) as [Bytes, Bytes],
  };
}

function occasionOf({ id, disputed: step, opponent }: Request): Occasion {
  return { request: id, step: BigInt(step), opponent };
}

function roundsOf({ terms, disputed: step }: Request): number {
  return Number(terms.rounds[step]);
}

/** Whether an opponent that could have to do with the input was sealed something else. */
function isInputUntold(made: Request, opening: Bytes | undefined): boolean {
  const part = made.terms.steps[made.disputed];
  const parties = part ? [...part.holders, part.contributor] : [];
  const isConcerned = parties.some((party) => same(party, made.opponent));
  return isConcerned && !made.isOpenedBy(opening, made.disputed);
}
