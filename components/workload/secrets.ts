import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { StackIdentity } from "../identity";
import { labels } from "../platform";
import type { Settings } from "../settings";
import { kuboConfig } from "./kuboConfig";
import { restUser, serviceJson } from "./serviceJson";

/** Where the pods' configuration and the operator's credentials are. */
export interface WorkloadSecrets {
  readonly kubo: readonly k8s.core.v1.Secret[];
  readonly cluster: k8s.core.v1.Secret;
  readonly credentials: k8s.core.v1.Secret;
}

/** Name of the Secret with `username` and `password` for the REST and pinning APIs. */
export const credentialsSecret = "cluster-credentials";

/**
 * The Secrets that pods mount. Config Secrets are immutable and named anew with every change, so that a change rolls exactly the pods that
 * use it, and a failed one leaves the old pods what they run on.
 *
 * @param outside multiaddresses at which each kubo is reached from outside, by ordinal; those it does not name are not.
 */
export function workloadSecrets(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  identity: StackIdentity,
  outside: readonly pulumi.Input<readonly string[]>[],
  parent: pulumi.Resource,
): WorkloadSecrets {
  const secret = (role: string, stringData: pulumi.Input<Record<string, pulumi.Input<string>>>) =>
    new k8s.core.v1.Secret(
      `${name}-${role}`,
      { metadata: { namespace, labels: labels(settings.stack) }, immutable: true, stringData },
      { parent },
    );
  return {
    kubo: chunks(settings.identities).map((ordinals, chunk) =>
      secret(`ipfs-config-${chunk}`, kuboFiles(settings, identity, ordinals, outside)),
    ),
    cluster: secret("cluster-config", clusterFiles(settings, identity)),
    credentials: new k8s.core.v1.Secret(
      `${name}-credentials`,
      {
        metadata: { namespace, name: credentialsSecret, labels: labels(settings.stack) },
        type: "kubernetes.io/basic-auth",
        stringData: { username: restUser, password: identity.restPassword },
      },
      { parent },
    ),
  };
}

/** A Secret holds 1 MiB; every kubo config names every other peer, so many of them don't fit into one. */
const configsPerSecret = 25;

function chunks(count: number): number[][] {
  const ordinals = Array.from({ length: count }, (_, ordinal) => ordinal);
  return Array.from({ length: Math.ceil(count / configsPerSecret) }, (_, chunk) =>
    ordinals.slice(chunk * configsPerSecret, (chunk + 1) * configsPerSecret),
  );
}

function kuboFiles(
  settings: Settings,
  identity: StackIdentity,
  ordinals: readonly number[],
  outside: readonly pulumi.Input<readonly string[]>[],
): pulumi.Output<Record<string, string>> {
  const known = pulumi.all([
    pulumi.all(identity.kubo.map((peer) => peer.id)),
    pulumi.all(identity.kubo.map((peer) => peer.privateKey)),
    identity.swarmKey,
    pulumi.all(ordinals.map((ordinal) => outside[ordinal] ?? [])),
  ]);
  return known.apply(([ids, keys, swarmKey, reached]) => {
    const peers = ids.map((id, ordinal) => ({ id, privateKey: keys[ordinal] }));
    const files: Record<string, string> = {};
    for (const [index, ordinal] of ordinals.entries()) {
      const config = kuboConfig(settings, peers, ordinal, reached[index]);
      files[`config-${ordinal}.json`] = JSON.stringify(config, null, 2);
      files[`peer-id-${ordinal}`] = peers[ordinal].id;
    }
    if (settings.network === "private" && ordinals[0] === 0)
      files["swarm.key"] = `/key/swarm/psk/1.0.0/\n/base16/\n${swarmKey}\n`;
    return files;
  });
}

function clusterFiles(settings: Settings, identity: StackIdentity): pulumi.Output<Record<string, string>> {
  const known = pulumi.all([
    pulumi.all(identity.cluster.map((peer) => peer.id)),
    pulumi.all(identity.cluster.map((peer) => peer.privateKey)),
    identity.clusterSecret,
    identity.restPassword,
  ]);
  return known.apply(([peerIds, keys, clusterSecret, restPassword]) => {
    const basic = Buffer.from(`${restUser}:${restPassword}`).toString("base64");
    const files: Record<string, string> = {
      "service.json": JSON.stringify(serviceJson(settings, { clusterSecret, restPassword, peerIds }), null, 2),
      authorization: `Authorization: Basic ${basic}`,
    };
    for (const [ordinal, id] of peerIds.entries()) {
      files[`identity-${ordinal}.json`] = JSON.stringify({ id, private_key: keys[ordinal] });
    }
    return files;
  });
}
