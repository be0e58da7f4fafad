import type {
  ChartSettings,
  ExposureSettings,
  GatewayApiSettings,
  GatewaySettings,
  Issuer,
  IstioSettings,
} from "./exposure/types";
import type { NetworkPolicySettings } from "./network";
import type { SettingsInput } from "./schema";
import type { SecretsSettings } from "./secrets/types";
import type { WorkloadSettings } from "./workload";

export type Environment = SettingsInput["environment"];
export type Network = "private" | "public";
/** Whether the kubo and the ipfs-cluster of a peer have pods of their own, or one together. */
export type Topology = "paired" | "colocated";
/** Keep every pin on all peers, or on `min` to `max` of them. */
export type Replication = "everywhere" | { readonly min: number; readonly max: number };

export interface KuboSettings extends WorkloadSettings {
  /** Datastore.StorageMax in bytes. */
  readonly storageMax: number;
  readonly connections: { readonly low: number; readonly high: number };
}

export interface TopUpSettings {
  /** Go duration, of a minute to a day. */
  readonly every: string;
  /** An image that has Node. */
  readonly image: string;
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
  readonly topology: Topology;
  readonly replicas: number;
  readonly identities: number;
  readonly replication: Replication;
  readonly repinning: boolean;
  readonly topUp: false | TopUpSettings;
  /** The number of replicas that is to be gone down to: peers from this ordinal on get no more copies from the job. */
  readonly acceptPeerLoss?: { readonly downTo: number };
  readonly allocateBy: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly logFormat: "text" | "json";
  readonly kubo: KuboSettings;
  readonly cluster: ClusterSettings;
  readonly spread: "preferred" | "required";
  readonly podSecurity: {
    /** User id, and as well group id and fsGroup, of all pods; "platform": pods name none of the three. */
    readonly user: number | "platform";
  };
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
  readonly networkPolicies: NetworkPolicySettings;
  readonly secrets: SecretsSettings;
  readonly kubernetes: { readonly context?: string; readonly clusterIdentifier?: string };
}
