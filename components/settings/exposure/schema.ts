import { z } from "zod";
import { address, annotations, cidr, className, dnsName, duration, hostName, resources } from "../forms";

/** What a stack file may say about ways in: `exposure`, and what the gateway serves. */

const ranges = z.array(cidr).min(1);
const nodePortNumber = z.int().min(30000).max(32767);

const clusterIP = z.strictObject({ way: z.literal("clusterIP") });

const insecure = z
  .boolean()
  .optional()
  .describe(
    "true: credentials and content cross the network in clear. Without TLS a client API does not leave the cluster",
  );

const nodePort = {
  way: z.literal("nodePort"),
  port: nodePortNumber.optional().describe("the same on every node; absent: Kubernetes chooses"),
};

const loadBalancer = {
  way: z.literal("loadBalancer"),
  host: hostName.optional().describe("DNS name that will lead here"),
  class: className.optional().describe("spec.loadBalancerClass. Immutable after create"),
  annotations: annotations.optional().describe("for the Service, as the provider wants them"),
  allowFrom: ranges.optional().describe("who may connect; absent: anyone"),
  tls: z
    .literal("atLoadBalancer")
    .optional()
    .describe("the provider's load balancer ends TLS on port 443, with the certificate that the annotations name"),
};

const hosted = {
  host: hostName.describe("the DNS name of this API, and of nothing else"),
  certificate: dnsName
    .optional()
    .describe(
      "name of a kubernetes.io/tls Secret for the host, where the way in looks for it; absent: tls.issuer makes one",
    ),
  allowFrom: ranges.optional().describe("who may connect; absent: anyone"),
};
const requestsPerSecond = z
  .int()
  .min(1)
  .optional()
  .describe("of one client address, in each replica of the controller");
const ingress = {
  way: z.literal("ingress"),
  ...hosted,
  requestsPerSecond,
  connections: z.int().min(1).optional().describe("at a time, of one client address"),
  annotations: annotations.optional().describe("further ones for the Ingress; none that this program sets"),
};
const gatewayApi = { way: z.literal("gatewayApi"), ...hosted, requestsPerSecond };
const istio = { way: z.literal("istio"), ...hosted };

const subdomains = z
  .boolean()
  .optional()
  .describe("every CID an origin of its own, at <cid>.ipfs.<host>: wants a wildcard certificate. Default false");
const dnsPorts = {
  basePort: nodePortNumber.describe("peer n is at basePort + n, TCP and UDP alike"),
  addresses: z
    .array(address)
    .min(1)
    .describe("where the nodes can be dialled from outside: one for all peers, or one for each in their order"),
};

const wayError = (...ways: string[]) => ({
  error: (issue: { code?: string }) =>
    issue.code === "invalid_union" ? `must be ${ways.slice(0, -1).join(", ")} or ${ways.at(-1)}` : undefined,
});
const allWays = ["clusterIP", "nodePort", "loadBalancer", "ingress", "gatewayApi", "istio"];

const gatewayWay = z.discriminatedUnion(
  "way",
  [
    clusterIP,
    z.strictObject({ ...nodePort, host: hostName.optional(), subdomains }),
    z.strictObject({ ...loadBalancer, subdomains }),
    z.strictObject({ ...ingress, subdomains }),
    z.strictObject({ ...gatewayApi, subdomains }),
    z.strictObject({ ...istio, subdomains }),
  ],
  wayError(...allWays),
);

const clientWay = z.discriminatedUnion(
  "way",
  [
    clusterIP,
    z.strictObject({ ...nodePort, insecure }),
    z.strictObject({ ...loadBalancer, insecure }),
    z.strictObject(ingress),
    z.strictObject(gatewayApi),
    z.strictObject(istio),
  ],
  wayError(...allWays),
);

const perPeerLoadBalancer = {
  way: z.literal("loadBalancer"),
  provider: z
    .enum(["aws", "gke", "azure", "metallb", "none"])
    .describe("whose annotations the Services get; none: only those given here"),
  internal: z
    .boolean()
    .optional()
    .describe("an address inside the provider's network only; for aws, gke and azure. Default false"),
  split: z
    .boolean()
    .optional()
    .describe(
      "TCP and UDP in two Services that share an address, where one can't carry both. Default as the provider needs it",
    ),
  class: className
    .optional()
    .describe("spec.loadBalancerClass. Immutable after create; default as the provider has it"),
  annotations: annotations.optional(),
  allowFrom: ranges.optional().describe("who may connect; absent: anyone"),
  addresses: z
    .array(address)
    .min(1)
    .optional()
    .describe("reserved addresses, one for each peer in their order; absent: whatever the Service's status says"),
};

const websocket = z
  .strictObject({
    way: z.enum(["ingress", "gatewayApi", "istio"]),
    host: hostName.describe("peer n is at ipfs-<n>.<host>"),
    certificate: hosted.certificate,
  })
  .optional()
  .describe("libp2p over WebSocket behind TLS, for browsers; with network: public only");

const swarmWay = z.discriminatedUnion(
  "way",
  [
    z.strictObject({ ...clusterIP.shape, websocket }),
    z.strictObject({ way: z.literal("nodePort"), ...dnsPorts, websocket }),
    z.strictObject({ ...perPeerLoadBalancer, websocket }),
    z.strictObject({
      way: z.literal("gatewayApi"),
      basePort: z.int().min(1).max(65535).describe("peer n is at basePort + n of the Gateway, TCP and UDP alike"),
      addresses: z.array(address).length(1).describe("where the Gateway can be dialled from outside"),
      websocket,
    }),
  ],
  wayError("clusterIP", "nodePort", "loadBalancer", "gatewayApi"),
);

const peerWay = z.discriminatedUnion(
  "way",
  [
    clusterIP,
    z.strictObject({ way: z.literal("nodePort"), ...dnsPorts }),
    z.strictObject(perPeerLoadBalancer).omit({ split: true }),
  ],
  wayError("clusterIP", "nodePort", "loadBalancer"),
);

export const exposureSections = {
  exposure: z
    .strictObject({
      gateway: gatewayWay.optional().describe("kubo's HTTP gateway: content, read only"),
      rest: clientWay.optional().describe("ipfs-cluster's REST API; with credentials"),
      pinning: clientWay.optional().describe("the Pinning Service API; with credentials"),
      swarm: swarmWay.optional().describe("kubo's swarm port, each peer by itself"),
      peer: peerWay.optional().describe("ipfs-cluster's swarm port, each peer by itself, for other regions"),
      externalDns: z
        .union([z.literal(false), z.strictObject({ prefix: dnsName.optional() })], {
          error: "must be false, or a group such as {} or {prefix: external-dns.alpha.kubernetes.io}",
        })
        .optional()
        .describe("annotate for ExternalDNS. Default false: the records to make are the output dnsRecords"),
    })
    .optional()
    .describe("the way in to each API. Default clusterIP: none from outside"),
  gateway: z
    .strictObject({
      content: z
        .enum(["restricted", "open", "trustless"])
        .optional()
        .describe(
          "restricted (default): what this cluster has; trustless: that, as raw blocks and CAR files only; open: anything on the public network",
        ),
      replicas: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .describe(
          "pods that serve it, where those of kubo don't: restricted and trustless on a public network. Default 2, in dev 1",
        ),
      resources: resources.describe(
        "of those pods; the limit of ephemeral storage is their cache. Content is kept by kubo's",
      ),
      concurrentRequests: z.int().min(1).optional().describe("more are answered 429. Default 256"),
      retrievalTimeout: duration
        .optional()
        .describe("how long content may take to turn up, and between its parts; 1s to 24h. Default 30s"),
      requestTimeout: duration.optional().describe("how long a whole answer may take; 1s to 24h. Default 1h"),
      credentials: z
        .boolean()
        .optional()
        .describe(
          "ask for a user and a password at the way in; with ingress, or gatewayApi by Envoy Gateway. Default false",
        ),
    })
    .optional()
    .describe("what kubo's HTTP gateway serves, and to how many"),
};
