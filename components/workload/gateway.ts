import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../identity";
import { labels, selectorLabels } from "../platform";
import type { Settings } from "../settings";
import { disruptionBudget } from "./disruptionBudget";
import { gatewayPodConfig } from "./gatewayConfig";
import { gatewayPod } from "./gatewayPod";
import { serviceAccount } from "./serviceAccount";

/** What the gateway's pods are made of. */
export interface GatewayPodsArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  readonly identity: StackIdentity;
  /** What pods wait for. */
  readonly after: readonly pulumi.Resource[];
}

/**
 * The gateway where it has pods of its own (`hasGatewayPods`): they serve what the stack's peers hold, whichever of them it is, and can't
 * fetch anything from the public network. They keep nothing that is not elsewhere; any of them may go at any time.
 */
export function gatewayPods(
  name: string,
  { namespace, settings, identity, after }: GatewayPodsArgs,
  parent: pulumi.Resource,
): k8s.apps.v1.Deployment {
  const metadata = { name: "gateway", namespace, labels: labels(settings.stack, "gateway") };
  const selector = { matchLabels: selectorLabels(settings, "gateway") };
  const { replicas } = settings.gateway;
  const account = serviceAccount(`${name}-gateway`, metadata, parent);
  const config = new k8s.core.v1.ConfigMap(
    `${name}-gateway-config`,
    {
      metadata: { namespace, labels: labels(settings.stack) },
      immutable: true,
      data: pulumi.all(identity.kubo.map(({ id }) => id)).apply((ids) => sections(settings, ids)),
    },
    { parent },
  );
  disruptionBudget(`${name}-gateway`, metadata, { replicas, selector }, parent);
  return new k8s.apps.v1.Deployment(
    `${name}-gateway`,
    {
      metadata,
      spec: {
        replicas,
        selector,
        // One more than asked for may have no machine that it is allowed on.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        template: gatewayPod(settings, config.metadata.name),
      },
    },
    { parent, dependsOn: [...after, account] },
  );
}

/** A file for each section or key, as `ipfs config --json` takes them. */
function sections(settings: Settings, ids: readonly string[]): Record<string, string> {
  const config = gatewayPodConfig(
    settings,
    ids.map((id) => ({ id })),
  );
  return Object.fromEntries(Object.entries(config).map(([section, value]) => [section, JSON.stringify(value)]));
}
