/** What chance decides ("What a contract binds" in docs/formats/digests.md). */

import { type Bytes, same } from "../../bytes/bytes.ts";
import { type Suite, bind, draw } from "../../bytes/digest.ts";
import type { Request } from "./request.ts";

const AUDITED = 4n;

/** What a request's draws are made by, once the beacon has announced something. */
export function seedOf(suite: Suite, announced: Bytes, request: Request): Bytes {
  return bind(suite, "seed", [announced, request.id]);
}

/** Who is drawn to execute the step whose turn it is. */
export function drawn(suite: Suite, { terms, turn, seed, current }: Request): Bytes {
  const holders = terms.steps[turn]?.holders ?? [];
  return draw(suite, [...holders], seed, BigInt(turn), BigInt(current.failed)) as Bytes;
}

/** Whether chance draws a step for an audit. */
export function isDrawnForAudit(suite: Suite, lot: Bytes, step: number): boolean {
  const bound = bind(suite, "audit", [lot, BigInt(step)]);
  return BigInt("0x" + Buffer.from(bound).toString("hex")) % AUDITED === 0n;
}

/** Who checks a step that is audited: another holder, or else its contributor. */
export function auditorOf(suite: Suite, made: Request, lot: Bytes, step: number): Bytes {
  const part = made.terms.steps[step];
  const others = part?.holders.filter((holder) => !same(holder, made.executor(step))) ?? [];
  return draw(suite, others, lot, BigInt(step), 0n) ?? (part?.contributor as Bytes);
}
