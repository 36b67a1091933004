/** The machines that are implemented, by their names. */

import { Basic } from "./basic.ts";
import { Bisection } from "./bisection.ts";
import { Hardened, HardenedAtWork } from "./hardened/hardened.ts";
import { Ledger } from "./ledger.ts";
import type { Machine } from "./machine.ts";
import { Orchestrated } from "./orchestrated.ts";

export const machines: Record<string, () => Machine> = {
  basic: () => new Basic(),
  orchestrated: () => new Orchestrated(),
  ledger: () => new Ledger(),
  bisection: () => new Bisection(),
  hardened: () => new Hardened(),
  hardened_at_work: () => new HardenedAtWork(),
};
