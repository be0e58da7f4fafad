import { type Json, merge } from "../merge";
import { clusterPorts } from "../network";
import { parseQuantity, type Settings } from "../settings";
import { placeholders } from "./compose";
import { networkMemory, pebbleSizes } from "./memory";
import { clusterSwarmAddress } from "./names";

/**
 * ipfs-cluster's whole configuration, the same for every peer of the stack; what differs (name, kubo's address) comes by environment.
 * A missing key is not always upstream's default (facts: `disable_repinning`, `trusted_peers`), so every key that matters is here. Secret
 * values are put in by the pod.
 *
 * @param peerIds all identities of the stack, by ordinal; more than run.
 */
export function serviceJson(settings: Settings, peerIds: readonly string[]): Json {
  const { cluster } = settings;
  const memory = parseQuantity(cluster.resources.limits.memory);
  const pebble = pebbleSizes(memory);
  const [min, max] =
    settings.replication === "everywhere" ? [-1, -1] : [settings.replication.min, settings.replication.max];
  const base: Json = {
    cluster: {
      secret: placeholders.clusterSecret,
      // In CRDT mode leaving wipes the pinset: it must never be on.
      leave_on_shutdown: false,
      listen_multiaddress: [`/ip4/0.0.0.0/tcp/${clusterPorts.swarm.number}`],
      enable_relay_hop: false,
      connection_manager: { high_water: 400, low_water: 100, grace_period: "2m0s" },
      resource_manager: { enabled: true, memory_limit_bytes: networkMemory(memory), file_descriptors_limit: 0 },
      // Upstream's 10 s heartbeat is for thousands of peers: metrics sent before the first one would reach nobody.
      pubsub: {
        seen_messages_ttl: "30m0s",
        heartbeat_interval: "1s",
        d_factor: 4,
        history_gossip: 2,
        history_length: 6,
        flood_publish: true,
      },
      dial_peer_timeout: "3s",
      state_sync_interval: "5m0s",
      pin_recover_interval: "5m0s",
      replication_factor_min: min,
      replication_factor_max: max,
      monitor_ping_interval: cluster.monitorPingInterval,
      peer_watch_interval: "5s",
      mdns_interval: "0s",
      // Holders of the cluster secret that are not of this stack get no pins.
      pin_only_on_trusted_peers: true,
      pin_only_on_untrusted_peers: false,
      disable_repinning: !settings.repinning,
      follower_mode: false,
      peer_addresses: peerIds.map((id, ordinal) => clusterSwarmAddress(settings, ordinal, id)),
    },
    consensus: {
      crdt: {
        cluster_name: "ipfs-cluster",
        trusted_peers: [...peerIds],
        batching: { max_batch_size: 0, max_batch_age: "0s" },
        repair_interval: "1h0m0s",
        rebroadcast_interval: "10s",
      },
    },
    api: apis(settings),
    ipfs_connector: {
      ipfshttp: {
        // Replaced by the environment with the address of the peer's own kubo.
        node_multiaddress: "/ip4/127.0.0.1/tcp/5001",
        connect_swarms_delay: "30s",
        ipfs_request_timeout: "5m0s",
        pin_timeout: "2m0s",
        unpin_timeout: "3h0m0s",
        repogc_timeout: "24h0m0s",
        informer_trigger_interval: 0,
      },
    },
    pin_tracker: { stateless: { concurrent_pins: 10, priority_pin_max_age: "24h0m0s", priority_pin_max_retries: 5 } },
    monitor: { pubsubmon: { check_interval: cluster.monitorPingInterval } },
    allocator: { balanced: { allocate_by: [...settings.allocateBy] } },
    informer: {
      disk: {
        metric_ttl: cluster.metricTtl,
        metric_type: settings.allocateBy.includes("reposize") ? "reposize" : "freespace",
      },
      pinqueue: { metric_ttl: cluster.metricTtl, weight_bucket_size: 100000 },
      tags: { metric_ttl: cluster.metricTtl, tags: { ...settings.tags } },
    },
    observations: {
      metrics: {
        enable_stats: cluster.metrics,
        prometheus_endpoint: `/ip4/0.0.0.0/tcp/${clusterPorts.metrics.number}`,
        reporting_interval: "5s",
      },
      tracing: {
        enable_tracing: false,
        // Parsed even while tracing is off.
        jaeger_agent_endpoint: "/ip4/127.0.0.1/udp/6831",
        sampling_prob: 0.3,
        service_name: "cluster-daemon",
      },
    },
    datastore: {
      pebble: {
        pebble_options: {
          cache_size_bytes: pebble.cache,
          mem_table_size: pebble.memTable,
          mem_table_stop_writes_threshold: pebble.memTables,
        },
      },
    },
  };
  return merge(base, cluster.config);
}

function apis({ cluster }: Settings): Json {
  const authenticated = (port: number): Json => ({
    http_listen_multiaddress: [`/ip4/0.0.0.0/tcp/${port}`],
    // No limits on the body: adding files and listing pins stream for as long as they take.
    read_timeout: "0s",
    read_header_timeout: "5s",
    write_timeout: "0s",
    idle_timeout: "2m0s",
    max_header_bytes: 4096,
    basic_auth_credentials: placeholders.restCredentials,
    // An empty list would mean every origin; no browser comes from here.
    cors_allowed_origins: ["https://nobody.invalid"],
    cors_allow_credentials: false,
  });
  return {
    restapi: authenticated(clusterPorts.rest.number),
    ...(cluster.pinningService ? { pinsvcapi: authenticated(clusterPorts.pinning.number) } : {}),
    ...(cluster.proxy
      ? {
          ipfsproxy: {
            listen_multiaddress: [`/ip4/0.0.0.0/tcp/${clusterPorts.proxy.number}`],
            // Replaced by the environment, as above.
            node_multiaddress: "/ip4/127.0.0.1/tcp/5001",
            read_timeout: "0s",
            read_header_timeout: "5s",
            write_timeout: "0s",
            idle_timeout: "1m0s",
            max_header_bytes: 16384,
          },
        }
      : {}),
  };
}
