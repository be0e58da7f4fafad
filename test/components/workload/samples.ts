import { resolveSettings, type Settings } from "../../../components/settings";
import type { KuboPeer, WorkloadFiles } from "../../../components/workload";

const environments = ["dev", "staging", "prod"] as const;
const networks = ["private", "public"] as const;

/** Every option that adds or changes something in what is rendered. */
const everything = {
  replicas: 5,
  identities: 12,
  replication: "everywhere",
  repinning: true,
  allocateBy: ["tag:rack", "pinqueue", "reposize"],
  tags: { rack: "a1" },
  logFormat: "json",
  kubo: {
    volume: { size: "1Ti", class: "fast" },
    storageMax: "500Gi",
    connections: { low: 10, high: 20 },
    logLevel: "debug",
    environment: { GOGC: "50" },
    arguments: ["--manage-fdlimit=true"],
    config: { Gateway: { DisableHTMLErrors: true }, Import: { CidVersion: 1 } },
    imagePullSecrets: ["pull"],
    nodeSelector: { disk: "nvme" },
    tolerations: [{ key: "ipfs", operator: "Exists" }],
    priorityClassName: "high",
  },
  cluster: {
    proxy: true,
    logLevel: "debug",
    environment: { GODEBUG: "x" },
    arguments: ["--tracing"],
    config: { cluster: { dial_peer_timeout: "10s" }, api: { ipfsproxy: { idle_timeout: "2m" } } },
  },
  spread: "required",
  volumes: { acceptOtherIdentities: true },
  clusterDomain: "k8s.example",
};

/** Both programs go where both may. */
const together = {
  topology: "colocated",
  kubo: { imagePullSecrets: ["pull", "kubo"], nodeSelector: { disk: "nvme" }, priorityClassName: "high" },
  cluster: {
    imagePullSecrets: ["pull", "cluster"],
    nodeSelector: { disk: "nvme", cpu: "fast" },
    tolerations: [{ key: "ipfs", operator: "Exists" }],
    proxy: true,
  },
};

const nothing = { cluster: { metrics: false, pinningService: false } };

/** Settings of every environment and network: plain, with everything on, and with all that can be off, off. */
export const samples: readonly { readonly about: string; readonly settings: Settings }[] = environments.flatMap(
  (environment) =>
    networks.flatMap((network) =>
      Object.entries({
        "as it comes": {},
        "with everything on": everything,
        "with little": nothing,
        "in one pod": together,
      }).map(([options, raw]) => ({
        about: `${environment}, ${network}, ${options}`,
        settings: resolveSettings({ ...raw, environment, network }, { stack: "prod-eu" }),
      })),
    ),
);

/** Settings of dev with some of them changed. */
export function settingsOf(raw: Record<string, unknown>): Settings {
  return resolveSettings({ environment: "dev", ...raw }, { stack: "prod-eu" });
}

/** Made-up peers, as long as real ones are. */
export function peersOf({ identities }: Pick<Settings, "identities">): KuboPeer[] {
  return Array.from({ length: identities }, (_, ordinal) => ({
    id: `12D3KooW${String(ordinal).padStart(44, "x")}`,
  }));
}

/** Their ids. */
export function peerIdsOf(settings: Settings): string[] {
  return peersOf(settings).map(({ id }) => id);
}

/** Names of the ConfigMaps and Secrets of a stack. */
export function filesOf({ network }: Settings): WorkloadFiles {
  return {
    kuboConfigs: ["ipfs-config"],
    clusterConfig: "cluster-config",
    secrets: {
      clusterSecret: "cluster-secret",
      swarmKey: network === "private" ? "swarm-key" : undefined,
      restCredentials: "rest-credentials",
      identities: { kubo: "kubo-keys", cluster: "cluster-keys" },
    },
  };
}
