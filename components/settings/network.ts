import { z } from "zod";
import { cidr, dnsLabel, labelKey, labelValue } from "./forms";

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
