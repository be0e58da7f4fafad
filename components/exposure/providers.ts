import { isIP } from "node:net";
import type { types } from "@pulumi/kubernetes";
import type { LoadBalancerProvider, PerPeerLoadBalancer } from "../settings";

/** What one load balancer is to be, as far as providers differ about it. */
export interface LoadBalancerWish {
  /** TCP and UDP on the same port of one Service. */
  readonly mixed: boolean;
  /** Services of the same key share an address; undefined: it has one to itself. */
  readonly sharedBy?: string;
  /** The address to have; undefined, or a DNS name: the provider chooses. */
  readonly address?: string;
}

/** What a Service says to its provider. */
export interface LoadBalancerTerms {
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: Pick<
    types.input.core.v1.ServiceSpec,
    "loadBalancerClass" | "loadBalancerIP" | "allocateLoadBalancerNodePorts"
  >;
}

type Annotations = Readonly<Record<string, string>>;

/** How one provider's controller wants to be told. */
interface Provider {
  /** spec.loadBalancerClass; undefined: whoever serves Services without one. */
  readonly class?: (way: PerPeerLoadBalancer) => string | undefined;
  /** On every Service. */
  readonly annotations?: Annotations;
  readonly internal?: Annotations;
  readonly external?: Annotations;
  /** Where TCP and UDP are in one Service. */
  readonly mixed?: Annotations;
  /** Where two Services are to have one address. */
  readonly shared?: (key: string) => Annotations;
  /** How an address is asked for; undefined: it can't be told by the address itself. */
  readonly address?: (ip: string) => { annotations: Annotations } | { loadBalancerIP: string };
  /** It sends packets to the pods and not to ports of the nodes. */
  readonly toPods?: boolean;
}

// Deprecated, but the only field that is nobody's in particular, and what these read.
const byField = (loadBalancerIP: string) => ({ loadBalancerIP });

const aws = (name: string) => `service.beta.kubernetes.io/aws-load-balancer-${name}`;
const azure = (name: string) => `service.beta.kubernetes.io/azure-load-balancer-${name}`;

/**
 * AWS: AWS Load Balancer Controller. GKE: its own. Azure: cloud-provider-azure. Sources: their documentation of annotations.
 * Whom to let in is spec.loadBalancerSourceRanges for all of them.
 */
const providers: Readonly<Record<LoadBalancerProvider, Provider>> = {
  aws: {
    class: () => "service.k8s.aws/nlb",
    annotations: {
      [aws("nlb-target-type")]: "ip",
      // UDP can't be checked, so the port's TCP side is.
      [aws("healthcheck-protocol")]: "tcp",
      [aws("healthcheck-port")]: "traffic-port",
      // Pods would see the load balancer's address instead of their peers'.
      [aws("target-group-attributes")]: "preserve_client_ip.enabled=true",
      // One pod in one zone, and addresses in all of them.
      [aws("attributes")]: "load_balancing.cross_zone.enabled=true",
    },
    internal: { [aws("scheme")]: "internal" },
    // Said always: the controller's default is internal.
    external: { [aws("scheme")]: "internet-facing" },
    mixed: { [aws("enable-tcp-udp-listener")]: "true" },
    toPods: true,
  },
  gke: {
    // Only these carry both protocols. Two Services share an address in any class.
    class: ({ internal, split }) =>
      split ? undefined : `networking.gke.io/l4-regional-${internal ? "internal" : "external"}`,
    internal: { "networking.gke.io/load-balancer-type": "Internal" },
    // Its annotation takes names of reserved addresses, not the addresses.
    address: byField,
  },
  azure: {
    internal: { [azure("internal")]: "true" },
    address: (ip) => ({ annotations: { [azure(`ipv${isIP(ip)}`)]: ip } }),
  },
  metallb: {
    shared: (key) => ({ "metallb.io/allow-shared-ip": key }),
    address: (ip) => ({ annotations: { "metallb.io/loadBalancerIPs": ip } }),
  },
  none: { address: byField },
};

/**
 * What the Service of one peer says to the provider of load balancers. The stack file's class and annotations come last.
 *
 * @param way the settings of the port.
 */
export function loadBalancerTerms(way: PerPeerLoadBalancer, wish: LoadBalancerWish): LoadBalancerTerms {
  const provider = providers[way.provider];
  const asked = wish.address && isIP(wish.address) !== 0 ? provider.address?.(wish.address) : undefined;
  const loadBalancerClass = way.class ?? provider.class?.(way);
  return {
    annotations: {
      ...provider.annotations,
      ...(way.internal ? provider.internal : provider.external),
      ...(wish.mixed ? provider.mixed : {}),
      ...(wish.sharedBy ? provider.shared?.(wish.sharedBy) : {}),
      ...(asked && "annotations" in asked ? asked.annotations : {}),
      ...way.annotations,
    },
    spec: {
      ...(loadBalancerClass ? { loadBalancerClass } : {}),
      ...(asked && "loadBalancerIP" in asked ? asked : {}),
      ...(provider.toPods ? { allocateLoadBalancerNodePorts: false } : {}),
    },
  };
}
