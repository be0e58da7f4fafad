/** Stack files that together use every option that adds or takes away resources. */
export const stacks: Readonly<Record<string, Record<string, unknown>>> = {
  dev: { environment: "dev" },
  staging: { environment: "staging", network: "public" },
  prod: { environment: "prod", replicas: 5, identities: 30, cluster: { proxy: true } },
  "kubo and ipfs-cluster in one pod": {
    environment: "prod",
    topology: "colocated",
    network: "public",
    cluster: { proxy: true },
    exposure: {
      swarm: { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] },
      peer: { way: "loadBalancer", provider: "metallb" },
    },
  },
  "one peer in a namespace that exists": {
    environment: "dev",
    replicas: 1,
    namespace: { name: "mine", create: false },
    cluster: { metrics: false, pinningService: false },
  },
  "node ports for each peer": {
    environment: "dev",
    exposure: {
      swarm: { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] },
      peer: { way: "nodePort", basePort: 30500, addresses: ["one.example.org", "192.0.2.2", "2001:db8::3"] },
    },
  },
  "load balancers for each peer": {
    environment: "staging",
    network: "public",
    exposure: {
      swarm: {
        way: "loadBalancer",
        provider: "gke",
        addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
      },
      peer: { way: "loadBalancer", provider: "metallb" },
    },
  },
  "listeners of a Gateway and WebSocket for each peer": {
    environment: "dev",
    network: "public",
    gatewayApi: { class: "any" },
    exposure: {
      swarm: {
        way: "gatewayApi",
        basePort: 4100,
        addresses: ["gateway.example.org"],
        websocket: { way: "gatewayApi", host: "ws.example.org" },
      },
    },
  },
};
