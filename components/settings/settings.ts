import type {
  ChartSettings,
  ExposureSettings,
  GatewayApiSettings,
  GatewaySettings,
  Issuer,
  IstioSettings,
} from "./exposure";
import type { SettingsInput } from "./schema";

export type Environment = SettingsInput["environment"];
export type Network = "private" | "public";
/** Keep every pin on all peers, or on `min` to `max` of them. */
export type Replication = "everywhere" | { readonly min: number; readonly max: number };

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

export interface KuboSettings extends WorkloadSettings {
  /** Datastore.StorageMax in bytes. */
  readonly storageMax: number;
  readonly connections: { readonly low: number; readonly high: number };
}

export interface ClusterSettings extends WorkloadSettings {
  /** Go duration. */
  readonly monitorPingInterval: string;
  /** Go duration. */
  readonly metricTtl: string;
  readonly metrics: boolean;
  readonly pinningService: boolean;
  readonly proxy: boolean;
}

/** The whole truth about a stack: every default filled in, every rule checked, frozen. */
export interface Settings {
  /** The stack's name; part of every peer's name. */
  readonly stack: string;
  readonly environment: Environment;
  readonly namespace: { readonly name: string; readonly create: boolean };
  readonly network: Network;
  readonly replicas: number;
  readonly identities: number;
  readonly replication: Replication;
  readonly repinning: boolean;
  readonly allocateBy: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly logFormat: "text" | "json";
  readonly kubo: KuboSettings;
  readonly cluster: ClusterSettings;
  readonly spread: "preferred" | "required";
  readonly volumes: {
    readonly protect: boolean;
    readonly onDestroy: "retain" | "delete-all-data";
    readonly acceptOtherIdentities: boolean;
  };
  readonly clusterDomain: string;
  readonly exposure: ExposureSettings;
  readonly gateway: GatewaySettings;
  /** Who signs certificates for hosts; undefined where nobody is named. */
  readonly issuer?: Issuer;
  readonly ingressController: ChartSettings & { readonly class: string };
  readonly certManager: ChartSettings;
  readonly gatewayApi: GatewayApiSettings;
  readonly istio: IstioSettings;
  readonly kubernetes: { readonly context?: string; readonly clusterIdentifier?: string };
}
