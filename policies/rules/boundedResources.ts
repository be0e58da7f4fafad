import { allContainers } from "../pods";
import type { Rule } from "../rule";

/** Room that is reserved and not exceeded. */
export const boundedResources: Rule = {
  name: "bounded-resources",
  what: "Every container asks for processor and memory, and has a limit of memory.",
  why: "Without them a peer is the first to be evicted from a full machine, or the one that fills it.",
  fix: "set resources.requests.cpu, resources.requests.memory and resources.limits.memory",
  check(resource, report) {
    for (const container of allContainers(resource)) {
      for (const path of [
        ["requests", "cpu"],
        ["requests", "memory"],
        ["limits", "memory"],
      ]) {
        const amount = container.at("resources", ...path);
        if (amount.missing) report(amount, "is missing");
      }
    }
  },
};
