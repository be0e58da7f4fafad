import { isKubernetes, mainContainers } from "../pods";
import type { Rule } from "../rule";

/** Kubernetes' questions to a container. */
export const probes: Rule = {
  name: "probes",
  what: "Every container that serves has a start-up, a readiness and a liveness probe.",
  why: "Without them requests go to peers that are not ready, peers that hang stay, and a slow start is taken for a hanging one.",
  fix: "add the probe",
  check(resource, report) {
    if (!isKubernetes(resource, "Deployment", "StatefulSet", "DaemonSet")) return;
    for (const container of mainContainers(resource)) {
      for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
        if (container.at(probe).missing) report(container.at(probe), "is missing");
      }
    }
  },
};
