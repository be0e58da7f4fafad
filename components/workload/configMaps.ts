import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { PeerIdentity, StackIdentity } from "../identity";
import { publicKeyOfPeerId } from "../peerId";
import { labels } from "../platform";
import type { IdentityRole, SecretSettings, Settings } from "../settings";
import { template } from "./compose";
import { kuboConfig } from "./kuboConfig";
import { serviceJson } from "./serviceJson";

/** Where the pods' configuration is, but for secret values. */
export interface WorkloadConfig {
  readonly kubo: readonly k8s.core.v1.ConfigMap[];
  readonly cluster: k8s.core.v1.ConfigMap;
}

/**
 * The ConfigMaps that pods mount: immutable and named anew with every change, so that a change rolls exactly the pods that use it, and a
 * failed one leaves the old pods what they run on.
 *
 * @param outside multiaddresses at which each kubo is reached from outside, by ordinal; those it does not name are not.
 */
export function workloadConfig(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  identity: StackIdentity,
  outside: readonly pulumi.Input<readonly string[]>[],
  parent: pulumi.Resource,
): WorkloadConfig {
  const configMap = (role: string, data: pulumi.Input<Record<string, pulumi.Input<string>>>) =>
    new k8s.core.v1.ConfigMap(
      `${name}-${role}`,
      { metadata: { namespace, labels: labels(settings.stack) }, immutable: true, data },
      { parent },
    );
  return {
    kubo: chunks(settings.identities).map((ordinals, chunk) =>
      configMap(`ipfs-config-${chunk}`, kuboFiles(settings, identity, ordinals, outside)),
    ),
    cluster: configMap("cluster-config", clusterFiles(settings, identity)),
  };
}

/** A ConfigMap holds 1 MiB; every kubo config names every other peer, so many of them don't fit into one. */
const configsPerMap = 25;

function chunks(count: number): number[][] {
  const ordinals = Array.from({ length: count }, (_, ordinal) => ordinal);
  return Array.from({ length: Math.ceil(count / configsPerMap) }, (_, chunk) =>
    ordinals.slice(chunk * configsPerMap, (chunk + 1) * configsPerMap),
  );
}

function kuboFiles(
  settings: Settings,
  identity: StackIdentity,
  ordinals: readonly number[],
  outside: readonly pulumi.Input<readonly string[]>[],
): pulumi.Output<Record<string, string>> {
  const { swarmKey, identities } = settings.secrets;
  const known = pulumi.all([idsOf(identity.kubo), pulumi.all(ordinals.map((ordinal) => outside[ordinal] ?? []))]);
  return known.apply(([ids, reached]) => {
    const peers = ids.map((id) => ({ id }));
    const files = generationFile({ swarmKey, identities: identities.kubo });
    for (const [index, ordinal] of ordinals.entries()) {
      files[`config-${ordinal}.json`] = template(kuboConfig(settings, peers, ordinal, reached[index]));
      files[`peer-${ordinal}`] = peerFile("kubo", settings, ordinal, ids[ordinal]);
    }
    return files;
  });
}

function clusterFiles(settings: Settings, identity: StackIdentity): pulumi.Output<Record<string, string>> {
  const { clusterSecret, restCredentials, identities } = settings.secrets;
  return idsOf(identity.cluster).apply((ids) => {
    const files = generationFile({ clusterSecret, restCredentials, identities: identities.cluster });
    files["service.json"] = template(serviceJson(settings, ids));
    for (const [ordinal, id] of ids.entries()) {
      files[`peer-${ordinal}`] = peerFile("cluster", settings, ordinal, id);
    }
    return files;
  });
}

function idsOf(peers: readonly PeerIdentity[]): pulumi.Output<string[]> {
  return pulumi.all(peers.map(({ id }) => id));
}

/** What a peer's pod has to know of its key: peer id, public half of the key, generation. */
function peerFile(role: IdentityRole, { secrets }: Settings, ordinal: number, id: string): string {
  const generation = secrets.identities[role].peers[ordinal]?.generation ?? 1;
  return `${id} ${publicKeyOfPeerId(id)?.toString("base64")} ${generation}\n`;
}

/** Nothing reads it: it makes pods start anew when the user says that a Secret of theirs has other values. */
function generationFile(secrets: Readonly<Record<string, SecretSettings>>): Record<string, string> {
  const lines = Object.entries(secrets).flatMap(([name, secret]) =>
    secret.source === "existing" ? [`${name} ${secret.generation}\n`] : [],
  );
  return lines.length > 0 ? { generations: lines.join("") } : {};
}
