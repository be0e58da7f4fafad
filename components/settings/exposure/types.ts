import type { FreeForm, WorkloadSettings } from "../workload";

/** The APIs that people and programs use over HTTP. */
export type HttpApi = "gateway" | "rest" | "pinning";

/** Labels or annotations. */
type Strings = Readonly<Record<string, string>>;

interface Subdomains {
  /** Every CID is an origin of its own, at `<cid>.ipfs.<host>`. Only ever true for the gateway. */
  readonly subdomains: boolean;
}

interface Insecure {
  /** Credentials may cross the network in clear. Only ever true for the client APIs. */
  readonly insecure: boolean;
}

/** What all ways through a shared proxy have in common. They always have TLS. */
export interface Hosted extends Subdomains {
  readonly host: string;
  /** Name of the user's own kubernetes.io/tls Secret; undefined: `tls.issuer` makes one. */
  readonly certificate?: string;
  /** Address ranges; empty: anyone. */
  readonly allowFrom: readonly string[];
}

export interface NodePortWay extends Subdomains, Insecure {
  readonly way: "nodePort";
  /** Undefined: Kubernetes chooses. */
  readonly port?: number;
  readonly host?: string;
}

export interface LoadBalancerWay extends Subdomains, Insecure {
  readonly way: "loadBalancer";
  readonly host?: string;
  readonly class?: string;
  readonly annotations: Strings;
  readonly allowFrom: readonly string[];
  readonly tls?: "atLoadBalancer";
}

export interface IngressWay extends Hosted {
  readonly way: "ingress";
  /** Of one client address. */
  readonly requestsPerSecond?: number;
  /** At a time, of one client address. */
  readonly connections?: number;
  readonly annotations: Strings;
}

export interface GatewayApiWay extends Hosted {
  readonly way: "gatewayApi";
  /** Of one client address. */
  readonly requestsPerSecond?: number;
}

export interface IstioWay extends Hosted {
  readonly way: "istio";
}

/** How one HTTP API is reached from outside the Kubernetes cluster; by clusterIP it is not. */
export type HttpWay = { readonly way: "clusterIP" } | NodePortWay | LoadBalancerWay | HostedWay;
export type HostedWay = IngressWay | GatewayApiWay | IstioWay;

export type LoadBalancerProvider = "aws" | "gke" | "azure" | "metallb" | "none";

/** A node port for each peer: `basePort` + its number. */
export interface PerPeerNodePort {
  readonly way: "nodePort";
  readonly basePort: number;
  /** One for all peers, or one for each. */
  readonly addresses: readonly string[];
}

/** A load balancer for each peer. */
export interface PerPeerLoadBalancer {
  readonly way: "loadBalancer";
  readonly provider: LoadBalancerProvider;
  readonly internal: boolean;
  /** TCP and UDP in two Services that share an address. */
  readonly split: boolean;
  readonly class?: string;
  readonly annotations: Strings;
  readonly allowFrom: readonly string[];
  /** One for each peer; empty: what the Service's status says. */
  readonly addresses: readonly string[];
}

/** A listener of the shared Gateway for each peer: `basePort` + its number. */
export interface PerPeerListener {
  readonly way: "gatewayApi";
  readonly basePort: number;
  readonly addresses: readonly string[];
}

/** libp2p over WebSocket, each peer at a host of its own: `ipfs-<n>.<host>`. */
export interface WebsocketSettings {
  readonly way: HostedWay["way"];
  readonly host: string;
  readonly certificate?: string;
}

export type PeerWay = { readonly way: "clusterIP" } | PerPeerNodePort | PerPeerLoadBalancer;
export type SwarmWay = (PeerWay | PerPeerListener) & { readonly websocket?: WebsocketSettings };

export interface ExposureSettings extends Readonly<Record<HttpApi, HttpWay>> {
  readonly swarm: SwarmWay;
  readonly peer: PeerWay;
  /** Undefined: no annotations for ExternalDNS. */
  readonly externalDns?: { readonly prefixes: readonly string[] };
}

export interface GatewaySettings {
  readonly content: "restricted" | "open" | "trustless";
  /** Of the gateway's own pods, and what each may use; see `hasGatewayPods`. */
  readonly replicas: number;
  readonly resources: WorkloadSettings["resources"];
  readonly concurrentRequests: number;
  /** Go durations. */
  readonly retrievalTimeout: string;
  readonly requestTimeout: string;
  /** The way in asks for a user and a password. */
  readonly credentials: boolean;
}

export type Issuer =
  | { readonly kind: "generated" }
  | { readonly kind: "selfSigned" }
  | {
      readonly kind: "acme";
      /** URL of the directory; Let's Encrypt's too. */
      readonly server: string;
      readonly email?: string;
      /** PEM. */
      readonly caBundle?: string;
      /** A cert-manager solver; undefined: HTTP-01. */
      readonly dns01?: FreeForm;
    }
  | { readonly kind: "existing"; readonly name: string; readonly scope: "cluster" | "namespace" };

/** A program that the Kubernetes cluster must have, and this stack may bring. */
export interface ChartSettings {
  readonly install: "install" | "existing" | "none";
  readonly namespace: string;
  /** A name in `repository`, an oci:// reference, or the path of a local archive. */
  readonly chart: string;
  readonly repository?: string;
  readonly version: string;
  readonly values: FreeForm;
}

export interface GatewayApiSettings {
  readonly implementation: "envoyGateway" | "other";
  /** Where the pods that carry its traffic run. */
  readonly namespace: string;
  /** Of the Gateway that this stack makes; undefined where it uses another. */
  readonly class?: string;
  readonly existing?: { readonly name: string; readonly namespace: string; readonly listener?: string };
  readonly annotations: Strings;
  readonly routeVersion: "v1" | "v1alpha2";
}

export interface IstioGatewaySettings {
  /** `<namespace>/<name>` of a Gateway object to use. */
  readonly existing?: string;
  readonly namespace: string;
  readonly selector: Strings;
  /** Of the gateway's pods; undefined: any of its namespace. */
  readonly serviceAccount?: string;
}

export interface IstioSettings {
  readonly public: IstioGatewaySettings;
  readonly client: IstioGatewaySettings;
  readonly mesh: boolean;
}
