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
      const requests = container.at("resources", "requests");
      const limits = container.at("resources", "limits");
      for (const what of ["cpu", "memory"]) {
        // What has a limit and no request asks for the limit: the API server fills that in.
        const isAsked = [requests, limits].some((amounts) => !amounts.at(what).missing);
        if (!isAsked) report(requests.at(what), "is missing");
      }
      if (limits.at("memory").missing) report(limits.at("memory"), "is missing");
    }
  },
};
