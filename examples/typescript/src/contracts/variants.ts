/** The contracts of the three variants. */

import type { Contract } from "../ledger/contract.ts";
import type { Genesis } from "../ledger/genesis.ts";
import { Basic } from "./basic.ts";
import { Hardened } from "./hardened/hardened.ts";
import { Orchestrated } from "./orchestrated.ts";

export const variants = {
  basic: (genesis: Genesis): Contract => new Basic(genesis),
  orchestrated: (genesis: Genesis): Contract => new Orchestrated(genesis),
  hardened: (genesis: Genesis): Contract => new Hardened(genesis),
};

export type Variant = keyof typeof variants;
