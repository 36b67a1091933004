/** The machines `hardened` and `hardened_at_work`: all that can happen in a hardened market. */

import type { Machine } from "../machine.ts";
import { Surroundings } from "./surroundings.ts";

/** From where a request can be made at once. */
export class HardenedAtWork extends Surroundings {
  override get actions(): Machine["actions"] {
    return [
      this.sign,
      this.hand_over,
      this.activate,
      this.request,
      this.route,
      this.lapse,
      this.assign,
      this.pass_over,
      this.abandon,
      this.hop,
      this.record,
      this.demand,
      this.publish,
      this.replace,
      this.give_up,
      this.withhold,
      this.withhold_input,
      this.show_bad,
      this.show_bad_input,
      this.draw_lots,
      this.settle,
      this.tick,
      this.dispute,
      this.audit,
      this.open_step,
      this.refuse_to_open,
      this.narrow,
      this.answer,
      this.concede,
      this.complain,
      this.open_row,
      this.uphold,
      this.dismiss,
      this.equivocate,
      this.expose,
      this.collect,
      this.collect_share,
      this.leave_out,
      this.leap,
      this.overtake,
      this.foresee,
      this.orphan,
      this.guess,
    ];
  }
}

/** From an empty ledger on. */
export class Hardened extends HardenedAtWork {
  override get actions(): Machine["actions"] {
    return [
      ...super.actions,
      this.propose,
      this.acknowledge,
      this.reject,
      this.retire,
      this.deposit,
      this.withdraw,
      this.rotate,
      this.forge,
      this.fork,
      this.show_fork,
    ];
  }
}
