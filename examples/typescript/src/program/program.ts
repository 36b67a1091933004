/** A program that implements one machine: it keeps what it has acknowledged in its folder. */

import { Journal } from "./journal.ts";
import { type Machine, Refused, type Value, begin, fields, show, take } from "../machines/machine.ts";
import type { Answer, Opening, Request } from "./wire.ts";

const PROTOCOL = 1;

type Instance = { opening: Opening; machine: Machine; journal: Journal };

export class Program {
  readonly #name: string;
  readonly #make: () => Machine;
  #instance: Instance | undefined;

  /** Of the machine of this name; `make` gives one that is to be begun. */
  constructor(name: string, make: () => Machine) {
    this.#name = name;
    this.#make = make;
  }

  answer(request: Request): Answer {
    switch (request.do) {
      case "hello":
        return this.#hello(request.protocol);
      case "open":
        return this.#open(request);
      case "take":
        return this.#take(request.action, request.args);
      case "state":
        return { state: show(this.#opened().machine) };
      case "restart":
        return this.#reopen();
      case "close":
        this.#instance = undefined;
        return {};
      default:
        throw new Error(`there is no request ${(request as { do: string }).do}`);
    }
  }

  #hello(protocol: number): Answer {
    if (protocol !== PROTOCOL) throw new Error(`this is version ${PROTOCOL} of the wire`);
    const machine = this.#make();
    return {
      protocol: PROTOCOL,
      name: "tallystick-typescript",
      version: "0.1.0",
      machine: this.#name,
      actions: machine.actions.map((action) => action.name),
      fields: fields(machine),
      restarts: ["clean", "kill"],
      window: 64,
      order: true,
    };
  }

  #open(opening: Opening): Answer {
    if (opening.machine !== this.#name) throw new Error(`this program implements ${this.#name}`);
    const machine = this.#make();
    begin(machine, opening.functions, opening.start);
    const journal = new Journal(opening.folder);
    if (opening.resume) {
      for (const [action, args] of journal.read()) take(machine, action, args);
    } else {
      journal.begin();
    }
    this.#instance = { opening, machine, journal };
    return {};
  }

  /** Forgets all but what the folder has. */
  #reopen(): Answer {
    return this.#open({ ...this.#opened().opening, resume: true });
  }

  #take(action: string, args: Value[]): Answer {
    const { machine, journal } = this.#opened();
    try {
      take(machine, action, args);
      journal.append([action, args]);
      return { accepted: true };
    } catch (error) {
      if (error instanceof Refused) return { refused: error.message };
      this.#reopen(); // which undoes what it has done so far
      throw error;
    }
  }

  #opened(): Instance {
    if (!this.#instance) throw new Error("nothing is open: ask for open first");
    return this.#instance;
  }
}
