import { isKubernetes, place } from "../pods";
import { type Backend, backends } from "../routes";
import type { Resource, Rule } from "../rule";
import { Services } from "../services";
import { listeners } from "../tls";

/** A host that a resource leads requests of to what is public, or to an API. */
interface Use {
  readonly host: string;
  readonly isPublic: boolean;
  readonly resource: Resource;
}

/** Hosts, which are what browsers keep sites apart by. */
export const hostsApart: Rule = {
  name: "hosts-apart",
  what: "No host has both public content and an API.",
  why: "Content that anybody added is a site of that host: its scripts act with the credentials that a browser has for the API.",
  fix: "give each API a host of its own",
  checkStack(resources, report) {
    const services = new Services(resources);
    const uses = resources.flatMap((resource) => usesOf(resource, resources, services));
    const said = new Set<string>();
    for (const use of uses) {
      const other = uses.find((each) => each.isPublic !== use.isPublic && meet(each, use));
      const host = use.host === "*" ? other?.host : use.host;
      if (!other || said.has(`${use.resource.urn} ${host}`)) continue;
      said.add(`${use.resource.urn} ${host}`);
      report(use.resource.fields.at("spec"), `host ${host} leads to public content and to an API`);
    }
  },
};

function usesOf(resource: Resource, resources: readonly Resource[], services: Services): Use[] {
  return backends(resource).flatMap((backend) =>
    services
      .behindBackend(resource, backend)
      .flatMap(({ audience }) =>
        hostsOf(resource, backend, resources).map((host) => ({ host, isPublic: audience === "public", resource })),
      ),
  );
}

/** A route of the Gateway API that names no host has its listener's. */
function hostsOf(route: Resource, { hosts }: Backend, resources: readonly Resource[]): readonly string[] {
  if (!hosts.includes("*") || route.fields.at("spec", "parentRefs").missing) return hosts;
  const names = listeners(route, resources).map((listener) => listener.at("hostname").text || "*");
  return names.length > 0 ? [...new Set(names)] : hosts;
}

/**
 * Whether one host's requests come to both. What names no host is asked for those of its own proxy only: for all of them at an Ingress, where
 * Kubernetes says so and some controllers do so, and for those that no other route names at a Gateway.
 */
function meet(one: Use, other: Use): boolean {
  if (one.host !== "*" && other.host !== "*") return one.host === other.host;
  if (proxyOf(one.resource) !== proxyOf(other.resource)) return false;
  return one.host === other.host || isKubernetes(one.resource, "Ingress", "IngressRoute");
}

/** What takes the requests of a route: a class of Ingress, or Gateways. */
function proxyOf(route: Resource): string {
  const { fields } = route;
  const gateways = fields.at("spec", "parentRefs").items.map((parent) => {
    return `${parent.at("namespace").text ?? place(route).namespace}/${parent.at("name").text}`;
  });
  const named = fields.at("spec", "gateways").items.map(({ text }) => text);
  const legacy = fields.at("metadata", "annotations", "kubernetes.io/ingress.class").text;
  const ingressClass = fields.at("spec", "ingressClassName").text ?? legacy ?? "";
  return [route.kind, ingressClass, ...new Set([...gateways, ...named])].join(" ");
}
