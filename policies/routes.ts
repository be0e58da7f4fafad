import type { Field } from "./field";
import { isKubernetes } from "./pods";
import { clusterPorts, kuboPorts, type Port } from "./ports";
import type { Resource } from "./rule";

/** A place where a route names the port of a Service that requests go to. */
export interface Backend {
  /** The Service, and its namespace if it is another one's than the route's. */
  readonly service: string;
  readonly namespace?: string;
  /** The Service's port, by number or name; missing if the Service has only one. */
  readonly port: Field;
  /** The hosts whose requests come here; `*` is any. None if requests are not told apart by hosts. */
  readonly hosts: readonly string[];
}

const ports: readonly Port[] = [...Object.values(kuboPorts), ...Object.values(clusterPorts)];

/** The port of kubo or ipfs-cluster that a field means, by number or name. */
export function portOf(field: Field): Port | undefined {
  const { text, number } = field;
  return ports.find((port) => port.name === text || port.number === number || String(port.number) === text);
}

/** What a port is called in messages. */
export function called({ name, number }: Port): string {
  return `port ${name} (${number})`;
}

/** Every port of a Service that a resource leads requests from outside to. */
export function backends(resource: Resource): readonly Backend[] {
  const { fields } = resource;
  if (resource.type === "kubernetes:helm.sh/v3:Release")
    return ["tcp", "udp"].flatMap((key) => mapped(fields.at("values", key)));
  if (isKubernetes(resource, "Ingress")) return ingressBackends(fields.at("spec"));
  if (isKubernetes(resource, "VirtualService")) return istioBackends(fields.at("spec"));
  if (isKubernetes(resource) && /^(HTTP|GRPC|TLS|TCP|UDP)Route$/.test(resource.kind)) {
    const hosts = hostsIn(fields.at("spec", "hostnames"));
    const any = /^(HTTP|GRPC)Route$/.test(resource.kind) && hosts.length === 0;
    return referredTo(fields.at("spec"), "backendRefs", any ? ["*"] : hosts);
  }
  if (isKubernetes(resource) && /^IngressRoute(TCP|UDP)?$/.test(resource.kind)) {
    const routes = fields.at("spec", "routes").items;
    return routes.flatMap((route) => referredTo(route, "services", matchedHosts(route.at("match"), resource.kind)));
  }
  return [];
}

/** What an ingress-nginx chart maps a port of its own to: `namespace/service:port`. */
function mapped(map: Field): Backend[] {
  return map.entries.flatMap(([, field]) => {
    const [, namespace, service] = /^([^/:]+)\/([^/:]+):\w+/.exec(field.text ?? "") ?? [];
    return service ? [{ service, namespace, port: portWithin(field), hosts: [] }] : [];
  });
}

const portWithin = (field: Field) => field.with(/:(\w+)/.exec(field.text ?? "")?.[1]);

function ingressBackends(spec: Field): Backend[] {
  const backend = (field: Field, hosts: readonly string[]): Backend[] => {
    const service = field.at("service", "name").text;
    const port = field.at("service", "port");
    const named = port.at("number").missing ? port.at("name") : port.at("number");
    return service ? [{ service, port: named, hosts }] : [];
  };
  return [
    ...backend(spec.at("defaultBackend"), ["*"]),
    ...spec.at("rules").items.flatMap((rule) => {
      return rule.at("http", "paths").items.flatMap((path) => backend(path.at("backend"), [hostOf(rule)]));
    }),
  ];
}

const hostOf = (rule: Field) => rule.at("host").text || "*";
const hostsIn = (list: Field) => list.items.flatMap(({ text }) => text || []);

/** The hosts in Traefik's `Host(`a`, `b`) && PathPrefix(...)`; of what is not HTTP, those of its TLS. */
function matchedHosts({ text = "" }: Field, kind: string): readonly string[] {
  const calls = [...text.matchAll(/\bHost(?:SNI|Header)?\(([^)]*)\)/g)];
  const hosts = calls.flatMap(([, list]) => [...list.matchAll(/[`"]([^`"]+)[`"]/g)].map(([, host]) => host));
  return kind === "IngressRoute" && hosts.length === 0 ? ["*"] : hosts;
}

/** The Services that are named in lists of this name, and as mirrors. */
function referredTo(where: Field, list: string, hosts: readonly string[]): Backend[] {
  return [...where.all()]
    .filter(({ path }) => path.endsWith(`.${list}`) || path.endsWith(".backendRef"))
    .flatMap((field) => (field.path.endsWith(".backendRef") ? [field] : field.items))
    .flatMap((reference) => {
      const service = reference.at("name").text;
      const namespace = reference.at("namespace").text;
      return service ? [{ service, ...(namespace && { namespace }), port: reference.at("port"), hosts }] : [];
    });
}

function istioBackends(spec: Field): Backend[] {
  const hosts = hostsIn(spec.at("hosts"));
  return [...spec.all()]
    .filter(({ path }) => /\.(destination|mirror)$/.test(path))
    .flatMap((destination) => {
      const [service, namespace] = (destination.at("host").text ?? "").split(".");
      return service
        ? [{ service, ...(namespace && { namespace }), port: destination.at("port", "number"), hosts }]
        : [];
    });
}
