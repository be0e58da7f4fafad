import { apisOf } from "../network";
import { apiHosts, istioGatewayOf, type Settings } from "../settings";
import { plainNames } from "./apiService";
import { gatewayName } from "./gatewayListeners";
import { ingressName } from "./ingress";

/** The object whose address a name has to lead to. */
export interface DnsTarget {
  readonly kind: "Service" | "Ingress" | "Gateway" | "pods" | "nodes";
  readonly namespace?: string;
  /** Of the object; of pods, their labels. */
  readonly name?: string;
}

/** A name to make in DNS. */
export interface DnsName {
  readonly name: string;
  readonly target: DnsTarget;
}

/** A record, as the stack's outputs have it. */
export interface DnsRecord {
  readonly name: string;
  /** Undefined as long as nobody said the address. */
  readonly type?: "A" | "AAAA" | "CNAME";
  readonly value?: string;
  /** What the name has to lead to: `Ingress ipfs-prod/gateway`. */
  readonly target: string;
}

/** Every name that leads to the stack, wildcards for subdomain gateways included, and to what. */
export function dnsNames(settings: Settings): DnsName[] {
  const namespace = settings.namespace.name;
  const plain = apisOf(settings).flatMap((api) => {
    const way = settings.exposure[api];
    const target: DnsTarget = way.way === "nodePort" ? { kind: "nodes" } : { kind: "Service", namespace, name: api };
    return plainNames(way).map((name) => ({ name, target }));
  });
  const hosted = apiHosts(settings).flatMap(({ use, way, names }) => {
    const target = proxyOf(settings, use, way);
    return names.map((name) => ({ name, target }));
  });
  return [...plain, ...hosted];
}

type Host = ReturnType<typeof apiHosts>[number];

function proxyOf(settings: Settings, use: Host["use"], way: Host["way"]): DnsTarget {
  const namespace = settings.namespace.name;
  switch (way) {
    case "ingress":
      return { kind: "Ingress", namespace, name: ingressName(use) };
    case "gatewayApi":
      return { kind: "Gateway", ...(settings.gatewayApi.existing ?? { namespace, name: gatewayName }) };
    case "istio": {
      const { namespace, selector } = istioGatewayOf(settings, use);
      const name = Object.entries(selector)
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
      return { kind: "pods", namespace, name };
    }
  }
}

/** A record for a name, by the address of its target: an IP address, a DNS name, or undefined. */
export function dnsRecord({ name, target }: DnsName, address: string | undefined): DnsRecord {
  const shown = describe(target);
  if (!address) return { name, target: shown };
  const type = address.includes(":") ? "AAAA" : /^[\d.]+$/.test(address) ? "A" : "CNAME";
  return { name, type, value: address, target: shown };
}

function describe({ kind, namespace, name }: DnsTarget): string {
  if (kind === "nodes") return "any node";
  if (kind === "pods") return `load balancer of the pods ${name} in ${namespace}`;
  return `${kind} ${namespace}/${name}`;
}
