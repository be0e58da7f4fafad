import { BlockList, isIPv4 } from "node:net";

/** What of a NetworkPolicy decides. */
export interface Policy {
  readonly namespace: string;
  readonly spec: {
    readonly podSelector: Selector;
    readonly policyTypes: readonly string[];
    readonly ingress?: readonly Rule<"from">[];
    readonly egress?: readonly Rule<"to">[];
  };
}

interface Selector {
  readonly matchLabels?: Labels;
}

type Labels = Readonly<Record<string, string>>;

type Rule<Side extends "from" | "to"> = {
  readonly [side in Side]?: readonly Peer[];
} & { readonly ports?: readonly { readonly port: number; readonly protocol: string }[] };

interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** One end of a connection: a pod, or an address outside. */
export type End = { readonly namespace: string; readonly labels: Labels } | { readonly address: string };

/**
 * Whether Kubernetes lets a connection through: the sender's policies must let it out, and the receiver's let it in
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/).
 */
export function lets(policies: readonly Policy[], from: End, to: End, port: number, protocol = "TCP"): boolean {
  return passes(policies, "Egress", from, to) && passes(policies, "Ingress", to, from);

  function passes(all: readonly Policy[], direction: "Ingress" | "Egress", subject: End, other: End): boolean {
    if ("address" in subject) return true;
    const about = all.filter(
      ({ namespace, spec }) =>
        namespace === subject.namespace &&
        spec.policyTypes.includes(direction) &&
        selects(spec.podSelector, subject.labels),
    );
    if (about.length === 0) return true;
    return about.some(({ namespace, spec }) => {
      const rules: readonly { peers?: readonly Peer[]; ports?: Rule<"to">["ports"] }[] =
        direction === "Ingress"
          ? (spec.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports }))
          : (spec.egress ?? []).map(({ to: peers, ports }) => ({ peers, ports }));
      return rules.some(
        ({ peers, ports }) =>
          (ports?.some((each) => each.port === port && each.protocol === protocol) ?? true) &&
          (peers?.some((peer) => matches(peer, namespace, other)) ?? true),
      );
    });
  }
}

function matches({ podSelector, namespaceSelector, ipBlock }: Peer, own: string, end: End): boolean {
  if (ipBlock)
    return (
      "address" in end &&
      within(ipBlock.cidr, end.address) &&
      !ipBlock.except?.some((cidr) => within(cidr, end.address))
    );
  if ("address" in end) return false;
  const inNamespace = namespaceSelector
    ? selects(namespaceSelector, { "kubernetes.io/metadata.name": end.namespace })
    : end.namespace === own;
  return inNamespace && (podSelector === undefined || selects(podSelector, end.labels));
}

function selects({ matchLabels = {} }: Selector, labels: Labels): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function within(cidr: string, address: string): boolean {
  const [network, bits] = cidr.split("/");
  const family = (ip: string) => (isIPv4(ip) ? "ipv4" : "ipv6");
  if (family(network) !== family(address)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family(network));
  return list.check(address, family(address));
}
