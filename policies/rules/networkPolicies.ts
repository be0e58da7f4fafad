import { isKubernetes, place, podTemplate, selects } from "../pods";
import type { Resource, Rule } from "../rule";

const directions = ["Ingress", "Egress"] as const;

/** Who may talk to whom. */
export const networkPolicies: Rule = {
  name: "network-policies",
  what: "NetworkPolicies select every pod, for what comes in and for what goes out.",
  why: "Otherwise every pod of the Kubernetes cluster reaches kubo's RPC, and a peer that was broken into reaches everything.",
  fix: "add a NetworkPolicy with the pods' labels and `policyTypes: [Ingress, Egress]`",
  checkStack(resources, report) {
    const policies = resources.filter((resource) => isKubernetes(resource, "NetworkPolicy"));
    for (const workload of resources) {
      const template = podTemplate(workload);
      if (!template) continue;
      const own = policies.filter(
        (policy) =>
          place(policy).namespace === place(workload).namespace &&
          selects(policy.fields.at("spec", "podSelector"), template.metadata.at("labels")),
      );
      const open = directions.filter((direction) => !own.some((policy) => governs(policy, direction)));
      if (open.length > 0)
        report(template.metadata.at("labels"), `no NetworkPolicy governs ${open.join(" and ")} of its pods`);
    }
  },
};

function governs(policy: Resource, direction: (typeof directions)[number]): boolean {
  const types = policy.fields.at("spec", "policyTypes");
  if (!types.missing) return types.items.some((type) => type.is(direction));
  return direction === "Ingress" || !policy.fields.at("spec", "egress").missing;
}
