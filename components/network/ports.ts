/** Who may use a port; see docs/architecture.md. Admin and monitoring ports never leave the cluster. */
export type Audience = "public" | "client" | "peer" | "admin" | "monitoring";

/** A port; `Port<"public">` is one that may be shown to anyone. */
export interface Port<A extends Audience = Audience> {
  /** Name of the port in pods and Services: at most 15 characters. */
  readonly name: string;
  readonly number: number;
  readonly protocol: "TCP" | "UDP";
  readonly audience: A;
}

const port = <A extends Audience>(name: string, number: number, protocol: "TCP" | "UDP", audience: A): Port<A> => ({
  name,
  number,
  protocol,
  audience,
});

/** Every port of kubo: the one place that knows its number. */
export const kuboPorts = {
  swarm: port("swarm", 4001, "TCP", "public"),
  swarmUdp: port("swarm-udp", 4001, "UDP", "public"),
  /** libp2p over WebSocket, without TLS of its own. */
  swarmWebsocket: port("swarm-ws", 8081, "TCP", "public"),
  gateway: port("gateway", 8080, "TCP", "public"),
  /** Unauthenticated administration; also serves kubo's metrics and pprof. */
  rpc: port("rpc", 5001, "TCP", "admin"),
} as const;

/** Every port of ipfs-cluster. */
export const clusterPorts = {
  swarm: port("cluster-swarm", 9096, "TCP", "peer"),
  rest: port("rest", 9094, "TCP", "client"),
  pinning: port("pinning", 9097, "TCP", "client"),
  /** kubo's RPC with pinning taken over by the cluster; unauthenticated. */
  proxy: port("proxy", 9095, "TCP", "admin"),
  /** Prometheus metrics, and pprof beside them. */
  metrics: port("metrics", 8888, "TCP", "monitoring"),
} as const;
