/** `node src/main.ts MACHINE`: speaks the wire, as `tallystick conform` asks. */

import { Basic } from "./basic.ts";
import type { Machine } from "./machine.ts";
import { Orchestrated } from "./orchestrated.ts";
import { Program } from "./program.ts";
import { serve } from "./wire.ts";

const machines: Record<string, () => Machine> = {
  basic: () => new Basic(),
  orchestrated: () => new Orchestrated(),
};

const [name = ""] = process.argv.slice(2);
const make = machines[name];
if (make) {
  const program = new Program(name, make);
  await serve((request) => program.answer(request), process.stdin, process.stdout);
} else {
  console.error(`give a machine: ${Object.keys(machines).join(" or ")}`);
  process.exitCode = 2;
}
