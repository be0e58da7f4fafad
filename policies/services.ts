import type { Field } from "./field";
import { allContainers, isKubernetes, place, podTemplate, serves } from "./pods";
import type { Port } from "./ports";
import { type Backend, portOf } from "./routes";
import type { Resource } from "./rule";

/** A pod's port that a Service leads to, and the field that says so. */
export interface Target {
  readonly field: Field;
  readonly port: Port;
}

/** Whether a Service is reached from outside of the Kubernetes cluster by itself. */
export function isOpen(service: Resource): boolean {
  if (!isKubernetes(service, "Service")) return false;
  const spec = service.fields.at("spec");
  return (
    spec.at("type").is("NodePort") || spec.at("type").is("LoadBalancer") || spec.at("externalIPs").items.length > 0
  );
}

/** The pods' ports that a Service leads to, by its own word. */
export function targets(service: Resource): readonly Target[] {
  return entriesOf(service).flatMap((entry) => {
    const field = target(entry);
    const port = portOf(field);
    return port ? [{ field, port }] : [];
  });
}

/** The Services of a stack, and the pods behind them. */
export class Services {
  /** Each with its patches. */
  private readonly all = new Map<string, Resource[]>();
  private readonly workloads: readonly Resource[];

  /** @param resources of the stack. */
  constructor(resources: readonly Resource[]) {
    this.workloads = resources.filter((resource) => podTemplate(resource));
    for (const service of resources.filter((resource) => isKubernetes(resource, "Service"))) {
      this.all.set(key(place(service)), [...this.at(place(service)), service]);
    }
  }

  /** What they open to the outside and don't say themselves: names of ports are the pods' own, and a patch may open what is another's. */
  hiddenTargets(): readonly (Target & { readonly service: Resource })[] {
    return [...this.all.values()].flatMap((same) =>
      (same.some(isOpen) ? same : []).flatMap((service) =>
        entriesOf(service)
          .flatMap((entry) => this.behind(entry, service).map((port) => ({ service, field: target(entry), port })))
          .filter(({ field, port }) => !isOpen(service) || portOf(field) !== port),
      ),
    );
  }

  /** The pods' ports that a backend of a route leads to; if its Service is not in the stack, the one that it names itself. */
  behindBackend(route: Resource, backend: Backend): readonly Port[] {
    const services = this.at({ namespace: backend.namespace ?? place(route).namespace, name: backend.service });
    const found = services.flatMap((service) =>
      entriesOf(service).flatMap((entry) => (isMeant(entry, backend) ? [{ entry, service }] : [])),
    );
    if (found.length > 0) return found.flatMap(({ entry, service }) => this.behind(entry, service));
    const port = portOf(backend.port);
    return port ? [port] : [];
  }

  /** The pods' ports behind one of a Service's. A name is what the pods call it; if they are not in the stack, the Service's number tells. */
  private behind(entry: Field, service: Resource): Port[] {
    const field = target(entry);
    const numbers = Number.isNaN(Number(field.text)) ? this.numbers(field, service) : [];
    const ports = numbers.length > 0 ? numbers.map(portOf) : [portOf(field) ?? portOf(entry.at("port"))];
    return ports.flatMap((port) => port ?? []);
  }

  /** The numbers that the pods of a Service give to the name of a port. */
  private numbers({ text }: Field, service: Resource): Field[] {
    const selectors = this.at(place(service)).map(({ fields }) => fields.at("spec", "selector"));
    return this.workloads
      .filter((workload) => place(workload).namespace === place(service).namespace)
      .filter((workload) => selectors.some((selector) => serves(selector, workload)))
      .flatMap((workload) => allContainers(workload).flatMap((container) => container.at("ports").items))
      .filter((port) => port.at("name").text === text)
      .map((port) => port.at("containerPort"));
  }

  private at(where: ReturnType<typeof place>): readonly Resource[] {
    return this.all.get(key(where)) ?? [];
  }
}

const key = ({ namespace, name }: ReturnType<typeof place>) => `${namespace}/${name}`;
const entriesOf = (service: Resource) => service.fields.at("spec", "ports").items;
const target = (entry: Field) => (entry.at("targetPort").missing ? entry.at("port") : entry.at("targetPort"));

/** Whether a backend means this port of its Service, by number or name. */
function isMeant(entry: Field, { port }: Backend): boolean {
  if (port.missing || entry.at("port").number === (port.number ?? Number(port.text))) return true;
  return port.text !== undefined && entry.at("name").text === port.text;
}
