import { type Flow, flows, isFlowTo, libp2pPorts, type Party, podsOf, workloadsOf } from "../network";
import { selectorLabels, type Workload } from "../platform";
import type { Settings } from "../settings";
import { type CustomObject, customObject } from "./customObject";

/** A caller as Istio's policies name it. */
type Source = Readonly<Partial<Record<"principals" | "namespaces", readonly string[]>>>;

/** A port of a pod that somebody may use: anyone at all, with mTLS or without, or who Istio knows as one of these. */
interface MeshPort {
  readonly port: number;
  readonly callers: "anyone" | readonly Source[];
}

const security = (kind: string) => ({ apiVersion: "security.istio.io/v1", kind });

/** With `istio.mesh`, the table of flows as policies for each workload; else none. */
export function meshObjects(settings: Settings): CustomObject[] {
  if (!settings.istio.mesh) return [];
  return workloadsOf(settings).flatMap((workload) => {
    const selector = { matchLabels: selectorLabels(settings, workload) };
    const ports = meshPorts(settings, workload);
    const open = ports.filter(({ callers }) => callers === "anyone").map(({ port }) => String(port));
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

/** The sidecars know nothing of who dials these. */
const libp2p: ReadonlySet<number> = new Set(libp2pPorts.map(({ number }) => number));

/** What a policy that allows leaves out is shut, so every port that anybody needs is here. */
function meshPorts(settings: Settings, workload: Workload): MeshPort[] {
  const incoming = flows(settings).filter((flow) => isFlowTo(settings, flow, workload));
  const numbers = new Set(incoming.flatMap(({ ports = [] }) => ports.map(({ number }) => number)));
  return [...numbers].map((port) => {
    const using = incoming.filter(({ ports = [] }) => ports.some(({ number }) => number === port));
    return { port, callers: libp2p.has(port) ? "anyone" : callersOf(settings, using) };
  });
}

function callersOf(settings: Settings, incoming: readonly Flow[]): MeshPort["callers"] {
  const sources = incoming.map(({ from }) => sourceOf(settings, from));
  return sources.every((source) => source !== undefined) ? sources : "anyone";
}

/** What Istio knows of a caller, which is not its labels; undefined: nothing, as it is outside the mesh. */
function sourceOf(settings: Settings, party: Party): Source | undefined {
  if ("ranges" in party) return undefined;
  if ("own" in party) return { principals: [principal(settings.namespace.name, podsOf(settings, party.own))] };
  if (party.outsideMesh) return undefined;
  if (party.serviceAccount) return { principals: [principal(party.namespace, party.serviceAccount)] };
  return { namespaces: [party.namespace] };
}

/** Istio reads "cluster.local" in policies as the mesh's own trust domain, whatever it is called. */
function principal(namespace: string, serviceAccount: string): string {
  return `cluster.local/ns/${namespace}/sa/${serviceAccount}`;
}

/** By port and identity alone: what HTTP knows does not exist on TCP ports, where such a rule would never match. */
function rule({ port, callers }: MeshPort): object {
  return {
    ...(callers === "anyone" ? {} : { from: callers.map((source) => ({ source })) }),
    to: [{ operation: { ports: [String(port)] } }],
  };
}
