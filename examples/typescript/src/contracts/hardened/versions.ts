/** Versions of APIs: proposed, signed by who contributes, acknowledged by who holds a step. */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";
import { check } from "../../ledger/fields.ts";
import { type Terms, versionOf } from "../../ledger/terms.ts";
import { require } from "../../machines/machine.ts";
import { Account } from "./accounts.ts";

type Stage = "draft" | "proposed" | "active" | "retired";

export type Version = {
  readonly name: Bytes;
  readonly terms: Terms;
  stage: Stage;
  /** The block in which it is forgotten, unless it comes to the market before. */
  deadline: bigint;
  /** The names of those who agreed to the terms. */
  readonly signed: Set<string>;
  /** The steps and names of those who have what the terms say, one text for both. */
  readonly acknowledged: Set<string>;
  /** The steps that were shown whole. */
  readonly disclosed: Set<number>;
  /** What is to be collected of what it has earned. */
  readonly revenue: Account;
  earned: bigint;
  /** What each party has collected of that, by its name. */
  readonly collected: Map<string, bigint>;
};

export class Versions {
  readonly #versions = new Map<string, Version>();

  propose(author: Bytes, terms: Terms, deadline: bigint): void {
    require(same(author, terms.provider), "provider is the version's");
    const name = versionOf(terms);
    const version = this.find(name) ?? drafted(name, terms);
    require(version.stage === "draft", "version is new");

    version.stage = "proposed";
    version.deadline = deadline;
    this.#versions.set(nameOf(name), version);
  }

  sign(author: Bytes, name: Bytes): void {
    const version = this.at("proposed", name);
    const contributes = version.terms.shares.some(([party]) => same(party, author));
    require(contributes, "provider contributes to the version");

    version.signed.add(nameOf(author));
  }

  acknowledge(author: Bytes, name: Bytes, step: bigint): void {
    const version = this.at("proposed", name);
    requireHolder(version, step, author);

    version.acknowledged.add(holding(step, author));
  }

  /** Then every holder is asked anew. */
  reject(author: Bytes, name: Bytes, step: bigint): void {
    const version = this.at("proposed", name);
    requireHolder(version, step, author);

    version.stage = "draft";
    version.acknowledged.clear();
  }

  activate(name: Bytes): void {
    const version = this.at("proposed", name);
    const { shares, steps } = version.terms;
    const isSigned = shares.every(([party]) => version.signed.has(nameOf(party)));
    require(isSigned, "every provider has signed");
    const isAcknowledged = steps.every(({ holders }, step) =>
      holders.every((holder) => version.acknowledged.has(holding(BigInt(step), holder))),
    );
    require(isAcknowledged, "every holder has acknowledged");

    version.stage = "active";
  }

  retire(author: Bytes, name: Bytes): void {
    const proposed = this.find(name);
    if (proposed) require(same(author, proposed.terms.provider), "provider is the version's");
    const version = this.at("active", name);

    version.stage = "retired";
  }

  /** What was offered for too long, in a block, is as if it had never been. */
  forget(now: bigint): void {
    for (const [name, { stage, deadline }] of this.#versions) {
      const isOffered = stage === "draft" || stage === "proposed";
      if (isOffered && deadline <= now) this.#versions.delete(name);
    }
  }

  /** The version of a name, if it was proposed and is not forgotten. */
  find(name: Bytes): Version | undefined {
    return this.#versions.get(nameOf(name));
  }

  /** The version of a name, at a stage. */
  at(stage: "proposed" | "active", name: Bytes): Version {
    const version = this.find(name);
    require(version?.stage === stage, `version is ${stage}`);
    return version;
  }
}

/** Checks that a quarrel about no step is halved more often than a ledger agrees on. */
export function checkRounds({ rounds }: Terms, most: bigint): void {
  check(rounds.every((round) => round <= most), "terms.rounds");
}

function drafted(name: Bytes, terms: Terms): Version {
  return {
    name,
    terms,
    stage: "draft",
    deadline: 0n,
    signed: new Set(),
    acknowledged: new Set(),
    disclosed: new Set(),
    revenue: new Account(),
    earned: 0n,
    collected: new Map(),
  };
}

function holding(step: bigint, party: Bytes): string {
  return `${step} ${nameOf(party)}`;
}

function requireHolder({ terms }: Version, step: bigint, party: Bytes): void {
  const holders = terms.steps[Number(step)]?.holders ?? [];
  require(holders.some((holder) => same(holder, party)), "vendor holds the step");
}
