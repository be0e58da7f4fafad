import { at, conditionOf, mapAt, nameOf, same, textAt } from "../objects/object";
import { type ReadinessRule, ready, waiting } from "./rule";

/** Objects of the new kind can be created. */
export const customResourceDefinitionRule: ReadinessRule = {
  judge: ({ object }) => {
    const names = conditionOf(object, "NamesAccepted");
    if (names?.status === "False")
      return waiting("names not accepted", `[${textAt(names, "reason")}] ${textAt(names, "message")}`);
    if (conditionOf(object, "Established")?.status === "True") return ready("CustomResourceDefinition is established");
    return waiting(`waiting for CustomResourceDefinition ${nameOf(object)} to be established`);
  },
};

/** The namespace takes objects. */
export const namespaceRule: ReadinessRule = {
  judge: ({ object }) => {
    const phase = textAt(object, "status", "phase");
    return phase === "Active"
      ? ready("Namespace is active")
      : waiting(`waiting for Namespace ${nameOf(object)}, which is ${phase}`);
  },
};

/** The quota is counted against. */
export const resourceQuotaRule: ReadinessRule = {
  judge: ({ object }) =>
    same(at(object, "spec", "hard"), at(object, "status", "hard"))
      ? ready("ResourceQuota is in force")
      : waiting(`waiting for ResourceQuota ${nameOf(object)} to be in force`),
};

/** A controller has put the token into a Secret of the type that asks for one. */
export const secretRule: ReadinessRule = {
  judge: ({ object }) => {
    const asksForToken = textAt(object, "type") === "kubernetes.io/service-account-token";
    if (!asksForToken || Object.keys(mapAt(object, "data")).length > 0) return ready("Secret is ready");
    return waiting(`waiting for the token of Secret ${nameOf(object)}`);
  },
};
