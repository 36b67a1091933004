/** What outlives the process: the actions that were accepted, one line each, in a file. */

import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Value } from "../machines/machine.ts";

export type Act = [action: string, args: Value[]];

export class Journal {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "journal.jsonl");
  }

  begin(): void {
    writeFileSync(this.#path, "");
  }

  append(act: Act): void {
    appendFileSync(this.#path, JSON.stringify(act) + "\n");
  }

  /** The actions, in order. A line without an end was never acknowledged, and is cut off. */
  read(): Act[] {
    const bytes = readFileSync(this.#path);
    const whole = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
    truncateSync(this.#path, whole.length);
    return whole.toString().split("\n").slice(0, -1).map((line) => JSON.parse(line) as Act);
  }
}
