import { isKubernetes } from "../pods";
import type { Rule } from "../rule";

/** What becomes of volumes when Kubernetes is told to run fewer pods. */
export const keptClaims: Rule = {
  name: "kept-claims",
  what: "No StatefulSet deletes its pods' volumes.",
  why: "Scaling down, or replacing the StatefulSet, would delete content for good.",
  fix: "set it to Retain, and delete volumes that are really to go by hand",
  check(resource, report) {
    if (!isKubernetes(resource, "StatefulSet")) return;
    for (const when of ["whenDeleted", "whenScaled"]) {
      const policy = resource.fields.at("spec", "persistentVolumeClaimRetentionPolicy", when);
      if (policy.is("Delete")) report(policy, "is Delete");
    }
  },
};
