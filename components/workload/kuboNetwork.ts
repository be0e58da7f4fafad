import type { Json } from "../merge";

/** What no kubo of a stack does, whatever its network: look for neighbours, open routers, relay, or ask for new versions. */
export const selfContained: Json = {
  Discovery: { MDNS: { Enabled: false } },
  Swarm: {
    DisableNatPortMap: true,
    RelayService: { Enabled: false },
    RelayClient: { Enabled: false },
    EnableHolePunching: false,
  },
  Version: { SwarmCheckEnabled: false },
};

/** A kubo that uses none of the public network's helpers: it knows whom it is told of, by TCP. With a swarm key it starts in no other way. */
export const closedNetwork: Json = {
  AutoConf: { Enabled: false },
  AutoTLS: { Enabled: false },
  Bootstrap: [],
  DNS: { Resolvers: {} },
  Routing: { DelegatedRouters: [] },
  Ipns: { DelegatedPublishers: [] },
  // Blocks are fetched from peers only, and nobody outside is told of them.
  HTTPRetrieval: { Enabled: false },
  Provide: { Enabled: false },
  Swarm: {
    Transports: { Network: { QUIC: false, WebTransport: false, WebRTCDirect: false, Websocket: false, Relay: false } },
  },
};
