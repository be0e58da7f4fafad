import { isIPv4 } from "node:net";
import { z } from "zod";
import { hasCloudMetadata } from "../cloudMetadata";
import { type Fault, setCommand } from "./faults";
import { cidr, dnsLabel, labelKey, labelValue } from "./forms";
import type { Settings } from "./settings";

/** What a stack file may say about who inside the Kubernetes cluster, or beside it, may talk to the stack's pods. */

const podLabels = z.record(labelKey, labelValue);

const pods = { namespace: dnsLabel, pods: podLabels.optional().describe("their labels; absent: all of them") };

const ranges = (what: string) => z.array(cidr).min(1).describe(what);

const caller = z.union(
  [z.strictObject(pods), z.strictObject({ ranges: ranges("of callers that are no pods, such as a cloud's proxies") })],
  { error: "must be a group such as {namespace: shop, pods: {app: web}} or {ranges: [10.20.0.0/16]}" },
);

const dnsPort = z
  .int()
  .min(1)
  .max(65535)
  .optional()
  .describe("that they listen on themselves, whatever that of a Service before them is. Default 53");

const dnsServer = z.union(
  [
    z.strictObject({ ...pods, port: dnsPort }),
    z.strictObject({ ranges: ranges("of those that are no pods, or of a Service"), port: dnsPort }),
  ],
  {
    error:
      "must be a group such as {namespace: openshift-dns, pods: {dns.operator.openshift.io/daemonset-dns: default}, port: 5353} or {ranges: [10.96.0.10/32]}",
  },
);

const callers = (what: string) => z.array(caller).optional().describe(`who may use ${what}. Default nobody`);

export const networkSection = {
  networkPolicies: z
    .strictObject({
      enabled: z.boolean().optional().describe("default true: nothing is let in or out but what the stack needs"),
      acceptOpenRpc: z
        .boolean()
        .optional()
        .describe(
          "let whoever can dial it administer kubo: without policies, or with admins of ranges as wide as a whole network. Default false",
        ),
      clients: callers("the gateway, the REST API and the Pinning Service API, beside those who come by `exposure`"),
      admins: callers("kubo's RPC and the proxy, which have no credentials"),
      monitoring: callers("ipfs-cluster's metrics, which have pprof beside them"),
      privateRanges: z
        .enum(["closed", "open"])
        .optional()
        .describe("whether kubo on the public network may dial private addresses too. Default closed"),
      dns: z
        .array(dnsServer)
        .optional()
        .describe(
          "who else answers DNS, beside kube-system's pods k8s-app: kube-dns and NodeLocal DNSCache at 169.254.20.10, which are always let out to. Default nobody",
        ),
    })
    .optional()
    .describe(
      "who may talk to the pods, and to whom they may; in force where the Kubernetes cluster enforces policies",
    ),
};

type NetworkInput = { networkPolicies?: z.infer<(typeof networkSection)["networkPolicies"]> };

/** Pods of a namespace; no labels: all of them. */
export interface PodsOf {
  readonly namespace: string;
  readonly pods: Readonly<Record<string, string>>;
}

export type Caller = PodsOf | { readonly ranges: readonly string[] };

/** Who answers DNS, on which port of its own. */
export type DnsServer = Caller & { readonly port: number };

export interface NetworkPolicySettings {
  readonly enabled: boolean;
  readonly acceptOpenRpc: boolean;
  readonly clients: readonly Caller[];
  readonly admins: readonly Caller[];
  readonly monitoring: readonly Caller[];
  readonly privateRanges: "closed" | "open";
  /** Beside those that most Kubernetes clusters have. */
  readonly dns: readonly DnsServer[];
}

export function networkPolicies({ networkPolicies: input }: NetworkInput): NetworkPolicySettings {
  return {
    enabled: input?.enabled ?? true,
    acceptOpenRpc: input?.acceptOpenRpc ?? false,
    clients: (input?.clients ?? []).map(callerOf),
    admins: (input?.admins ?? []).map(callerOf),
    monitoring: (input?.monitoring ?? []).map(callerOf),
    privateRanges: input?.privateRanges ?? "closed",
    dns: (input?.dns ?? []).map(({ port, ...server }) => ({ ...callerOf(server), port: port ?? 53 })),
  };
}

function callerOf(input: z.infer<typeof caller>): Caller {
  return "ranges" in input ? input : { namespace: input.namespace, pods: input.pods ?? {} };
}

/** What of the settings would give away kubo's RPC, or a cloud's metadata. */
export function networkRules(settings: Settings): Fault[] {
  return [...openRpcRules(settings), ...dnsRules(settings)];
}

/** Without policies kubo's RPC is everybody's, unless it is on loopback; with admins of any address as well. */
function openRpcRules({ cluster, networkPolicies: policies, topology }: Settings): Fault[] {
  if (policies.acceptOpenRpc) return [];
  const accept = setCommand("networkPolicies.acceptOpenRpc", true);
  if (!policies.enabled) {
    if (topology === "colocated") return [];
    return [
      {
        path: "networkPolicies.enabled",
        value: false,
        reason: "every pod of the Kubernetes cluster could administer kubo, whose RPC has no credentials",
        fix: `${setCommand("networkPolicies.enabled", true)}; or, where others fence the namespace, ${accept}`,
      },
    ];
  }
  if (topology === "colocated" && !cluster.proxy) return [];
  return rangesOf("admins", policies.admins)
    .filter(({ range }) => isWide(range))
    .map(({ path, range }) => ({
      path,
      value: range,
      reason: `wider than /${widest.v4} (IPv4) or /${widest.v6} (IPv6): whoever has one of so many addresses could administer kubo, whose RPC has no credentials`,
      fix: `name the administrators' own addresses, or their pods by namespace and labels; or, where others fence the namespace, ${accept}`,
    }));
}

/** Prefix lengths of the largest networks that somebody has alone: 10.0.0.0/8, and what a registry gives a provider. */
const widest = { v4: 8, v6: 32 };

function isWide(range: string): boolean {
  const [address, length] = range.split("/");
  return Number(length) < (isIPv4(address) ? widest.v4 : widest.v6);
}

/** Some clouds answer DNS where their metadata is; on other ports that is no DNS. */
function dnsRules({ networkPolicies: { dns } }: Settings): Fault[] {
  return rangesOf("dns", dns)
    .filter(({ entry, range }) => dns[entry].port !== 53 && hasCloudMetadata(range))
    .map(({ path, entry, range }) => ({
      path,
      value: range,
      reason: `has addresses of clouds' metadata services, which tell secrets on other ports than 53, such as ${dns[entry].port}`,
      fix: `${setCommand(`networkPolicies.dns[${entry}].port`, 53)}; or name the DNS servers' own addresses`,
    }));
}

/** Every range that a list names, and where. */
function rangesOf(
  list: "admins" | "dns",
  callers: readonly Caller[],
): { path: string; entry: number; range: string }[] {
  return callers.flatMap((caller, entry) =>
    ("ranges" in caller ? caller.ranges : []).map((range, index) => ({
      path: `networkPolicies.${list}[${entry}].ranges[${index}]`,
      entry,
      range,
    })),
  );
}
