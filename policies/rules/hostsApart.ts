import { backends, follow, portOf } from "../routes";
import type { Resource, Rule } from "../rule";

/** Hosts, which are what browsers keep sites apart by. */
export const hostsApart: Rule = {
  name: "hosts-apart",
  what: "No host has both public content and an API.",
  why: "Content that anybody added is a site of that host: its scripts act with the credentials that a browser has for the API.",
  fix: "give each API a host of its own",
  checkStack(resources, report) {
    const uses = new Map<string, { audience: "public" | "inner"; resource: Resource }[]>();
    for (const resource of resources) {
      for (const backend of backends(resource)) {
        const direct = portOf(backend.port);
        const ports = direct ? [direct] : follow(resource, backend, resources);
        for (const { audience } of ports) {
          const use = { audience: audience === "public" ? ("public" as const) : ("inner" as const), resource };
          for (const host of backend.hosts) uses.set(host, [...(uses.get(host) ?? []), use]);
        }
      }
    }
    for (const [host, all] of uses) {
      if (new Set(all.map(({ audience }) => audience)).size < 2) continue;
      for (const resource of new Set(all.map((use) => use.resource))) {
        report(resource.fields.at("spec"), `host ${host} leads to public content and to an API`);
      }
    }
  },
};
