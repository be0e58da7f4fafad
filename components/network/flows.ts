import { type Role, type Workload, workloadOf } from "../platform";
import {
  type ApiHost,
  apiHosts,
  type DnsServer,
  type HttpApi,
  hasGatewayPods,
  isGce,
  istioGatewayOf,
  type PodsOf,
  type Settings,
} from "../settings";
import { apisOf, portOf, servedBy } from "./apis";
import { clusterPorts, kuboPorts, type Port } from "./ports";
import { anywhere, gceProxies, nodeLocalDns, publicInternet } from "./ranges";

/** What the stack's own pods are: peers by their roles, the gateway, jobs, or what cert-manager runs for it for a while. */
export type Own = Role | "gateway" | "top-up" | "acme-solver";

/** Who takes part in a flow: the stack's own pods, others' pods, or addresses. */
export type Party =
  | { readonly own: Own }
  | (PodsOf & {
      readonly serviceAccount?: string;
      /** Whoever it is comes without the mesh's certificates. */
      readonly outsideMesh?: boolean;
    })
  | { readonly ranges: readonly string[]; readonly except?: readonly string[] };

/** Somebody who opens connections to somebody; answers are no flow of their own. */
export interface Flow {
  /** As docs/architecture.md calls it. */
  readonly name: string;
  readonly from: Party;
  readonly to: Party;
  /** Undefined: any port. */
  readonly ports?: readonly Pick<Port, "number" | "protocol">[];
}

/**
 * Who talks to whom: the one table that NetworkPolicies and the mesh's policies are made from. What is not here does not happen: every
 * pod is shut in both directions.
 */
export function flows(settings: Settings): Flow[] {
  return [
    ...amongPeers(settings),
    ...names(settings),
    ...apisOf(settings).flatMap((api) => apiFlows(settings, api)),
    ...adminFlows(settings),
    ...swarmFlows(settings),
    ...challenges(settings),
    ...mesh(settings),
  ];
}

/** The workloads of a stack. */
export function workloadsOf(settings: Settings): Workload[] {
  return [...new Set(programs(settings).map((role) => workloadOf(settings, role)))];
}

/** The pods that are meant by one of the stack's own. */
export function podsOf(settings: Settings, own: Own): Workload | "acme-solver" {
  return own === "acme-solver" ? own : workloadOf(settings, own);
}

/** Whether a flow ends at these pods of the stack. */
export function isFlowTo(settings: Settings, { to }: Flow, pods: Workload | "acme-solver"): boolean {
  return "own" in to && podsOf(settings, to.own) === pods;
}

const own = (own: Own): Party => ({ own });

function programs(settings: Settings): Exclude<Own, "acme-solver">[] {
  const gateway = hasGatewayPods(settings) ? (["gateway"] as const) : [];
  const topUp = settings.topUp ? (["top-up"] as const) : [];
  return ["ipfs", "cluster", ...gateway, ...topUp];
}

function swarmPorts({ network }: Settings): Port[] {
  return network === "public" ? [kuboPorts.swarm, kuboPorts.swarmUdp] : [kuboPorts.swarm];
}

function amongPeers(settings: Settings): Flow[] {
  const fetching = hasGatewayPods(settings) ? (["ipfs", "gateway"] as const) : (["ipfs"] as const);
  return [
    // In one pod it is no flow, but loopback.
    ...(settings.topology === "paired"
      ? [{ name: "drive", from: own("cluster"), to: own("ipfs"), ports: [kuboPorts.rpc] }]
      : []),
    { name: "pinset", from: own("cluster"), to: own("cluster"), ports: [clusterPorts.swarm] },
    ...fetching.map((from) => ({
      name: "blocks",
      from: own(from),
      to: own("ipfs"),
      ports: swarmPorts(settings),
    })),
    // A starting kubo asks whether the cluster peers serve yet.
    { name: "start", from: own("ipfs"), to: own("cluster"), ports: [clusterPorts.rest] },
    ...(settings.topUp
      ? [{ name: "copies", from: own("top-up"), to: own("cluster"), ports: [clusterPorts.rest] }]
      : []),
  ];
}

/** Who answers DNS in most Kubernetes clusters: pods with the labels that kubeadm gives them, and NodeLocal DNSCache on every node. */
const usualDns: readonly DnsServer[] = [
  { namespace: "kube-system", pods: { "k8s-app": "kube-dns" }, port: 53 },
  { ranges: [nodeLocalDns], port: 53 },
];

function names(settings: Settings): Flow[] {
  const on = (number: number) => (["UDP", "TCP"] as const).map((protocol) => ({ number, protocol }));
  const servers = [...usualDns, ...settings.networkPolicies.dns];
  return programs(settings).flatMap((role) =>
    servers.map(({ port, ...to }) => ({ name: "names", from: own(role), to, ports: on(port) })),
  );
}

/** A flow to pods of the stack from each of these. */
function incoming(name: string, callers: readonly Party[], to: Own, ports: Flow["ports"]): Flow[] {
  return callers.map((from) => ({ name, from, to: own(to), ports }));
}

function apiFlows(settings: Settings, api: HttpApi): Flow[] {
  const callers = [...comingBy(settings, api, settings.exposure[api].way), ...settings.networkPolicies.clients];
  return incoming(api, callers, servedBy(settings, api), [portOf(api)]);
}

type AnyWay = Settings["exposure"]["swarm"]["way"] | Settings["exposure"][HttpApi]["way"];

/**
 * Who connects to a pod that is reached in some way. By node ports and load balancers that may be anybody, or the node that took the
 * connection; who may come that way is the load balancer's to decide.
 */
function comingBy(settings: Settings, use: ApiHost["use"], way: AnyWay): Party[] {
  switch (way) {
    case "clusterIP":
      return [];
    case "nodePort":
    case "loadBalancer":
      return [{ ranges: anywhere }];
    case "ingress":
      return isGce(settings)
        ? [{ ranges: gceProxies }]
        : [{ namespace: settings.ingressController.namespace, pods: {}, outsideMesh: true }];
    case "gatewayApi":
      return [{ namespace: settings.gatewayApi.namespace, pods: {}, outsideMesh: true }];
    case "istio": {
      const { namespace, selector, serviceAccount } = istioGatewayOf(settings, use);
      return [{ namespace, pods: selector, serviceAccount }];
    }
  }
}

function adminFlows({ cluster, networkPolicies, topology }: Settings): Flow[] {
  const { admins, monitoring } = networkPolicies;
  return [
    ...(topology === "paired" ? incoming("admin", admins, "ipfs", [kuboPorts.rpc]) : []),
    ...(cluster.proxy ? incoming("admin", admins, "cluster", [clusterPorts.proxy]) : []),
    ...(cluster.metrics ? incoming("metrics", monitoring, "cluster", [clusterPorts.metrics]) : []),
  ];
}

function swarmFlows(settings: Settings): Flow[] {
  const { exposure, network, networkPolicies } = settings;
  const { websocket } = exposure.swarm;
  const coming = (way: AnyWay) => comingBy(settings, "websocket", way);
  return [
    ...incoming("swarm", coming(exposure.swarm.way), "ipfs", swarmPorts(settings)),
    ...(websocket ? incoming("websocket", coming(websocket.way), "ipfs", [kuboPorts.swarmWebsocket]) : []),
    ...incoming("peer", coming(exposure.peer.way), "cluster", [clusterPorts.swarm]),
    // Peers of the public network listen on any port.
    ...(network === "public" ? publicInternet(networkPolicies.privateRanges) : []).map((ranges) => ({
      name: "public network",
      from: own("ipfs"),
      to: ranges,
    })),
  ];
}

/** ACME's HTTP-01: cert-manager puts a pod for the answer into the stack's namespace, behind the way in of the host. */
function challenges(settings: Settings): Flow[] {
  const { issuer } = settings;
  if (issuer?.kind !== "acme" || issuer.dns01) return [];
  const ways = new Map(
    apiHosts(settings).flatMap(({ use, way, issued }) => (issued && way !== "istio" ? [[way, use]] : [])),
  );
  return [...ways].flatMap(([way, use]) =>
    incoming("challenge", comingBy(settings, use, way), "acme-solver", [{ number: 8089, protocol: "TCP" }]),
  );
}

/** Sidecars get their configuration and certificates from istiod. */
function mesh(settings: Settings): Flow[] {
  if (!settings.istio.mesh) return [];
  const istiod = { namespace: "istio-system", pods: { app: "istiod" } };
  const ports = [{ number: 15012, protocol: "TCP" as const }];
  return programs(settings).map((role) => ({ name: "mesh", from: own(role), to: istiod, ports }));
}
