import type * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../identity";
import type { Settings } from "../settings";
import { workloadConfig } from "./configMaps";
import { type WorkloadSecrets, workloadSecrets } from "./secrets";

/** Everything that pods mount, by the names of the ConfigMaps and Secrets. */
export interface WorkloadFiles {
  /** Together they hold every `config-<n>.json` and `peer-<n>` of kubo. */
  readonly kuboConfigs: readonly pulumi.Input<string>[];
  /** It holds `service.json` and every `peer-<n>` of ipfs-cluster. */
  readonly clusterConfig: pulumi.Input<string>;
  readonly secrets: WorkloadSecrets;
}

/**
 * Makes what pods mount: configuration in ConfigMaps, and secret values in Secrets, one for each purpose.
 *
 * @param outside multiaddresses at which each kubo is reached from outside, by ordinal; those it does not name are not.
 */
export function workloadFiles(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  identity: StackIdentity,
  outside: readonly pulumi.Input<readonly string[]>[],
  parent: pulumi.Resource,
): WorkloadFiles {
  const config = workloadConfig(name, namespace, settings, identity, outside, parent);
  return {
    kuboConfigs: config.kubo.map(({ metadata }) => metadata.name),
    clusterConfig: config.cluster.metadata.name,
    secrets: workloadSecrets(name, namespace, settings, identity, parent),
  };
}
