import { z } from "zod";
import { type Fault, setCommand } from "./faults";
import { cidr, dnsLabel, labelKey, labelValue } from "./forms";
import type { Settings } from "./settings";

/** What a stack file may say about who inside the Kubernetes cluster, or beside it, may talk to the stack's pods. */

const podLabels = z.record(labelKey, labelValue);

const caller = z.union(
  [
    z.strictObject({ namespace: dnsLabel, pods: podLabels.optional().describe("their labels; absent: all of them") }),
    z.strictObject({ ranges: z.array(cidr).min(1).describe("of callers that are no pods, such as a cloud's proxies") }),
  ],
  { error: "must be a group such as {namespace: shop, pods: {app: web}} or {ranges: [10.20.0.0/16]}" },
);

const callers = (what: string) => z.array(caller).optional().describe(`who may use ${what}. Default nobody`);

export const networkSection = {
  networkPolicies: z
    .strictObject({
      enabled: z.boolean().optional().describe("default true: nothing is let in or out but what the stack needs"),
      acceptOpenRpc: z
        .boolean()
        .optional()
        .describe("without policies: let every pod of the Kubernetes cluster administer kubo. Default false"),
      clients: callers("the gateway, the REST API and the Pinning Service API, beside those who come by `exposure`"),
      admins: callers("kubo's RPC and the proxy, which have no credentials"),
      monitoring: callers("ipfs-cluster's metrics, which have pprof beside them"),
      privateRanges: z
        .enum(["closed", "open"])
        .optional()
        .describe("whether kubo on the public network may dial private addresses too. Default closed"),
      dns: z
        .strictObject({
          namespace: dnsLabel,
          pods: podLabels.optional(),
          port: z.int().min(1).max(65535).optional().describe("that those pods listen on. Default 53"),
        })
        .optional()
        .describe("who answers DNS. Default namespace kube-system, pods k8s-app: kube-dns"),
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

export interface NetworkPolicySettings {
  readonly enabled: boolean;
  readonly acceptOpenRpc: boolean;
  readonly clients: readonly Caller[];
  readonly admins: readonly Caller[];
  readonly monitoring: readonly Caller[];
  readonly privateRanges: "closed" | "open";
  readonly dns: PodsOf & { readonly port: number };
}

export function networkPolicies({ networkPolicies: input }: NetworkInput): NetworkPolicySettings {
  const { dns } = input ?? {};
  return {
    enabled: input?.enabled ?? true,
    acceptOpenRpc: input?.acceptOpenRpc ?? false,
    clients: (input?.clients ?? []).map(callerOf),
    admins: (input?.admins ?? []).map(callerOf),
    monitoring: (input?.monitoring ?? []).map(callerOf),
    privateRanges: input?.privateRanges ?? "closed",
    dns: dns
      ? { namespace: dns.namespace, pods: dns.pods ?? {}, port: dns.port ?? 53 }
      : { namespace: "kube-system", pods: { "k8s-app": "kube-dns" }, port: 53 },
  };
}

function callerOf(input: z.infer<typeof caller>): Caller {
  return "ranges" in input ? input : { namespace: input.namespace, pods: input.pods ?? {} };
}

/** Without policies kubo's RPC is everybody's, unless it is on loopback. */
export function networkRules({ networkPolicies: policies, topology }: Settings): Fault[] {
  if (policies.enabled || policies.acceptOpenRpc || topology === "colocated") return [];
  return [
    {
      path: "networkPolicies.enabled",
      value: false,
      reason: "every pod of the Kubernetes cluster could administer kubo, whose RPC has no credentials",
      fix: `${setCommand("networkPolicies.enabled", true)}; or, where others fence the namespace, ${setCommand("networkPolicies.acceptOpenRpc", true)}`,
    },
  ];
}
