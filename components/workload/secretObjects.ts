import { createHash } from "node:crypto";
import { labels } from "../platform";
import { previousPasswordKey, type SecretSettings, type Settings } from "../settings";

/** A custom resource of which a controller makes a Secret. */
export interface SecretObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    /** The Secret's name, too. */
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A secret of which a controller makes a Secret. */
export type ControlledSecret = Extract<SecretSettings, { source: "externalSecret" | "sealedSecret" }>;

/**
 * The name of a Secret that a controller makes, and of the object that it makes it of. It follows what the Secret is made from, as a
 * controller makes each once and leaves it as it is: whatever changes is another Secret, which pods then start on. What External Secrets
 * fetches is in it as a hash; a sealed value may open under one name only, so that name can be told beforehand.
 *
 * @param keys of the Secret.
 */
export function controllersSecret(role: string, secret: ControlledSecret, keys: readonly string[]): string {
  const generation = secret.generation === 1 ? role : `${role}-${secret.generation}`;
  if (secret.source === "externalSecret") {
    const { store, remoteKey } = secret;
    const from = JSON.stringify([store.kind, store.name, remoteKey, keys]);
    return `${generation}-${createHash("sha256").update(from).digest("hex").slice(0, 8)}`;
  }
  return keys.includes(previousPasswordKey) ? `${generation}-with-previous` : generation;
}

/** What has a Secret made of a value that is elsewhere: an ExternalSecret of External Secrets, or a SealedSecret of Sealed Secrets. */
export function secretObject(
  settings: Settings,
  role: string,
  secret: ControlledSecret,
  keys: readonly string[],
): SecretObject {
  const metadata = { name: controllersSecret(role, secret, keys), labels: labels(settings.stack) };
  if (secret.source === "externalSecret") {
    return {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata,
      spec: {
        // A value that changed by itself would part pods that start from those that run.
        refreshPolicy: "CreatedOnce",
        secretStoreRef: { ...secret.store },
        target: { name: metadata.name, creationPolicy: "Owner", immutable: true },
        data: keys.map((key) => ({ secretKey: key, remoteRef: { key: secret.remoteKey, property: key } })),
      },
    };
  }
  const annotations = secret.scope === "strict" ? {} : { [`sealedsecrets.bitnami.com/${secret.scope}`]: "true" };
  return {
    apiVersion: "bitnami.com/v1alpha1",
    kind: "SealedSecret",
    metadata: secret.scope === "strict" ? metadata : { ...metadata, annotations },
    spec: {
      encryptedData: { ...secret.encryptedData },
      template: { immutable: true, metadata: { labels: metadata.labels, annotations } },
    },
  };
}
