import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { apiHosts, type Settings } from "../settings";
import { release } from "./chart";

const releaseName = "cert-manager";

interface Replicated {
  readonly replicaCount: number;
  readonly podDisruptionBudget: { readonly enabled: boolean };
}

/** What this program sets of the chart's values; the chart refuses any that it doesn't know. */
interface CertManagerValues extends Replicated {
  readonly global: { readonly leaderElection: { readonly namespace: string } };
  readonly crds: { readonly enabled: boolean; readonly keep: boolean };
  readonly config?: {
    readonly apiVersion: "controller.config.cert-manager.io/v1alpha1";
    readonly kind: "ControllerConfiguration";
    readonly gatewayAPI: { readonly enabled: boolean };
  };
  readonly webhook: Replicated;
  readonly cainjector: Replicated;
  readonly startupapicheck: { readonly enabled: boolean };
}

/** The chart's values but for those of the stack file. */
export function certManagerValues(settings: Settings): CertManagerValues {
  const dev = settings.environment === "dev";
  // A budget for a single replica would keep its node from being drained.
  const replicated = { replicaCount: dev ? 1 : 2, podDisruptionBudget: { enabled: !dev } };
  const throughGateway = apiHosts(settings).some(({ way }) => way === "gatewayApi");
  return {
    ...replicated,
    // The default, kube-system, is closed to it on managed clusters.
    global: { leaderElection: { namespace: settings.certManager.namespace } },
    // Deleting the definitions would delete every certificate of the Kubernetes cluster.
    crds: { enabled: true, keep: true },
    // Without Gateway API's definitions, which only its users have, cert-manager would not start so.
    ...(throughGateway
      ? {
          config: {
            apiVersion: "controller.config.cert-manager.io/v1alpha1",
            kind: "ControllerConfiguration",
            gatewayAPI: { enabled: true },
          },
        }
      : {}),
    webhook: replicated,
    cainjector: replicated,
    // It ends when the webhook answers; an Issuer created before would be refused.
    startupapicheck: { enabled: true },
  };
}

/**
 * Installs cert-manager if this stack is to bring it; undefined if not.
 *
 * `pulumi destroy` leaves its definitions, the certificates of others and the Secrets of all: issued certificates are worth keeping, as
 * authorities issue few for the same names.
 */
export function certManager(
  name: string,
  settings: Settings,
  parent: pulumi.Resource,
): k8s.helm.v3.Release | undefined {
  if (settings.certManager.install !== "install") return undefined;
  return release(name, releaseName, settings.certManager, { ...certManagerValues(settings) }, parent);
}
