import { labels } from "../platform";
import type { SecretSettings, Settings } from "../settings";

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

/**
 * The name of a Secret that a controller makes. It can't be left to Pulumi, as a sealed value opens under one name only; another generation
 * has another, so that pods never start on the values of the one before.
 */
export function controllersSecret(role: string, { generation }: Pick<SecretSettings, "generation">): string {
  return generation === 1 ? role : `${role}-${generation}`;
}

/** What has a Secret made of a value that is elsewhere: an ExternalSecret of External Secrets, or a SealedSecret of Sealed Secrets. */
export function secretObject(
  settings: Settings,
  role: string,
  secret: Extract<SecretSettings, { source: "externalSecret" | "sealedSecret" }>,
  keys: readonly string[],
): SecretObject {
  const metadata = { name: controllersSecret(role, secret), labels: labels(settings.stack) };
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
