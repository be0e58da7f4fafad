import { clusterPorts, kuboPorts, type Port } from "../../components/network";
import type { Role } from "../../components/platform";

/**
 * Who reaches what of a stack: the matrix that rendered policies and a running stack are held against, written by hand and not derived
 * from the table of flows.
 */

/** Settings whose policies let somebody in for every reason there is, on a private network. */
export const fencedSettings = {
  cluster: { proxy: true },
  networkPolicies: {
    clients: [{ namespace: "shop", pods: { app: "web" } }],
    admins: [{ namespace: "ops", pods: { app: "console" } }],
    monitoring: [{ namespace: "monitoring" }],
    // The port is that on which the pods of the trial listen.
    dns: [{ namespace: "names", pods: { app: "dns" }, port: 7000 }],
  },
  ingressController: { install: "existing", namespace: "proxies" },
  exposure: { gateway: { way: "ingress", host: "gw.example.org" } },
};

/** A kind of pods that may try. */
export interface Caller {
  /** Absent: the stack's own. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `<role> <port>` of all it gets through to. */
  readonly reaches: readonly string[];
}

const apis = ["ipfs 8080", "cluster 9094", "cluster 9097"];
const administration = ["ipfs 5001", "cluster 9095"];

/** Those that the stack does not make. */
export const callers: Readonly<Record<string, Caller>> = {
  "a client that is named": { namespace: "shop", labels: { app: "web" }, reaches: apis },
  "another pod of a client's namespace": { namespace: "shop", labels: { app: "batch" }, reaches: [] },
  "a pod with a client's labels elsewhere": { namespace: "elsewhere", labels: { app: "web" }, reaches: [] },
  "an administrator": { namespace: "ops", labels: { app: "console" }, reaches: administration },
  "another pod of an administrator's namespace": { namespace: "ops", labels: { app: "chat" }, reaches: [] },
  "the monitoring": { namespace: "monitoring", labels: { app: "prometheus" }, reaches: ["cluster 8888"] },
  "the ingress controller": { namespace: "proxies", labels: {}, reaches: ["ipfs 8080"] },
  "a DNS server": { namespace: "names", labels: { app: "dns" }, reaches: [] },
  "a neighbour in the stack's namespace": { labels: { app: "neighbour" }, reaches: [] },
  "an outsider": { namespace: "elsewhere", labels: {}, reaches: [] },
};

/** Those that it does. */
export const peers: Readonly<Record<Role, readonly string[]>> = {
  ipfs: ["ipfs 4001", "cluster 9094"],
  cluster: ["ipfs 5001", "cluster 9096"],
};

/** Every port of every pod, whether anything listens there or not. */
export const targets: readonly { readonly role: Role; readonly port: Port; readonly name: string }[] = [
  ...Object.values(kuboPorts).map((port) => ({ role: "ipfs" as const, port })),
  ...Object.values(clusterPorts).map((port) => ({ role: "cluster" as const, port })),
]
  .filter(({ port }) => port.protocol === "TCP")
  .map((target) => ({ ...target, name: `${target.role} ${target.port.number}` }));
