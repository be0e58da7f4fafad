import { type Json, merge } from "../merge";
import { kuboPorts } from "../network";
import { hasGatewayPods, parseQuantity, type Settings } from "../settings";
import { closedNetwork, selfContained } from "./kuboNetwork";
import { networkMemory } from "./memory";
import { kuboSwarmAddress } from "./names";

/**
 * The `Gateway` section of kubo's config.
 *
 * @param pods whose config it is. Where the gateway has pods of its own, those of the peers give out what they hold and fetch nothing:
 * they are on the public network.
 */
export function gatewaySection(settings: Settings, pods: "peers" | "gateway"): Json {
  const { gateway, exposure, kubo } = settings;
  const whole = gateway.content !== "trustless";
  const way = exposure.gateway;
  const host = "host" in way ? way.host : undefined;
  const subdomains = "subdomains" in way && way.subdomains;
  const base: Json = {
    ExposeRoutingAPI: false,
    // The default would put a third party's address on error pages.
    DiagnosticServiceURL: "",
    // Of names that lead here, not of /ipns/<name>: nobody's DNS decides what this host shows.
    NoDNSLink: true,
    NoFetch: pods === "peers" && hasGatewayPods(settings),
    DeserializedResponses: whole,
    MaxConcurrentRequests: gateway.concurrentRequests,
    RetrievalTimeout: gateway.retrievalTimeout,
    MaxRequestDuration: gateway.requestTimeout,
    PublicGateways: host
      ? {
          [host]: {
            Paths: ["/ipfs", "/ipns"],
            UseSubdomains: subdomains,
            // A wildcard certificate reaches one label far.
            InlineDNSLink: subdomains,
            NoDNSLink: true,
            DeserializedResponses: whole,
          },
        }
      : {},
  };
  return merge(base, (kubo.config.Gateway ?? {}) as Json);
}

/** Share of the pod's scratch space that fetched blocks may fill; kubo checks only now and then. */
const cacheShare = 0.6;

/**
 * The config of the gateway's own pods, by section or key, each replaced as a whole: a kubo that dials the stack's peers and nobody else,
 * is dialled by nobody, and keeps nothing. What it is asked for comes from the peers' own blocks, or not at all.
 */
export function gatewayPodConfig(settings: Settings, peers: readonly { readonly id: string }[]): Json {
  const { limits } = settings.gateway.resources;
  const cache = Math.floor(parseQuantity(limits["ephemeral-storage"]) * cacheShare);
  return merge(merge(selfContained, closedNetwork), {
    "Datastore.StorageMax": `${cache}B`,
    "Datastore.StorageGCWatermark": 80,
    "Datastore.GCPeriod": "5m",
    Addresses: {
      API: [],
      Gateway: `/ip4/0.0.0.0/tcp/${kuboPorts.gateway.number}`,
      Swarm: [],
      Announce: [],
      AppendAnnounce: [],
      NoAnnounce: [],
    },
    Routing: { Type: "none" },
    Peering: { Peers: peers.map(({ id }, ordinal) => ({ ID: id, Addrs: [kuboSwarmAddress(settings, ordinal)] })) },
    Swarm: {
      ConnMgr: { Type: "basic", LowWater: 32, HighWater: 96, GracePeriod: "20s" },
      ResourceMgr: { MaxMemory: `${networkMemory(parseQuantity(limits.memory))}B` },
    },
    Gateway: gatewaySection(settings, "gateway"),
    Internal: { ShutdownTimeout: "20s" },
  });
}
