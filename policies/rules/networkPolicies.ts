import type { Field } from "../field";
import { isKubernetes, mainContainers, place, podTemplate, selects } from "../pods";
import { portOf } from "../routes";
import type { Report, Resource, Rule } from "../rule";

const directions = ["Ingress", "Egress"] as const;

/** Who may talk to whom. */
export const networkPolicies: Rule = {
  name: "network-policies",
  what: "NetworkPolicies select every pod, for what comes in and for what goes out, and let nobody at all to admin ports.",
  why: "Otherwise every pod of the Kubernetes cluster reaches kubo's RPC, and a peer that was broken into reaches everything.",
  fix: "have NetworkPolicies with the pods' labels and `policyTypes: [Ingress, Egress]`, which name who they let in and out",
  checkStack(resources, report) {
    const policies = resources.filter((resource) => isKubernetes(resource, "NetworkPolicy"));
    for (const policy of policies) checkPolicy(policy, resources, report);
    for (const workload of resources) {
      const template = podTemplate(workload);
      if (!template || workload.isPatch) continue;
      const own = policies.filter((policy) => !policy.isPatch && isFor(policy, workload));
      const open = directions.filter((direction) => !own.some((policy) => governs(policy, direction)));
      if (open.length > 0)
        report(template.metadata.at("labels"), `no NetworkPolicy governs ${open.join(" and ")} of its pods`);
    }
  },
};

/** Whether a policy selects the pods of a workload. */
function isFor(policy: Resource, workload: Resource): boolean {
  const labels = podTemplate(workload)?.metadata.at("labels");
  if (labels === undefined || place(policy).namespace !== place(workload).namespace) return false;
  return selects(policy.fields.at("spec", "podSelector"), labels);
}

/** A policy that lets in or out whatever there is may as well not be. */
function checkPolicy(policy: Resource, resources: readonly Resource[], report: Report): void {
  const admin = resources.filter((workload) => isFor(policy, workload)).flatMap(adminPorts);
  if (admin.length === 0) return;
  for (const rule of policy.fields.at("spec", "ingress").items) {
    const ports = rule.at("ports");
    const isOpen = ports.missing || ports.items.some((port) => admin.some((each) => includes(port, each)));
    if (isOpen && anybody(rule.at("from"))) report(rule, "lets anybody to an admin port");
  }
  for (const rule of policy.fields.at("spec", "egress").items) {
    if (rule.at("ports").missing && anybody(rule.at("to")))
      report(rule, "lets pods with an admin port out to anything");
  }
}

/** The containers' ports that are for administration: objects with `name` and `containerPort`. */
function adminPorts(workload: Resource): Field[] {
  const ports = mainContainers(workload).flatMap((container) => container.at("ports").items);
  return ports.filter((port) => portOf(port.at("containerPort"))?.audience === "admin");
}

/** Whether a port of a policy, or a range of ports, has a container's in it. */
function includes(policed: Field, port: Field): boolean {
  const [from, to] = [policed.at("port"), policed.at("endPort")];
  const number = port.at("containerPort").number ?? Number.NaN;
  if (from.text !== undefined) return from.text === port.at("name").text;
  return from.missing || ((from.number ?? Number.NaN) <= number && number <= (to.number ?? from.number ?? Number.NaN));
}

/** Whether peers of a policy are everybody: by naming none, all namespaces or all addresses. */
function anybody(peers: Field): boolean {
  if (peers.missing) return true;
  return peers.items.some((peer) => {
    const block = peer.at("ipBlock");
    if (!block.missing) return /^(0\.0\.0\.0|::)\/0$/.test(block.at("cidr").text ?? "") && block.at("except").missing;
    const namesNamespaces = peer.entries.some(([key]) => key === "namespaceSelector");
    return namesNamespaces && peer.at("namespaceSelector").missing && peer.at("podSelector").missing;
  });
}

function governs(policy: Resource, direction: (typeof directions)[number]): boolean {
  const types = policy.fields.at("spec", "policyTypes");
  if (!types.missing) return types.items.some((type) => type.is(direction));
  return direction === "Ingress" || !policy.fields.at("spec", "egress").missing;
}
