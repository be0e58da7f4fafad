import { z } from "zod";
import { address, cidr, className, dnsLabel, dnsName, duration, hostName, labelKey, resources } from "./forms";

/** What a stack file may say about ways in: `exposure`, and the sections that say how hosts, certificates and controllers come about. */

const annotations = z.record(labelKey, z.string());
const ranges = z.array(cidr).min(1);
const nodePortNumber = z.int().min(30000).max(32767);
const freeForm = z.record(z.string(), z.json());

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
  internal: z.boolean().optional().describe("an address inside the provider's network only. Default false"),
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

const chart = {
  install: z
    .enum(["install", "existing", "none"])
    .optional()
    .describe(
      "install: by this stack; existing: the Kubernetes cluster has it; none: not used. Default install where needed",
    ),
  namespace: dnsLabel.optional().describe("of the Helm release, or where the existing one runs"),
  chart: z
    .string()
    .min(1)
    .optional()
    .describe("a chart's name in `repository`, an oci:// reference, or the path of a local archive"),
  repository: z.url().optional().describe("chart repository; none for an oci:// reference or a local archive"),
  version: z
    .string()
    .regex(/^v?\d+\.\d+\.\d+([-+][0-9A-Za-z.-]+)?$/, "must be an exact version such as 4.15.1")
    .optional(),
  values: freeForm.optional().describe("further Helm values, merged over this program's own"),
};

const email = z.email().describe("where the authority writes about certificates that are about to expire");
const dns01 = freeForm
  .optional()
  .describe(
    "a cert-manager DNS-01 solver, such as {route53: {region: eu-west-1}}; wanted for wildcards. Default HTTP-01",
  );

const issuer = z.discriminatedUnion(
  "kind",
  [
    z
      .strictObject({ kind: z.literal("generated") })
      .describe("a CA made by Pulumi; certificates are made with every update that needs it"),
    z.strictObject({ kind: z.literal("selfSigned") }).describe("a CA made and kept by cert-manager"),
    z.strictObject({
      kind: z.literal("letsEncrypt"),
      email,
      staging: z
        .boolean()
        .optional()
        .describe("certificates for trying, which no browser trusts. Default false in prod, else true"),
      dns01,
    }),
    z.strictObject({
      kind: z.literal("acme"),
      server: z.url({ protocol: /^https$/ }).describe("the directory of any ACME authority"),
      email: email.optional(),
      caBundle: z
        .string()
        .regex(/^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n*$/, "must be certificates in PEM form")
        .optional()
        .describe("whom to trust as that server, in PEM form"),
      dns01,
    }),
    z.strictObject({
      kind: z.literal("existing"),
      name: dnsName,
      scope: z.enum(["cluster", "namespace"]).optional().describe("ClusterIssuer or Issuer. Default cluster"),
    }),
  ],
  {
    error: (issue) =>
      issue.code === "invalid_union" ? "must be generated, selfSigned, letsEncrypt, acme or existing" : undefined,
  },
);

const istioGateway = z
  .strictObject({
    existing: z
      .string()
      .regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/, 'must be "<namespace>/<name>"')
      .optional()
      .describe("a Gateway object to use; absent: one is made"),
    namespace: dnsLabel
      .optional()
      .describe("where the gateway's pods run, and so its certificates. Default istio-ingress"),
    selector: z
      .record(labelKey, z.string())
      .optional()
      .describe("labels of the gateway's pods. Default istio: ingressgateway"),
    serviceAccount: dnsName
      .optional()
      .describe("of the gateway's pods. Default: as its selector's istio label, with -service-account"),
  })
  .optional();

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
        .describe("how long content may take to turn up, and between its parts. Default 30s"),
      requestTimeout: duration.optional().describe("how long a whole answer may take. Default 1h"),
      credentials: z
        .boolean()
        .optional()
        .describe(
          "ask for a user and a password at the way in; with ingress, or gatewayApi by Envoy Gateway. Default false",
        ),
    })
    .optional()
    .describe("what kubo's HTTP gateway serves, and to how many"),
  tls: z.strictObject({ issuer: issuer.optional() }).optional().describe("who signs certificates for hosts"),
  ingressController: z
    .strictObject({ ...chart, class: dnsName.optional().describe("ingressClassName. Default nginx") })
    .optional()
    .describe("for APIs whose way is ingress; ingress-nginx where this stack installs it"),
  certManager: z.strictObject(chart).optional().describe("for every tls.issuer but generated"),
  gatewayApi: z
    .strictObject({
      implementation: z
        .enum(["envoyGateway", "other"])
        .optional()
        .describe(
          "whose policies may be used for limits and credentials, which Gateway API itself has not. Default other",
        ),
      class: dnsName.optional().describe("gatewayClassName of the Gateway that this stack makes"),
      existing: z
        .strictObject({ name: dnsName, namespace: dnsLabel, listener: dnsName.optional() })
        .optional()
        .describe("a Gateway to use instead; its listeners, certificates and DNS are its owner's"),
      annotations: annotations.optional().describe("for the Gateway that this stack makes"),
      routeVersion: z
        .enum(["v1", "v1alpha2"])
        .optional()
        .describe("of TCPRoute and UDPRoute, as the controller watches them. Default v1"),
    })
    .optional()
    .describe("for APIs whose way is gatewayApi"),
  istio: z
    .strictObject({
      public: istioGateway.describe("carries the gateway"),
      client: istioGateway.describe("carries the REST and pinning APIs"),
      mesh: z
        .boolean()
        .optional()
        .describe("the pods are part of the mesh, with sidecars. Default false: they are kept out of it"),
    })
    .optional()
    .describe("for APIs whose way is istio"),
};
