import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PeerIdentity, StackIdentity } from "../identity";
import { labels } from "../platform";
import {
  clusterSecretKey,
  type IdentityRole,
  identityKey,
  identityKeys,
  restCredentialsKeys,
  type SecretSettings,
  type Settings,
  swarmKeyKey,
} from "../settings";
import { secretObject } from "./secretObjects";

/** Names of the Secrets that pods mount. */
export interface WorkloadSecrets {
  readonly clusterSecret: pulumi.Input<string>;
  /** Undefined on a public network. */
  readonly swarmKey?: pulumi.Input<string>;
  readonly restCredentials: pulumi.Input<string>;
  readonly identities: Readonly<Record<IdentityRole, pulumi.Input<string>>>;
}

/** What a Secret is for. */
export type SecretRole = "cluster-secret" | "swarm-key" | "rest-credentials" | "kubo-keys" | "cluster-keys";
type Values = pulumi.Input<Record<string, pulumi.Input<string>>>;

/**
 * One Secret for each purpose: the user's own, one that a controller makes, or one of ours. Ours are immutable and named anew with every
 * change, so that a change rolls exactly the pods that use it, and a failed one leaves the old pods what they run on.
 */
export function workloadSecrets(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  identity: StackIdentity,
  parent: pulumi.Resource,
): WorkloadSecrets {
  const mounted = (role: SecretRole, secret: SecretSettings, keys: readonly string[], values: Values | undefined) => {
    switch (secret.source) {
      case "existing":
        return secret.name;
      case "externalSecret":
      case "sealedSecret": {
        const { metadata, ...object } = secretObject(settings, role, secret, keys);
        const args = { ...object, metadata: { ...metadata, namespace } };
        return new k8s.apiextensions.CustomResource(`${name}-${role}`, args, { parent }).metadata.name;
      }
      default: {
        const metadata = { namespace, labels: labels(settings.stack) };
        const args = { metadata, immutable: true, stringData: values };
        return new k8s.core.v1.Secret(`${name}-${role}`, args, { parent }).metadata.name;
      }
    }
  };
  const { clusterSecret, swarmKey, restCredentials, identities } = settings.secrets;
  const single = (key: string, value: pulumi.Output<string> | undefined) => value && { [key]: value };
  const keys = (role: IdentityRole) =>
    mounted(`${role}-keys`, identities[role], identityKeys(role, settings.identities), keyValues(role, identity[role]));
  return {
    clusterSecret: mounted(
      "cluster-secret",
      clusterSecret,
      [clusterSecretKey],
      single(clusterSecretKey, identity.clusterSecret),
    ),
    swarmKey:
      settings.network === "private"
        ? mounted("swarm-key", swarmKey, [swarmKeyKey], single(swarmKeyKey, identity.swarmKey?.apply(swarmKeyFile)))
        : undefined,
    restCredentials: mounted(
      "rest-credentials",
      restCredentials,
      restCredentialsKeys(restCredentials),
      credentialValues(identity),
    ),
    identities: { kubo: keys("kubo"), cluster: keys("cluster") },
  };
}

/** As kubo reads it. */
function swarmKeyFile(hex: string): string {
  return `/key/swarm/psk/1.0.0/\n/base16/\n${hex}\n`;
}

function credentialValues({ restCredentials, previousCredentials }: StackIdentity): Values | undefined {
  if (restCredentials === undefined) return undefined;
  const { username, password } = restCredentials;
  if (previousCredentials === undefined) return { username, password };
  return {
    username,
    password,
    "previous-username": previousCredentials.username,
    "previous-password": previousCredentials.password,
  };
}

function keyValues(role: IdentityRole, peers: readonly PeerIdentity[]): Values | undefined {
  const keys = peers.flatMap(({ privateKey }, ordinal) =>
    privateKey ? [[identityKey(role, ordinal), privateKey] as const] : [],
  );
  return keys.length > 0 ? Object.fromEntries(keys) : undefined;
}
