/** `node src/main.ts MACHINE`: speaks the wire, as `tallystick conform` asks. */

import { machines } from "./machines/machines.ts";
import { Program } from "./program/program.ts";
import { serve } from "./program/wire.ts";

const [name = ""] = process.argv.slice(2);
const make = machines[name];
if (make) {
  const program = new Program(name, make);
  await serve((request) => program.answer(request), process.stdin, process.stdout);
} else {
  console.error(`give a machine: ${Object.keys(machines).join(" or ")}`);
  process.exitCode = 2;
}
