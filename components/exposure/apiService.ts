import type { types } from "@pulumi/kubernetes";
import { clusterPorts, type ExposablePort, kuboPorts, portOf, servedBy } from "../network";
import { labels, selectorLabels } from "../platform";
import type { HttpApi, HttpWay, LoadBalancerWay, Settings } from "../settings";
import { externalDnsAnnotations } from "./externalDns";
import { gceServiceAnnotations } from "./gce";

type ServiceSpec = types.input.core.v1.ServiceSpec;
type ServicePort = types.input.core.v1.ServicePort;

/** A Service without a namespace. */
export interface ServiceObject {
  readonly metadata: {
    readonly name: string;
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: ServiceSpec;
}

/** Kubernetes refuses another class, so a Service gets one by being made anew. */
export const replacedByClass = { replaceOnChanges: ["spec.loadBalancerClass"], deleteBeforeReplace: true };

/** Seconds in which a provider that is there gives a load balancer its address. */
const loadBalancerSeconds = 300;

/** The Service of an API, over the ready pods that serve it. It is there whatever the way in, and is the way in for node ports and load balancers. */
export function apiService(settings: Settings, api: HttpApi): ServiceObject {
  const way = settings.exposure[api];
  const role = servedBy(settings, api);
  return {
    metadata: {
      name: api,
      labels: labels(settings.stack, role),
      annotations: {
        ...externalDnsAnnotations(settings, plainNames(way)),
        ...gceServiceAnnotations(settings, api),
        ...(way.way === "loadBalancer" ? loadBalancerAnnotations(way) : {}),
      },
    },
    spec: { selector: selectorLabels(settings, role), ...typeOf(way), ports: [apiPort(portOf(api), way)] },
  };
}

function typeOf(way: HttpWay): Pick<ServiceSpec, "type" | "loadBalancerClass" | "loadBalancerSourceRanges"> {
  if (way.way === "nodePort") return { type: "NodePort" };
  if (way.way !== "loadBalancer") return { type: "ClusterIP" };
  return {
    type: "LoadBalancer",
    ...(way.class ? { loadBalancerClass: way.class } : {}),
    ...(way.allowFrom.length > 0 ? { loadBalancerSourceRanges: [...way.allowFrom] } : {}),
  };
}

/** An update says soon where nobody provides load balancers; by default it would try for ten minutes. */
function loadBalancerAnnotations({ annotations }: LoadBalancerWay): Record<string, string> {
  return { ...annotations, "pulumi.com/timeoutSeconds": String(loadBalancerSeconds) };
}

/** A Service's port for an API: its own number, but on load balancers the one that URLs leave out. */
export function apiPort(port: ExposablePort, way: HttpWay): ServicePort {
  const outside = way.way === "loadBalancer" ? (way.tls ? 443 : 80) : port.number;
  return {
    name: port.name,
    port: outside,
    targetPort: port.name,
    protocol: port.protocol,
    // Azure would ask the load balancer's "/" for a 200 by it.
    ...(way.way === "loadBalancer" ? {} : { appProtocol: "http" }),
    ...(way.way === "nodePort" && way.port !== undefined ? { nodePort: way.port } : {}),
  };
}

/** The names that lead to a node port or a load balancer, subdomains included. */
export function plainNames(way: HttpWay): string[] {
  if ((way.way !== "nodePort" && way.way !== "loadBalancer") || way.host === undefined) return [];
  return [way.host, ...(way.subdomains ? [`*.ipfs.${way.host}`, `*.ipns.${way.host}`] : [])];
}

/**
 * ipfs-cluster's proxy of kubo's RPC, for programs in the Kubernetes cluster that expect a kubo: on the port where they look for it.
 * Unauthenticated, so it is of no other type than ClusterIP. Undefined: `cluster.proxy` is off.
 */
export function proxyService(settings: Settings): ServiceObject | undefined {
  if (!settings.cluster.proxy) return undefined;
  const { name, protocol } = clusterPorts.proxy;
  return {
    metadata: { name: "proxy", labels: labels(settings.stack, "cluster"), annotations: {} },
    spec: {
      type: "ClusterIP",
      selector: selectorLabels(settings, "cluster"),
      ports: [{ name, port: kuboPorts.rpc.number, targetPort: name, protocol, appProtocol: "http" }],
    },
  };
}
