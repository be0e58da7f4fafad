import type { Field } from "../field";
import { isKubernetes, place, podTemplate, replicas, selects } from "../pods";
import type { Rule } from "../rule";

/** How many peers a drain may take away at once. */
export const disruptionBudgets: Rule = {
  name: "disruption-budgets",
  what: "Every StatefulSet of several pods has a PodDisruptionBudget that lets some go, and never all.",
  why: "Draining machines takes all peers away at once without one, and never ends with one that lets nobody go.",
  fix: "add a PodDisruptionBudget with `maxUnavailable: 1` and the StatefulSet's labels",
  checkStack(resources, report) {
    const budgets = resources.filter((resource) => isKubernetes(resource, "PodDisruptionBudget"));
    for (const set of resources.filter((resource) => isKubernetes(resource, "StatefulSet"))) {
      if (set.isPatch) continue;
      const template = podTemplate(set);
      const count = replicas(set);
      if (!template || count === undefined || count < 2) continue;
      const own = budgets.filter(
        (budget) =>
          place(budget).namespace === place(set).namespace &&
          selects(budget.fields.at("spec", "selector"), template.metadata.at("labels")),
      );
      if (own.length === 0) report(set.fields.at("spec", "replicas"), `${count} pods, and no budget`);
      for (const budget of own) {
        const gone = unavailable(budget.fields.at("spec"), count);
        if (gone <= 0) report(budget.fields.at("spec"), "lets no pod go");
        else if (gone >= count) report(budget.fields.at("spec"), "lets all pods go at once");
      }
    }
  },
};

/** How many of the pods may be away; 1 if that is not known. */
function unavailable(spec: Field, count: number): number {
  const [most, least] = [spec.at("maxUnavailable"), spec.at("minAvailable")];
  if (!most.missing) return amount(most, count) ?? 1;
  const kept = amount(least, count);
  return kept === undefined ? 1 : count - kept;
}

/** Kubernetes rounds percentages up. */
function amount(field: Field, count: number): number | undefined {
  const [, percent] = /^(\d+)%$/.exec(field.text ?? "") ?? [];
  return percent === undefined ? field.number : Math.ceil((Number(percent) / 100) * count);
}
