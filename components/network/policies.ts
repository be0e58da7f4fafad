import type { types } from "@pulumi/kubernetes";
import { labels, selectorLabels } from "../platform";
import type { Settings } from "../settings";
import { type Flow, flows, isFlowTo, type Own, type Party, podsOf, workloadsOf } from "./flows";

type Spec = types.input.networking.v1.NetworkPolicySpec;
type Peer = types.input.networking.v1.NetworkPolicyPeer;
type Pods = ReturnType<typeof podsOf>;

/** A NetworkPolicy of the stack's namespace. */
export interface PolicyObject {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Spec & Required<Pick<Spec, "podSelector" | "policyTypes">>;
}

const bothDirections = ["Ingress", "Egress"];

/**
 * The table of flows as NetworkPolicies: one that shuts every pod of the stack, and for each kind of pods one that opens what it needs.
 * Pods of the namespace that are not the stack's are left alone.
 */
export function policyObjects(settings: Settings): PolicyObject[] {
  const table = flows(settings);
  const solved = table.some((flow) => isFlowTo(settings, flow, "acme-solver"));
  const pods: Pods[] = [...workloadsOf(settings), ...(solved ? (["acme-solver"] as const) : [])];
  const everything = { podSelector: { matchLabels: labels(settings.stack) }, policyTypes: bothDirections };
  return [
    { metadata: { name: "default-deny", labels: labels(settings.stack) }, spec: everything },
    ...pods.map((each) => ({
      metadata: { name: each, labels: labels(settings.stack) },
      spec: {
        podSelector: { matchLabels: podLabels(settings, each) },
        policyTypes: bothDirections,
        ingress: distinct(
          table
            .filter((flow) => isFlowTo(settings, flow, each))
            .map((flow) => ({ from: peers(settings, flow.from), ...ports(flow) })),
        ),
        egress: distinct(
          table
            .filter(({ from }) => "own" in from && podsOf(settings, from.own) === each)
            .map((flow) => ({ to: peers(settings, flow.to), ...ports(flow) })),
        ),
      },
    })),
  ];
}

/** Pods that play two roles have some flows twice. */
function distinct<T>(rules: readonly T[]): T[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function podLabels(settings: Settings, pods: Own | Pods): Record<string, string> {
  return pods === "acme-solver" ? { "acme.cert-manager.io/http01-solver": "true" } : selectorLabels(settings, pods);
}

/** Own pods are those of the policy's own namespace; others' are named by theirs, by a label that every namespace has. */
function peers(settings: Settings, party: Party): Peer[] {
  if ("own" in party) return [{ podSelector: { matchLabels: podLabels(settings, party.own) } }];
  if ("ranges" in party) {
    return party.ranges.map((cidr) => ({ ipBlock: { cidr, ...(party.except ? { except: [...party.except] } : {}) } }));
  }
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": party.namespace } };
  const all = Object.keys(party.pods).length === 0;
  return [{ namespaceSelector, ...(all ? {} : { podSelector: { matchLabels: { ...party.pods } } }) }];
}

/** By number: others' pods may have no name for it. */
function ports({ ports }: Flow): Pick<types.input.networking.v1.NetworkPolicyIngressRule, "ports"> {
  return ports ? { ports: ports.map(({ number, protocol }) => ({ port: number, protocol })) } : {};
}
