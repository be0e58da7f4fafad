import {
  clusterDaemonFlags,
  clusterEnvironment,
  kuboConfig,
  kuboDaemonFlags,
  kuboEnvironment,
  nearest,
  serviceJson,
  unknownKnobs,
} from "../upstream";
import type { Fault } from "./faults";
import type { FreeForm, Settings, WorkloadSettings } from "./settings";

/**
 * Rules for what this program does not model but passes on: config keys, environment variables and daemon arguments. They must exist in
 * the pinned kubo and ipfs-cluster, and must not undo what this program promises.
 */
export function freeFormFaults(settings: Settings): Fault[] {
  const { kubo, cluster, network } = settings;
  const privately = network === "private" ? { ...ownedKuboKeys, ...privateKuboKeys } : ownedKuboKeys;
  return [
    ...unknownKnobs(kuboConfig, kubo.config, "kubo.config"),
    ...ownedFaults(kubo.config, "kubo.config", privately),
    ...unknownKnobs(serviceJson, cluster.config, "cluster.config"),
    ...ownedFaults(cluster.config, "cluster.config", ownedServiceKeys),
    ...environmentFaults("kubo", kuboEnvironment, kubo, ownedKuboVariables),
    ...environmentFaults("cluster", clusterEnvironment, cluster, ownedClusterVariables),
    ...argumentFaults("kubo", kuboDaemonFlags, kubo, refusedKuboFlags),
    ...argumentFaults("cluster", clusterDaemonFlags, cluster, refusedClusterFlags),
  ];
}

/** Key path -> why it can't be set here and what to use instead. */
type Owned = Readonly<Record<string, string>>;

const ownedKuboKeys: Owned = {
  Identity: "identities are made by this program; keep earlier ones with the secret ipfs-cluster:identity",
  "Addresses.API": "the probes, Services and ipfs-cluster rely on this program's address",
  "Addresses.Gateway": "the probes and Services rely on this program's address",
  "Addresses.Swarm": "network: private | public decides on what kubo listens",
  "API.Authorizations": "ipfs-cluster can't authenticate to kubo, so it would lose its node",
  "Datastore.Spec": "a repository keeps the layout it was made with and refuses to open with another",
  "Datastore.StorageMax": "use kubo.storageMax",
  "Peering.Peers": "the stack's peers are named by this program",
  "Swarm.ConnMgr.LowWater": "use kubo.connections.low",
  "Swarm.ConnMgr.HighWater": "use kubo.connections.high",
  "Swarm.AddrFilters": "filtering private ranges keeps pods from dialling each other; use Addresses.NoAnnounce",
};

const privateOnly =
  "works on the public network only; kubo with a swarm key refuses or ignores it: use network: public";

const privateKuboKeys: Owned = {
  AutoConf: privateOnly,
  AutoTLS: privateOnly,
  Bootstrap: "a private network has no bootstrap peers; the stack's peers are named by this program",
  "DNS.Resolvers": privateOnly,
  "Routing.DelegatedRouters": privateOnly,
  "Ipns.DelegatedPublishers": privateOnly,
  HTTPRetrieval: privateOnly,
  "Swarm.Transports.Network.QUIC": privateOnly,
  "Swarm.Transports.Network.WebTransport": privateOnly,
  "Swarm.Transports.Network.WebRTCDirect": privateOnly,
};

const ownedServiceKeys: Owned = {
  source: "the configuration is rendered by this program, never fetched",
  "cluster.id": "identities are made by this program; keep earlier ones with the secret ipfs-cluster:identity",
  "cluster.private_key": "identities are made by this program; keep earlier ones with the secret ipfs-cluster:identity",
  "cluster.peername": "the name says which stack a peer is of",
  "cluster.secret": "it is made by this program; keep an earlier one with the secret ipfs-cluster:identity",
  "cluster.leave_on_shutdown": "in CRDT mode it wipes the pinset at every stop",
  "cluster.listen_multiaddress":
    "the Services rely on this program's address; ipfs-cluster has no other transport than TCP",
  "cluster.peer_addresses": "the stack's peers are named by this program",
  "cluster.replication_factor_min": "use replication.min",
  "cluster.replication_factor_max": "use replication.max",
  "cluster.monitor_ping_interval": "use cluster.monitorPingInterval",
  "cluster.disable_repinning": "use repinning",
  "cluster.follower_mode": "a follower can't change the pinset, and every peer of a stack must be able to",
  "consensus.crdt.trusted_peers": "it is exactly the stack's peers",
  "consensus.crdt.cluster_name": "it must be the same for all peers",
  "consensus.raft": "raft is not supported: it loses its quorum when pods move",
  "api.restapi.http_listen_multiaddress": "the probes and Services rely on this program's address",
  "api.restapi.basic_auth_credentials": "credentials are made by this program",
  "api.pinsvcapi.http_listen_multiaddress": "the Services rely on this program's address",
  "api.pinsvcapi.basic_auth_credentials": "credentials are made by this program",
  "api.ipfsproxy.listen_multiaddress": "the Services rely on this program's address",
  "api.ipfsproxy.node_multiaddress": "each peer's own kubo, set by this program",
  "ipfs_connector.ipfshttp.node_multiaddress": "each peer's own kubo, set by this program",
  "allocator.balanced.allocate_by": "use allocateBy",
  "informer.disk.metric_type": "use allocateBy",
  "informer.disk.metric_ttl": "use cluster.metricTtl",
  "informer.tags": "use tags",
  "observations.metrics.enable_stats": "use cluster.metrics",
  "observations.metrics.prometheus_endpoint": "the Services rely on this program's address",
  "datastore.badger": "the datastore is pebble; another one would start with an empty pinset",
  "datastore.badger3": "the datastore is pebble; another one would start with an empty pinset",
  "datastore.leveldb": "the datastore is pebble; another one would start with an empty pinset",
  "datastore.pebble.folder": "another folder would start with an empty pinset",
};

const refusedKuboFlags: Owned = {
  init: "repositories are made by this program",
  "init-config": "repositories are made by this program",
  "init-profile": "repositories are made by this program",
  migrate: "it is always on",
  "agent-version-suffix": "it is set by this program",
  "enable-gc": "kubo's own collector races with pinning; run `ipfs-cluster-ctl ipfs gc` instead",
};

const refusedClusterFlags: Owned = {
  leave: "in CRDT mode leaving wipes the pinset at every stop",
  bootstrap: "peers find each other by the addresses in their configuration, and trust exactly each other",
  j: "peers find each other by the addresses in their configuration, and trust exactly each other",
  "no-trust": "trusted peers are exactly the stack's peers",
};

const ownedKuboVariables: Owned = {
  IPFS_PATH: "set by this program",
  HOME: "set by this program",
  IPFS_TELEMETRY: "always off",
  LIBP2P_FORCE_PNET: "set by network: private | public",
  GOMEMLIMIT: "follows kubo.resources.limits.memory",
  GOLOG_LOG_LEVEL: "use kubo.logLevel",
  IPFS_LOGGING: "use kubo.logLevel",
  GOLOG_LOG_FMT: "use logFormat",
  IPFS_PROFILE: "read only by the image's own start script, which this program does not run",
  IPFS_SWARM_KEY: "the swarm key is made by this program",
  IPFS_SWARM_KEY_FILE: "the swarm key is made by this program",
};

const ownedClusterVariables: Owned = {
  GOMEMLIMIT: "follows cluster.resources.limits.memory",
  IPFS_CLUSTER_LOG_LEVEL: "use cluster.logLevel",
  GOLOG_LOG_FMT: "use logFormat",
  IPFS_CLUSTER_PATH: "set by this program",
  HOME: "set by this program",
  LIBP2P_FORCE_PNET: "always on",
};

function ownedFaults(config: FreeForm, path: string, owned: Owned): Fault[] {
  return Object.entries(owned).flatMap(([key, reason]) =>
    has(config, key.split("."))
      ? [{ path: `${path}.${key}`, reason, fix: `pulumi config rm --path 'ipfs-cluster:${path}.${key}'` }]
      : [],
  );
}

function has(value: unknown, path: readonly string[]): boolean {
  if (path.length === 0) return true;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, path[0])) return false;
  return has((value as FreeForm)[path[0]], path.slice(1));
}

function environmentFaults(
  name: string,
  known: ReadonlySet<string>,
  workload: WorkloadSettings,
  owned: Owned,
): Fault[] {
  return Object.keys(workload.environment).flatMap((variable): Fault[] => {
    const path = `${name}.environment.${variable}`;
    const fix = `pulumi config rm --path 'ipfs-cluster:${path}'`;
    if (Object.hasOwn(owned, variable)) return [{ path, reason: owned[variable], fix }];
    if (/^CLUSTER_/.test(variable)) {
      return [{ path, reason: "ipfs-cluster's settings have one place, service.json: use cluster.config", fix }];
    }
    if (known.has(variable)) return [];
    const near = nearest(variable, known);
    return [{ path, reason: `${name} reads no such variable`, fix: near ? `use ${near}` : fix }];
  });
}

function argumentFaults(name: string, known: ReadonlySet<string>, workload: WorkloadSettings, refused: Owned): Fault[] {
  return workload.arguments.flatMap((argument, index): Fault[] => {
    const path = `${name}.arguments[${index}]`;
    const flag = /^--?([A-Za-z0-9-]+)/.exec(argument)?.[1];
    if (flag === undefined) {
      return [{ path, value: argument, reason: "not a flag", fix: "write a flag and its value as one: --flag=value" }];
    }
    if (Object.hasOwn(refused, flag)) return [{ path, value: argument, reason: refused[flag], fix: "remove it" }];
    if (known.has(flag)) return [];
    const near = nearest(flag, known);
    return [{ path, value: argument, reason: "no such flag", fix: near ? `use --${near}` : "remove it" }];
  });
}
