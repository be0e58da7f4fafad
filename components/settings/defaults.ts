import { waysIn } from "./exposure/defaults";
import { networkPolicies } from "./network";
import { parseQuantity } from "./quantity";
import { resourcesWithin } from "./resources";
import type { SettingsInput } from "./schema";
import { secrets } from "./secrets/defaults";
import type { Environment, Replication, Settings } from "./settings";
import type { Amounts, WorkloadSettings } from "./workload";

export const kuboImage = "docker.io/ipfs/kubo:v0.42.0";
export const clusterImage = "docker.io/ipfs/ipfs-cluster:v1.1.6";

export const nodeImage = "docker.io/library/node:24.21.0-alpine";

/** Share of a kubo volume that blocks may fill; metadata and the datastore's own files need the rest. */
const storageShare = 0.8;

/**
 * Neither image needs its own user's name, so any id that is not root's will do. One of 10000 or more is nobody's on the machine, which
 * is what remains of a container that breaks out.
 */
const userId = 10001;

interface Sizes {
  readonly volume: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const kuboSizes: Readonly<Record<Environment, Sizes>> = {
  dev: {
    volume: "5Gi",
    requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" },
  },
  staging: {
    volume: "50Gi",
    requests: { cpu: "500m", memory: "1Gi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "2", memory: "2Gi", "ephemeral-storage": "2Gi" },
  },
  prod: {
    volume: "200Gi",
    requests: { cpu: "1", memory: "4Gi", "ephemeral-storage": "1Gi" },
    limits: { cpu: "4", memory: "4Gi", "ephemeral-storage": "4Gi" },
  },
};

const clusterSizes: Readonly<Record<Environment, Sizes>> = {
  dev: {
    volume: "1Gi",
    requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "256Mi" },
  },
  staging: {
    volume: "5Gi",
    requests: { cpu: "200m", memory: "512Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "512Mi" },
  },
  prod: {
    volume: "10Gi",
    requests: { cpu: "500m", memory: "2Gi", "ephemeral-storage": "256Mi" },
    limits: { cpu: "2", memory: "2Gi", "ephemeral-storage": "1Gi" },
  },
};

/** Fills in what a stack file leaves out. Expects input that has passed the schema. */
export function withDefaults(input: SettingsInput, stack: string): Settings {
  const { environment } = input;
  const network = input.network ?? "private";
  const namespace = input.namespace?.name ?? `ipfs-${stack}`;
  const replicas = input.replicas ?? 3;
  const replication = input.replication ?? { min: Math.min(2, replicas), max: Math.min(3, replicas) };
  const kubo = workload(input.kubo, kuboSizes[environment], kuboImage, "error");
  const cluster = workload(input.cluster, clusterSizes[environment], clusterImage, "info,restapilog:error");
  return {
    stack,
    environment,
    namespace: { name: namespace, create: input.namespace?.create ?? true },
    network,
    topology: input.topology ?? "paired",
    replicas,
    identities: input.identities ?? 10,
    replication,
    repinning: input.repinning ?? false,
    topUp: topUp(input.topUp, replicas, replication),
    acceptPeerLoss: input.acceptPeerLoss,
    allocateBy: input.allocateBy ?? ["tag:group", "freespace"],
    tags: input.tags ?? { group: "default" },
    logFormat: input.logFormat ?? (environment === "dev" ? "text" : "json"),
    kubo: {
      ...kubo,
      storageMax: Math.floor(
        input.kubo?.storageMax ? parseQuantity(input.kubo.storageMax) : parseQuantity(kubo.volume.size) * storageShare,
      ),
      connections: {
        low: input.kubo?.connections?.low ?? (network === "private" ? 32 : 200),
        high: input.kubo?.connections?.high ?? (network === "private" ? 96 : 400),
      },
    },
    cluster: {
      ...cluster,
      monitorPingInterval: input.cluster?.monitorPingInterval ?? "15s",
      metricTtl: input.cluster?.metricTtl ?? "30s",
      metrics: input.cluster?.metrics ?? true,
      pinningService: input.cluster?.pinningService ?? true,
      proxy: input.cluster?.proxy ?? false,
    },
    spread: input.spread ?? (environment === "prod" ? "required" : "preferred"),
    podSecurity: { user: input.podSecurity?.user ?? userId },
    volumes: {
      protect: input.volumes?.protect ?? environment === "prod",
      onDestroy: input.volumes?.onDestroy ?? "retain",
      acceptOtherIdentities: input.volumes?.acceptOtherIdentities ?? false,
    },
    clusterDomain: input.clusterDomain ?? "cluster.local",
    ...waysIn(input, namespace),
    networkPolicies: networkPolicies(input),
    secrets: secrets(input.secrets),
    kubernetes: input.kubernetes ?? {},
  };
}

/** Without a word of it, only where the stack's own replication leaves pins that could have more copies than they began with. */
function topUp(input: SettingsInput["topUp"], replicas: number, replication: Replication): Settings["topUp"] {
  const matters = replication !== "everywhere" && replication.min < replication.max && replication.min < replicas;
  if (input === false || (input === undefined && !matters)) return false;
  return { every: input?.every ?? "10m", image: input?.image ?? nodeImage };
}

type WorkloadInput = NonNullable<SettingsInput["kubo"]> | NonNullable<SettingsInput["cluster"]>;

function workload(input: WorkloadInput | undefined, sizes: Sizes, image: string, logLevel: string): WorkloadSettings {
  return {
    image: input?.image ?? image,
    imagePullPolicy: input?.imagePullPolicy ?? "IfNotPresent",
    imagePullSecrets: input?.imagePullSecrets ?? [],
    volume: { size: input?.volume?.size ?? sizes.volume, class: input?.volume?.class },
    resources: resourcesWithin(sizes, input?.resources),
    nodeSelector: input?.nodeSelector ?? {},
    tolerations: input?.tolerations ?? [],
    priorityClassName: input?.priorityClassName,
    environment: input?.environment ?? {},
    arguments: input?.arguments ?? [],
    logLevel: input?.logLevel ?? logLevel,
    config: input?.config ?? {},
  };
}
