import { isKubernetes } from "../pods";
import type { Rule } from "../rule";

/** What data is in. */
export const protectedData: Rule = {
  name: "protected-data",
  what: "Volumes, and the namespace that they are in, are protected from deletion.",
  why: "A mistake in a setting, or a `pulumi destroy` of the wrong stack, would delete content for good.",
  fix: "set ipfs-cluster:volumes.protect to true, or ipfs-cluster:environment to prod; in other programs, the option `protect: true`",
  check(resource, report) {
    if (!isKubernetes(resource, "PersistentVolumeClaim", "PersistentVolume", "Namespace")) return;
    if (!resource.isProtected && !resource.isPatch) report(resource.fields, "is not protected");
  },
};
