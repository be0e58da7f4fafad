import { valuesOf } from "../environment";
import { serviceJsons } from "../files";
import { allContainers } from "../pods";
import type { Rule } from "../rule";

/** What a pod does with the pinset when it stops. */
export const noLeaveOnShutdown: Rule = {
  name: "no-leave-on-shutdown",
  what: "No ipfs-cluster peer leaves its cluster when it stops.",
  why: "In CRDT mode leaving wipes the peer's pinset: every restart of a pod would.",
  fix: "set leave_on_shutdown to false, and take the variable or the flag away",
  check(resource, report) {
    for (const config of serviceJsons(resource)) {
      const leave = config.at("cluster", "leave_on_shutdown");
      if (leave.is(true)) report(leave, "is on");
    }
    for (const value of valuesOf(resource, "CLUSTER_LEAVEONSHUTDOWN")) {
      if (/^(1|t|true)$/i.test(value.text ?? "")) report(value, "is on");
    }
    for (const container of allContainers(resource)) {
      for (const argument of [...container.at("command").items, ...container.at("args").items]) {
        if (/(^|\s)--leave($|=(true|1)|\s)/.test(argument.text ?? "")) report(argument, "has --leave");
      }
    }
  },
};
