import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { merge } from "../merge";
import type { ChartSettings, FreeForm } from "../settings";

/** Seconds for images to be pulled, hooks to run and everything to become ready; cert-manager's start-up check alone may take 8 minutes. */
const timeoutSeconds = 600;

/**
 * The arguments of the Helm release that brings a program.
 *
 * @param releaseName fixed, as the chart's objects are named after it; a second release of the name in the namespace is refused.
 * @param values this program's own; those of the settings go over them.
 */
export function releaseArgs(
  releaseName: string,
  chart: ChartSettings,
  values: FreeForm,
): k8s.helm.v3.ReleaseArgs & { values: FreeForm } {
  return {
    name: releaseName,
    namespace: chart.namespace,
    createNamespace: true,
    chart: chart.chart,
    // A local archive is of its own version, whatever is said here.
    version: chart.version,
    ...(chart.repository === undefined ? {} : { repositoryOpts: { repo: chart.repository } }),
    values: merge(values, chart.values),
    // A failed first install would otherwise leave a release whose name can't be used again.
    atomic: true,
    cleanupOnFail: true,
    maxHistory: 5,
    skipAwait: false,
    waitForJobs: true,
    timeout: timeoutSeconds,
  };
}

/**
 * Installs a chart and waits until all of it runs; not a chart's objects as resources, as the webhooks of both programs that come so need
 * the chart's hooks.
 *
 * - Upgrades: in place; one that fails is rolled back, and the update fails with the reason. A local archive is upgraded when its version
 *   changes, not when only its content does.
 * - Immutable after create: the namespace. `pulumi destroy` leaves it, empty.
 */
export function release(
  name: string,
  releaseName: string,
  chart: ChartSettings,
  values: FreeForm,
  parent: pulumi.Resource | undefined,
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(`${name}-${releaseName}`, releaseArgs(releaseName, chart, values), { parent });
}
