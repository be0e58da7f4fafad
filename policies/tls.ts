import type { Field } from "./field";
import { isKubernetes, place } from "./pods";
import type { Backend } from "./routes";
import type { Resource } from "./rule";

/**
 * The listeners, of a route itself or of the Gateways in its stack, that take requests for a backend in clear. A Gateway of somebody else's
 * can't be seen, and is not judged.
 */
export function clearListeners(route: Resource, backend: Backend, resources: readonly Resource[]): readonly Field[] {
  if (isKubernetes(route, "Ingress")) return clearRules(route, backend);
  if (isKubernetes(route, "VirtualService")) return clearServers(route, backend, resources);
  if (/^IngressRoute/.test(route.kind)) return route.fields.at("spec", "tls").missing ? [route.fields.at("spec")] : [];
  if (route.kind === "Release") return [backend.port]; // a port that the controller passes on as it is
  return clearGateways(route, resources);
}

function clearRules(ingress: Resource, { hosts }: Backend): Field[] {
  const tls = ingress.fields.at("spec", "tls");
  const covered = tls.items.flatMap((entry) => entry.at("hosts").items.map(({ text }) => text ?? ""));
  const wholly = hosts.length > 0 && hosts.every((host) => covered.some((name) => covers(name, host)));
  return wholly || !tls.isKnown ? [] : [tls];
}

/** A wildcard is for one label. */
function covers(name: string, host: string): boolean {
  return name === host || (name.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));
}

const encrypted = new Set(["HTTPS", "TLS"]);

function clearGateways(route: Resource, resources: readonly Resource[]): Field[] {
  return listeners(route, resources).filter((listener) => {
    const protocol = listener.at("protocol").text;
    return protocol !== undefined && !encrypted.has(protocol);
  });
}

/** The listeners that a route of the Gateway API has requests from, of Gateways in its stack. */
export function listeners(route: Resource, resources: readonly Resource[]): readonly Field[] {
  return route.fields.at("spec", "parentRefs").items.flatMap((parent) => {
    const namespace = parent.at("namespace").text ?? place(route).namespace;
    const gateway = resources.find(
      (each) =>
        each.type.startsWith("kubernetes:gateway.networking.k8s.io/") &&
        each.kind === "Gateway" &&
        place(each).name === parent.at("name").text &&
        place(each).namespace === namespace,
    );
    const section = parent.at("sectionName").text;
    const port = parent.at("port").number;
    const all = gateway?.fields.at("spec", "listeners").items ?? [];
    return all.filter(
      (listener) =>
        (section === undefined || listener.at("name").is(section)) &&
        (port === undefined || listener.at("port").is(port)),
    );
  });
}

function clearServers(route: Resource, { port }: Backend, resources: readonly Resource[]): Field[] {
  const wanted = matchedPorts(route, port);
  return route.fields.at("spec", "gateways").items.flatMap(({ text = "" }) => {
    const [name, namespace = place(route).namespace] = text.split("/").reverse();
    const gateway = resources.find(
      (each) =>
        each.type.startsWith("kubernetes:networking.istio.io/") &&
        each.kind === "Gateway" &&
        place(each).name === name &&
        place(each).namespace === namespace,
    );
    const servers = gateway?.fields.at("spec", "servers").items ?? [];
    return servers.filter((server) => {
      const number = server.at("port", "number").number;
      if (wanted && number !== undefined && !wanted.has(number)) return false;
      const protocol = server.at("port", "protocol").text;
      return protocol !== undefined && !encrypted.has(protocol) && !server.at("tls", "httpsRedirect").is(true);
    });
  });
}

/** The gateway's ports from which a VirtualService's route to this destination takes requests; undefined: from all. */
function matchedPorts(route: Resource, destination: Field): ReadonlySet<number> | undefined {
  for (const list of ["http", "tls", "tcp"]) {
    for (const rule of route.fields.at("spec", list).items) {
      if (!destination.path.startsWith(`${rule.path}.`)) continue;
      const ports = rule.at("match").items.map((match) => match.at("port").number);
      return ports.length > 0 && ports.every((number) => number !== undefined) ? new Set(ports) : undefined;
    }
  }
  return undefined;
}
