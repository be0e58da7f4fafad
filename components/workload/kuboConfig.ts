import { type Json, merge } from "../merge";
import { kuboPorts } from "../network";
import { parseQuantity, type Settings } from "../settings";
import { placeholders } from "./compose";
import { gatewaySection } from "./gatewayConfig";
import { closedNetwork, selfContained } from "./kuboNetwork";
import { networkMemory } from "./memory";
import { kuboSwarmAddress } from "./names";

/** A kubo peer as its config file needs it. */
export interface KuboPeer {
  readonly id: string;
}

/** Seconds within which kubo must stop by itself; the pod's grace period is longer. */
export const kuboShutdownSeconds = 90;

/**
 * The whole config file of one kubo node. It is written on every boot, so that settings never drift; no key is left to `ipfs init`.
 *
 * @param peers all identities of the stack, by ordinal; more than run.
 * @param ordinal whose file it is.
 * @param outside multiaddresses at which this node is reached from outside the Kubernetes cluster; none: it is not.
 */
export function kuboConfig(
  settings: Settings,
  peers: readonly KuboPeer[],
  ordinal: number,
  outside: readonly string[] = [],
): Json {
  const network = settings.network === "private" ? privateNetwork : publicNetwork;
  const ways = merge(announcing(settings, outside), settings.exposure.swarm.websocket ? websocket : {});
  const base = merge(merge(common(settings, peers, ordinal), network), ways);
  return merge(base, settings.kubo.config);
}

/**
 * In a closed network the pods' own addresses are of use, beside those outside. The public one is told of nothing but addresses that lead
 * there, whatever ranges they are of; the stack's peers dial each other by `Peering`, and need no announcements.
 */
function announcing({ network }: Settings, outside: readonly string[]): Json {
  if (outside.length === 0) return {};
  return { Addresses: { [network === "public" ? "Announce" : "AppendAnnounce"]: outside } };
}

function common(settings: Settings, peers: readonly KuboPeer[], ordinal: number): Json {
  const { kubo } = settings;
  return merge(selfContained, {
    Identity: { PeerID: peers[ordinal].id, PrivKey: placeholders.privateKey },
    Datastore: {
      StorageMax: `${kubo.storageMax}B`,
      StorageGCWatermark: 90,
      GCPeriod: "1h",
      Spec: datastoreSpec,
    },
    Addresses: {
      // Without authentication: whom the pod's address is open to, so is this.
      API: `/ip4/${settings.topology === "colocated" ? "127.0.0.1" : "0.0.0.0"}/tcp/${kuboPorts.rpc.number}`,
      Gateway: `/ip4/0.0.0.0/tcp/${kuboPorts.gateway.number}`,
      Announce: [],
      AppendAnnounce: [],
      NoAnnounce: [],
    },
    // Peers of the stack find each other by these addresses alone and stay connected; own ids are left out.
    Peering: {
      Peers: peers.flatMap(({ id }, other) =>
        other === ordinal ? [] : [{ ID: id, Addrs: [kuboSwarmAddress(settings, other)] }],
      ),
    },
    Swarm: {
      ConnMgr: { Type: "basic", LowWater: kubo.connections.low, HighWater: kubo.connections.high, GracePeriod: "20s" },
      ResourceMgr: { MaxMemory: `${networkMemory(parseQuantity(kubo.resources.limits.memory))}B` },
    },
    Gateway: gatewaySection(settings, "peers"),
    API: { HTTPHeaders: {} },
    Internal: { ShutdownTimeout: `${kuboShutdownSeconds}s` },
  });
}

/** kubo's default layout. A repository keeps the one it was made with, so it can't be a setting. */
const datastoreSpec: Json = {
  type: "mount",
  mounts: [
    {
      mountpoint: "/blocks",
      type: "measure",
      prefix: "flatfs.datastore",
      child: { type: "flatfs", path: "blocks", sync: false, shardFunc: "/repo/flatfs/shard/v1/next-to-last/2" },
    },
    {
      mountpoint: "/",
      type: "measure",
      prefix: "leveldb.datastore",
      child: { type: "levelds", path: "datastore", compression: "none" },
    },
  ],
};

/** What a network with a swarm key needs: kubo refuses to start, or complains for ever, with the public network's helpers on. */
const privateNetwork = merge(closedNetwork, {
  Addresses: { Swarm: [`/ip4/0.0.0.0/tcp/${kuboPorts.swarm.number}`, `/ip6/::/tcp/${kuboPorts.swarm.number}`] },
  Routing: { Type: "dhtserver" },
});

const publicListeners = ["/ip4/0.0.0.0", "/ip6/::"].flatMap((ip) => [
  `${ip}/tcp/${kuboPorts.swarm.number}`,
  `${ip}/udp/${kuboPorts.swarmUdp.number}/quic-v1`,
  `${ip}/udp/${kuboPorts.swarmUdp.number}/quic-v1/webtransport`,
  `${ip}/udp/${kuboPorts.swarmUdp.number}/webrtc-direct`,
]);

const publicNetwork: Json = {
  AutoConf: { Enabled: true },
  AutoTLS: { Enabled: false },
  Addresses: { Swarm: publicListeners },
  Bootstrap: ["auto"],
  DNS: { Resolvers: { ".": "auto" } },
  Routing: { Type: "auto", DelegatedRouters: ["auto"] },
  Ipns: { DelegatedPublishers: ["auto"] },
  Provide: { Strategy: "pinned" },
};

/** On a port of its own, for the proxy in front of it that ends TLS. There is none on a private network. */
const websocket: Json = {
  Addresses: {
    Swarm: [
      ...publicListeners,
      ...["/ip4/0.0.0.0", "/ip6/::"].map((ip) => `${ip}/tcp/${kuboPorts.swarmWebsocket.number}/ws`),
    ],
  },
  Swarm: { Transports: { Network: { Websocket: true } } },
};
