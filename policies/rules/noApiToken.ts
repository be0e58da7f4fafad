import { podTemplate } from "../pods";
import type { Rule } from "../rule";

/** Pods that the API server does not know. */
export const noApiToken: Rule = {
  name: "no-api-token",
  what: "No pod has a token of the Kubernetes API.",
  why: "Nothing here talks to the API server; a stolen token would let a stranger do so.",
  fix: "set automountServiceAccountToken to false in the pod",
  check(resource, report) {
    const template = podTemplate(resource);
    if (!template) return;
    const mount = template.spec.at("automountServiceAccountToken");
    if (mount.isNot(false)) report(mount, "is not false");
    for (const volume of template.spec.at("volumes").items) {
      for (const source of volume.at("projected", "sources").items) {
        if (!source.at("serviceAccountToken").missing) report(source.at("serviceAccountToken"), "is a token");
      }
    }
  },
};
