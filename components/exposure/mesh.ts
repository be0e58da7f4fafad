import { clusterPorts, kuboPorts, type Port } from "../network";
import { type Role, rolesOf, selectorLabels, type Workload, workloadOf } from "../platform";
import { type HttpApi, hasGatewayPods, istioGatewayOf, type Settings } from "../settings";
import { portOf, servedBy } from "./api";
import { type CustomObject, customObject } from "./customObject";

/** Who may use a port of a pod in the mesh: anyone at all, with mTLS or without, or who Istio knows as one of these. Nobody: not listed. */
type Callers = "anyone" | { readonly principals: readonly string[] } | { readonly namespaces: readonly string[] };

/** A port of a pod that somebody may use. */
interface MeshPort {
  readonly port: Port;
  readonly callers: Callers;
}

const security = (kind: string) => ({ apiVersion: "security.istio.io/v1", kind });

/** With `istio.mesh`, who may talk to which port of which pods, as policies for each workload; else none. */
export function meshObjects(settings: Settings): CustomObject[] {
  if (!settings.istio.mesh) return [];
  const peers = new Set((["ipfs", "cluster"] as const).map((role) => workloadOf(settings, role)));
  const workloads: Workload[] = [...peers, ...(hasGatewayPods(settings) ? (["gateway"] as const) : [])];
  return workloads.flatMap((workload) => {
    const selector = { matchLabels: selectorLabels(settings, workload) };
    const roles = workload === "gateway" ? ([workload] as const) : rolesOf(workload);
    const ports = roles.flatMap((role) => meshPorts(settings, role));
    const open = ports.filter(({ callers }) => callers === "anyone").map(({ port }) => String(port.number));
    const encryption = {
      selector,
      mtls: { mode: "STRICT" },
      ...(open.length > 0
        ? { portLevelMtls: Object.fromEntries(open.map((port) => [port, { mode: "PERMISSIVE" }])) }
        : {}),
    };
    const access = { selector, action: "ALLOW", rules: ports.map(rule) };
    return [
      customObject(settings, security("PeerAuthentication"), workload, encryption, { role: workload }),
      customObject(settings, security("AuthorizationPolicy"), workload, access, { role: workload }),
    ];
  });
}

/** What a policy that allows leaves out is shut, so every port that anybody needs is here. */
function meshPorts(settings: Settings, role: Role | "gateway"): MeshPort[] {
  const { exposure, cluster, topology } = settings;
  const api = (name: HttpApi): MeshPort[] =>
    servedBy(settings, name) === role ? [{ port: portOf(name), callers: callersOf(settings, name) }] : [];
  switch (role) {
    case "gateway":
      return api("gateway");
    case "ipfs":
      return [
        { port: kuboPorts.swarm, callers: "anyone" },
        ...(exposure.swarm.websocket
          ? [
              {
                port: kuboPorts.swarmWebsocket,
                callers: callersThrough(settings, "websocket", exposure.swarm.websocket.way),
              },
            ]
          : []),
        ...(topology === "paired"
          ? [{ port: kuboPorts.rpc, callers: { principals: [own(settings, "cluster")] } }]
          : []),
        ...api("gateway"),
      ];
    case "cluster":
      return [
        { port: clusterPorts.swarm, callers: "anyone" },
        ...api("rest"),
        ...(cluster.pinningService ? api("pinning") : []),
        // Unauthenticated: for who is trusted with the namespace.
        ...(cluster.proxy ? [{ port: clusterPorts.proxy, callers: { namespaces: [settings.namespace.name] } }] : []),
      ];
  }
}

/** The REST API is asked by starting kubo nodes too, whether it serves yet. */
function callersOf(settings: Settings, api: HttpApi): Callers {
  const callers = callersThrough(settings, api, settings.exposure[api].way);
  if (api !== "rest" || callers === "anyone" || !("principals" in callers)) return callers;
  return { principals: [...callers.principals, own(settings, "ipfs")] };
}

/** Behind Istio's ingress gateway that alone; any other way in comes from outside the mesh, and nothing is known of who does. */
function callersThrough(settings: Settings, use: HttpApi | "websocket", way: string): Callers {
  if (way !== "istio") return "anyone";
  const { namespace, serviceAccount } = istioGatewayOf(settings, use);
  return serviceAccount ? { principals: [principal(namespace, serviceAccount)] } : { namespaces: [namespace] };
}

function own(settings: Settings, role: Role): string {
  return principal(settings.namespace.name, workloadOf(settings, role));
}

/** Istio reads "cluster.local" in policies as the mesh's own trust domain, whatever it is called. */
function principal(namespace: string, serviceAccount: string): string {
  return `cluster.local/ns/${namespace}/sa/${serviceAccount}`;
}

/** By port and identity alone: what HTTP knows does not exist on TCP ports, where such a rule would never match. */
function rule({ port, callers }: MeshPort): object {
  return {
    ...(callers === "anyone" ? {} : { from: [{ source: callers }] }),
    to: [{ operation: { ports: [String(port.number)] } }],
  };
}
