import type { Field } from "./field";
import { isKubernetes, place } from "./pods";
import { clusterPorts, kuboPorts, type Port } from "./ports";
import type { Resource } from "./rule";

/** A place where a route names the port of a Service that requests go to. */
export interface Backend {
  /** The Service, and its namespace if it is another one's than the route's. */
  readonly service: string;
  readonly namespace?: string;
  /** The Service's port, by number or name; missing if the Service has only one. */
  readonly port: Field;
  /** The hosts whose requests come here; none means any. */
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

/** Whether a Service is reached from outside of the Kubernetes cluster by itself. */
export function isOpen(service: Resource): boolean {
  if (!isKubernetes(service, "Service")) return false;
  const spec = service.fields.at("spec");
  return (
    spec.at("type").is("NodePort") || spec.at("type").is("LoadBalancer") || spec.at("externalIPs").items.length > 0
  );
}

/** The pods' ports that a Service leads to, each with the field that says so. */
export function targets(service: Resource): readonly { readonly field: Field; readonly port: Port }[] {
  return service.fields.at("spec", "ports").items.flatMap((entry) => targetOf(entry));
}

function targetOf(entry: Field): { field: Field; port: Port }[] {
  const field = entry.at("targetPort").missing ? entry.at("port") : entry.at("targetPort");
  const port = portOf(field);
  return port ? [{ field, port }] : [];
}

/** The ports that a backend leads to, in the Services of its stack. */
export function follow(route: Resource, backend: Backend, resources: readonly Resource[]): Port[] {
  const namespace = backend.namespace ?? place(route).namespace;
  const services = resources.filter((each) => {
    if (!isKubernetes(each, "Service")) return false;
    const at = place(each);
    return at.name === backend.service && at.namespace === namespace;
  });
  return services.flatMap((service) =>
    service.fields
      .at("spec", "ports")
      .items.filter(
        (entry) =>
          backend.port.missing || entry.at("port").number === numberOf(backend.port) || isNamed(entry, backend),
      )
      .flatMap((entry) => targetOf(entry).map(({ port }) => port)),
  );
}

const numberOf = (field: Field) => field.number ?? Number(field.text);
const isNamed = (entry: Field, { port }: Backend) => port.text !== undefined && entry.at("name").text === port.text;

/** Every port of a Service that a resource leads requests from outside to. */
export function backends(resource: Resource): readonly Backend[] {
  const { fields } = resource;
  if (resource.type === "kubernetes:helm.sh/v3:Release")
    return ["tcp", "udp"].flatMap((key) => mapped(fields.at("values", key)));
  if (isKubernetes(resource, "Ingress")) return ingressBackends(fields.at("spec"));
  if (isKubernetes(resource, "VirtualService")) return istioBackends(fields.at("spec"));
  if (isKubernetes(resource) && /^(HTTP|GRPC|TLS|TCP|UDP)Route$/.test(resource.kind)) {
    return routeBackends(fields.at("spec"), "backendRefs", "hostnames");
  }
  if (isKubernetes(resource) && /^IngressRoute(TCP|UDP)?$/.test(resource.kind)) {
    return routeBackends(fields.at("spec"), "services", "hosts");
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
    ...backend(spec.at("defaultBackend"), []),
    ...spec.at("rules").items.flatMap((rule) => {
      const hosts = rule.at("host").text ? [rule.at("host").text as string] : [];
      return rule.at("http", "paths").items.flatMap((path) => backend(path.at("backend"), hosts));
    }),
  ];
}

function routeBackends(spec: Field, list: string, hostList: string): Backend[] {
  const hosts = spec.at(hostList).items.flatMap(({ text }) => (text ? [text] : []));
  return [...spec.all()]
    .filter(({ path }) => path.endsWith(`.${list}`) || path.endsWith(".backendRef"))
    .flatMap((field) => (field.path.endsWith(".backendRef") ? [field] : field.items))
    .flatMap((reference) => {
      const service = reference.at("name").text;
      const namespace = reference.at("namespace").text;
      return service ? [{ service, ...(namespace && { namespace }), port: reference.at("port"), hosts }] : [];
    });
}

function istioBackends(spec: Field): Backend[] {
  const hosts = spec.at("hosts").items.flatMap(({ text }) => (text ? [text] : []));
  return [...spec.all()]
    .filter(({ path }) => /\.(destination|mirror)$/.test(path))
    .flatMap((destination) => {
      const [service, namespace] = (destination.at("host").text ?? "").split(".");
      return service
        ? [{ service, ...(namespace && { namespace }), port: destination.at("port", "number"), hosts }]
        : [];
    });
}
