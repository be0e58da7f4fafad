/** A name (path of a key, variable, flag) -> why it can't be set in a stack file and, where there is one, what to use instead. */
export type Owned = Readonly<Record<string, string>>;

const noFuse = "mounting needs privileges that the pods do not have";
const noCollector = "kubo's own collector races with pinning, and never runs; run `ipfs-cluster-ctl ipfs gc` instead";

export const ownedKuboKeys: Owned = {
  Identity: "use secrets.identities",
  "Addresses.API": "the probes, Services and ipfs-cluster rely on this program's address",
  "Addresses.Gateway": "the probes and Services rely on this program's address",
  "Addresses.Swarm": "network: private | public decides on what kubo listens",
  "API.Authorizations": "ipfs-cluster can't authenticate to kubo, so it would lose its node",
  "Datastore.Spec": "a repository keeps the layout it was made with and refuses to open with another",
  "Datastore.StorageMax": "use kubo.storageMax",
  "Datastore.StorageGCWatermark": noCollector,
  "Datastore.GCPeriod": noCollector,
  Mounts: noFuse,
  "Gateway.NoFetch": "use gateway.content",
  "Gateway.DeserializedResponses": "use gateway.content",
  "Gateway.MaxConcurrentRequests": "use gateway.concurrentRequests",
  "Gateway.RetrievalTimeout": "use gateway.retrievalTimeout",
  "Gateway.MaxRequestDuration": "use gateway.requestTimeout",
  "Internal.ShutdownTimeout": "the pod's grace period goes by this program's",
  "Pinning.RemoteServices":
    "it holds a key, and neither stack files nor ConfigMaps are for secrets; use `ipfs pin remote service add` elsewhere",
  "Peering.Peers": "the stack's peers are named by this program",
  "Swarm.ConnMgr.LowWater": "use kubo.connections.low",
  "Swarm.ConnMgr.HighWater": "use kubo.connections.high",
  "Swarm.AddrFilters": "filtering private ranges keeps pods from dialling each other; use Addresses.NoAnnounce",
};

const privateOnly =
  "works on the public network only; kubo with a swarm key refuses or ignores it: use network: public";

export const privateKuboKeys: Owned = {
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
  "Swarm.Transports.Network.Websocket": privateOnly,
};

const plainHttp = "the pods speak plain HTTP to their probes, and have no such file: TLS ends in front of them";

export const ownedServiceKeys: Owned = {
  source: "the configuration is rendered by this program, never fetched",
  "cluster.id": "use secrets.identities",
  "cluster.private_key": "use secrets.identities",
  "cluster.peername": "the name says which stack a peer is of",
  "cluster.secret": "use secrets.clusterSecret",
  "cluster.leave_on_shutdown": "in CRDT mode it wipes the pinset at every stop",
  "cluster.listen_multiaddress":
    "the Services rely on this program's address; ipfs-cluster has no other transport than TCP",
  "cluster.peer_addresses": "the stack's peers are named by this program",
  "cluster.replication_factor_min": "use replication.min",
  "cluster.replication_factor_max": "use replication.max",
  "cluster.monitor_ping_interval": "use cluster.monitorPingInterval",
  "cluster.disable_repinning": "use repinning",
  "cluster.pin_only_on_trusted_peers": "pins go to the stack's own peers, which are exactly the trusted ones",
  "cluster.pin_only_on_untrusted_peers": "pins go to the stack's own peers, which are exactly the trusted ones",
  "cluster.follower_mode": "a follower can't change the pinset, and every peer of a stack must be able to",
  "consensus.crdt.trusted_peers": "it is exactly the stack's peers",
  "consensus.crdt.cluster_name": "it must be the same for all peers",
  "consensus.raft": "raft is not supported: it loses its quorum when pods move",
  "api.restapi.http_listen_multiaddress": "the probes and Services rely on this program's address",
  "api.restapi.basic_auth_credentials": "use secrets.restCredentials",
  "api.restapi.private_key": "the API is served over HTTP alone",
  "api.restapi.ssl_cert_file": plainHttp,
  "api.restapi.ssl_key_file": plainHttp,
  "api.pinsvcapi.http_listen_multiaddress": "the Services rely on this program's address",
  "api.pinsvcapi.basic_auth_credentials": "use secrets.restCredentials",
  "api.pinsvcapi.private_key": "the API is served over HTTP alone",
  "api.pinsvcapi.ssl_cert_file": plainHttp,
  "api.pinsvcapi.ssl_key_file": plainHttp,
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

const clientOption = "it is for the commands of a client, not for a daemon";

export const refusedKuboFlags: Owned = {
  init: "repositories are made by this program",
  "init-config": "repositories are made by this program",
  "init-profile": "repositories are made by this program",
  migrate: "it is always on",
  "agent-version-suffix": "it is set by this program",
  "config-file": "it is set by this program",
  "repo-dir": "it is set by this program",
  api: "the probes, Services and ipfs-cluster rely on this program's address",
  "api-auth": "ipfs-cluster can't authenticate to kubo, so it would lose its node",
  offline: "a kubo without its network can't take part in replication",
  "disable-transport-encryption": "peers would talk in clear",
  routing: "use kubo.config.Routing.Type",
  mount: noFuse,
  "mount-ipfs": noFuse,
  "mount-ipns": noFuse,
  "mount-mfs": noFuse,
  timeout: "kubo would end whenever it has run for that long",
  encoding: clientOption,
  "cid-base": clientOption,
  "stream-channels": clientOption,
  help: "it prints a text and ends",
  h: "it prints a text and ends",
  "enable-gc": "kubo's own collector races with pinning; run `ipfs-cluster-ctl ipfs gc` instead",
};

export const refusedClusterFlags: Owned = {
  leave: "in CRDT mode leaving wipes the pinset at every stop",
  bootstrap: "peers find each other by the addresses in their configuration, and trust exactly each other",
  j: "peers find each other by the addresses in their configuration, and trust exactly each other",
  stats: "use cluster.metrics",
  "no-trust": "trusted peers are exactly the stack's peers",
};

export const ownedKuboVariables: Owned = {
  IPFS_PATH: "set by this program",
  HOME: "set by this program",
  IPFS_TELEMETRY: "always off",
  LIBP2P_FORCE_PNET: "set by network: private | public",
  GOMEMLIMIT: "follows kubo.resources.limits.memory",
  GOLOG_LOG_LEVEL: "use kubo.logLevel",
  IPFS_LOGGING: "use kubo.logLevel",
  GOLOG_LOG_FMT: "use logFormat",
  GOLOG_LOG_FORMAT: "use logFormat",
  IPFS_LOGGING_FMT: "use logFormat",
  PATH: "it is the image's own",
  IPFS_PROFILE: "read only by the image's own start script, which this program does not run",
  IPFS_SWARM_KEY: "use secrets.swarmKey",
  IPFS_SWARM_KEY_FILE: "use secrets.swarmKey",
};

export const ownedClusterVariables: Owned = {
  GOMEMLIMIT: "follows cluster.resources.limits.memory",
  IPFS_CLUSTER_LOG_LEVEL: "use cluster.logLevel",
  GOLOG_LOG_FMT: "use logFormat",
  IPFS_LOGGING_FMT: "use logFormat",
  IPFS_CLUSTER_PATH: "set by this program",
  HOME: "set by this program",
  LIBP2P_FORCE_PNET: "always on",
};
