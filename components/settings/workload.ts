/** Amounts by Kubernetes resource name, as quantities. */
export interface Amounts {
  readonly cpu: string;
  readonly memory: string;
  readonly "ephemeral-storage": string;
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  /** Seconds. */
  readonly tolerationSeconds?: number;
}

export interface VolumeSettings {
  /** A quantity. */
  readonly size: string;
  /** StorageClass name; undefined: the cluster's default class. */
  readonly class?: string;
}

/** A JSON object of settings that this program does not model; checked against the upstream structs. */
export type FreeForm = { readonly [key: string]: unknown };

/** What both kinds of pod have in common. */
export interface WorkloadSettings {
  readonly image: string;
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  readonly imagePullSecrets: readonly string[];
  readonly volume: VolumeSettings;
  readonly resources: { readonly requests: Amounts; readonly limits: Amounts };
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly priorityClassName?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
  readonly logLevel: string;
  readonly config: FreeForm;
}
