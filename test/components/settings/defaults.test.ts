import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { peerIdOfPublicKey } from "../../../components/peerId";
import { clusterImage, kuboImage, resolveSettings, type Settings } from "../../../components/settings";
import { clusterVersion, kuboVersion } from "../../../components/upstream";

const resolve = (raw: Record<string, unknown>, stack = "test") =>
  resolveSettings({ environment: "dev", ...raw }, { stack });

const workload = {
  imagePullPolicy: "IfNotPresent",
  imagePullSecrets: [],
  nodeSelector: {},
  tolerations: [],
  priorityClassName: undefined,
  environment: {},
  arguments: [],
  config: {},
} as const;

const istioGateway = {
  existing: undefined,
  namespace: "istio-ingress",
  selector: { istio: "ingressgateway" },
  serviceAccount: undefined,
};

const newPeerId = () => peerIdOfPublicKey(randomBytes(32));

const generated = { source: "generated", generation: 1 } as const;

const dev: Settings = {
  stack: "test",
  environment: "dev",
  namespace: { name: "ipfs-test", create: true },
  network: "private",
  topology: "paired",
  replicas: 3,
  identities: 10,
  replication: { min: 2, max: 3 },
  repinning: false,
  topUp: { every: "10m", image: "docker.io/library/node:24.21.0-alpine" },
  acceptPeerLoss: undefined,
  allocateBy: ["tag:group", "freespace"],
  tags: { group: "default" },
  logFormat: "text",
  kubo: {
    ...workload,
    image: "docker.io/ipfs/kubo:v0.42.0",
    volume: { size: "5Gi", class: undefined },
    resources: {
      requests: { cpu: "50m", memory: "256Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" },
    },
    logLevel: "error",
    storageMax: 4 * 2 ** 30,
    connections: { low: 32, high: 96 },
  },
  cluster: {
    ...workload,
    image: "docker.io/ipfs/ipfs-cluster:v1.1.6",
    volume: { size: "1Gi", class: undefined },
    resources: {
      requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
      limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "256Mi" },
    },
    logLevel: "info,restapilog:error",
    monitorPingInterval: "15s",
    metricTtl: "30s",
    metrics: true,
    pinningService: true,
    proxy: false,
  },
  spread: "preferred",
  podSecurity: { user: 10001 },
  volumes: { protect: false, onDestroy: "retain", acceptOtherIdentities: false },
  clusterDomain: "cluster.local",
  exposure: {
    gateway: { way: "clusterIP" },
    rest: { way: "clusterIP" },
    pinning: { way: "clusterIP" },
    swarm: { way: "clusterIP" },
    peer: { way: "clusterIP" },
    externalDns: undefined,
  },
  gateway: {
    content: "restricted",
    replicas: 1,
    resources: {
      requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "256Mi" },
      limits: { cpu: "2", memory: "512Mi", "ephemeral-storage": "2Gi" },
    },
    concurrentRequests: 256,
    retrievalTimeout: "30s",
    requestTimeout: "1h",
    credentials: false,
  },
  issuer: { kind: "generated" },
  ingressController: {
    install: "none",
    class: "nginx",
    namespace: "ingress-nginx",
    chart: "ingress-nginx",
    repository: "https://kubernetes.github.io/ingress-nginx",
    version: "4.15.1",
    values: {},
  },
  certManager: {
    install: "none",
    namespace: "cert-manager",
    chart: "oci://quay.io/jetstack/charts/cert-manager",
    repository: undefined,
    version: "v1.21.1",
    values: {},
  },
  gatewayApi: {
    implementation: "other",
    namespace: "ipfs-test",
    class: undefined,
    existing: undefined,
    annotations: {},
    routeVersion: "v1",
  },
  istio: { public: istioGateway, client: istioGateway, mesh: false },
  networkPolicies: {
    enabled: true,
    acceptOpenRpc: false,
    clients: [],
    admins: [],
    monitoring: [],
    privateRanges: "closed",
    dns: [],
  },
  secrets: {
    clusterSecret: generated,
    swarmKey: generated,
    restCredentials: { ...generated, keepPrevious: false },
    identities: { kubo: { ...generated, ids: [], peers: {} }, cluster: { ...generated, ids: [], peers: {} } },
  },
  kubernetes: {},
};

/** What another environment changes of dev. */
function inEnvironment(
  environment: "staging" | "prod",
  sizes: Record<"kubo" | "cluster", Pick<Settings["kubo"], "volume" | "resources">> & Pick<Settings, "gateway">,
  rest: Partial<Settings> = {},
): Settings {
  const storageMax = 0.8 * Number.parseInt(sizes.kubo.volume.size, 10) * 2 ** 30;
  return {
    ...dev,
    environment,
    logFormat: "json",
    issuer: undefined,
    gateway: sizes.gateway,
    kubo: { ...dev.kubo, ...sizes.kubo, storageMax: Math.floor(storageMax) },
    cluster: { ...dev.cluster, ...sizes.cluster },
    ...rest,
  };
}

const sized = (volume: string, requests: [string, string, string], limits: [string, string, string]) => {
  const amounts = ([cpu, memory, disk]: [string, string, string]) => ({ cpu, memory, "ephemeral-storage": disk });
  return {
    volume: { size: volume, class: undefined },
    resources: { requests: amounts(requests), limits: amounts(limits) },
  };
};

const gateway = (requests: [string, string, string], limits: [string, string, string]) => ({
  ...dev.gateway,
  replicas: 2,
  resources: sized("", requests, limits).resources,
});

describe("settings: defaults", () => {
  it("of dev fit a laptop", () => {
    assert.deepEqual(resolve({}), dev);
  });

  it("of staging are larger, and log JSON", () => {
    const expected = inEnvironment("staging", {
      kubo: sized("50Gi", ["500m", "1Gi", "256Mi"], ["2", "2Gi", "2Gi"]),
      cluster: sized("5Gi", ["200m", "512Mi", "64Mi"], ["2", "1Gi", "512Mi"]),
      gateway: gateway(["200m", "512Mi", "1Gi"], ["2", "1Gi", "5Gi"]),
    });
    assert.deepEqual(resolve({ environment: "staging" }), expected);
  });

  it("of prod protect volumes, keep peers on different machines and reserve the memory they may use", () => {
    const expected = inEnvironment(
      "prod",
      {
        kubo: sized("200Gi", ["1", "4Gi", "1Gi"], ["4", "4Gi", "4Gi"]),
        cluster: sized("10Gi", ["500m", "2Gi", "256Mi"], ["2", "2Gi", "1Gi"]),
        gateway: gateway(["500m", "2Gi", "5Gi"], ["4", "2Gi", "20Gi"]),
      },
      { spread: "required", volumes: { ...dev.volumes, protect: true } },
    );
    assert.deepEqual(resolve({ environment: "prod" }), expected);
  });

  it("of a public network allow more connections", () => {
    assert.deepEqual(resolve({ network: "public" }).kubo.connections, { low: 200, high: 400 });
  });

  it("name the namespace after the stack", () => {
    assert.equal(resolve({}, "prod-eu").namespace.name, "ipfs-prod-eu");
  });

  it("keep pins on as many peers as there are, where they are few", () => {
    assert.deepEqual(resolve({ replicas: 1 }).replication, { min: 1, max: 1 });
    assert.deepEqual(resolve({ replicas: 2 }).replication, { min: 2, max: 2 });
    assert.deepEqual(resolve({ replicas: 7 }).replication, { min: 2, max: 3 });
  });

  it("top up pins where some may have fewer copies than others, and where it is asked for", () => {
    const everywhere = { replication: "everywhere" };
    assert.equal(resolve({ replicas: 2 }).topUp, false);
    assert.equal(resolve(everywhere).topUp, false);
    assert.equal(resolve({ replication: { min: 3, max: 3 } }).topUp, false);
    assert.equal(resolve({ topUp: false }).topUp, false);
    assert.deepEqual(resolve({ ...everywhere, topUp: { every: "1h" } }).topUp, {
      every: "1h",
      image: "docker.io/library/node:24.21.0-alpine",
    });
  });

  it("let kubo fill 80 % of its volume", () => {
    assert.equal(resolve({ kubo: { volume: { size: "10G" } } }).kubo.storageMax, 8e9);
    assert.equal(resolve({ kubo: { volume: { size: "10G" }, storageMax: "9G" } }).kubo.storageMax, 9e9);
  });

  it("request no more than a limit that was lowered", () => {
    const { requests, limits } = resolve({
      environment: "prod",
      kubo: { resources: { limits: { memory: "2Gi" }, requests: { cpu: "2" } } },
    }).kubo.resources;
    assert.deepEqual(requests, { cpu: "2", memory: "2Gi", "ephemeral-storage": "1Gi" });
    assert.deepEqual(limits, { cpu: "4", memory: "2Gi", "ephemeral-storage": "4Gi" });
  });

  it("give way to every key that is set", () => {
    const raw = {
      environment: "staging",
      namespace: { name: "data", create: false },
      network: "public",
      topology: "colocated",
      replicas: 5,
      identities: 20,
      replication: "everywhere",
      repinning: true,
      topUp: { every: "1h", image: "registry.example/node:24" },
      acceptPeerLoss: { downTo: 5 },
      allocateBy: ["tag:rack", "pinqueue", "reposize"],
      tags: { rack: "a1" },
      logFormat: "text",
      kubo: {
        image: "registry.example:5000/kubo:v0.42.0",
        imagePullPolicy: "Always",
        imagePullSecrets: ["pull"],
        volume: { size: "1Ti", class: "fast" },
        nodeSelector: { "example.com/disk": "nvme" },
        tolerations: [{ key: "ipfs", operator: "Exists", effect: "NoSchedule" }],
        priorityClassName: "high",
        environment: { GOGC: "50" },
        arguments: ["--manage-fdlimit=true"],
        logLevel: "error,bitswap=debug",
        config: { Gateway: { DisableHTMLErrors: true } },
        connections: { low: 1, high: 2 },
      },
      cluster: { monitorPingInterval: "5s", metricTtl: "1m30s", metrics: false, pinningService: false, proxy: true },
      spread: "required",
      podSecurity: { user: "platform" },
      volumes: { protect: true, onDestroy: "delete-all-data", acceptOtherIdentities: true },
      clusterDomain: "k8s.example",
      exposure: {
        gateway: {
          way: "ingress",
          host: "gw.example.org",
          subdomains: true,
          allowFrom: ["10.0.0.0/8"],
          annotations: {},
        },
        rest: { way: "nodePort", port: 30094, insecure: true, subdomains: false },
        pinning: { way: "clusterIP" },
        swarm: { way: "nodePort", basePort: 31000, addresses: ["203.0.113.1"] },
        peer: { way: "nodePort", basePort: 32000, addresses: ["a.example"] },
        externalDns: { prefixes: ["dns.example"] },
      },
      gateway: {
        content: "open",
        replicas: 5,
        resources: {
          requests: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
          limits: { cpu: "1", memory: "1Gi", "ephemeral-storage": "1Gi" },
        },
        concurrentRequests: 10,
        retrievalTimeout: "5s",
        requestTimeout: "1m",
        credentials: true,
      },
      issuer: { kind: "existing", name: "ca", scope: "namespace" },
      ingressController: {
        install: "install",
        class: "traefik",
        namespace: "traefik",
        chart: "./traefik.tgz",
        repository: undefined,
        version: "1.2.3",
        values: { a: 1 },
      },
      certManager: {
        install: "install",
        namespace: "cm",
        chart: "cert-manager",
        repository: "https://charts.example",
        version: "v1.0.0",
        values: {},
      },
      gatewayApi: {
        implementation: "envoyGateway",
        namespace: "proxies",
        class: undefined,
        existing: { name: "shared", namespace: "edge" },
        annotations: {},
        routeVersion: "v1alpha2",
      },
      istio: {
        public: { existing: "edge/public", namespace: "edge", selector: { app: "edge" }, serviceAccount: "edge" },
        client: { existing: undefined, namespace: "inner", selector: { app: "inner" }, serviceAccount: "inner" },
        mesh: true,
      },
      networkPolicies: {
        enabled: false,
        acceptOpenRpc: true,
        clients: [{ namespace: "shop", pods: { app: "web" } }, { ranges: ["10.20.0.0/16"] }],
        admins: [{ namespace: "ops", pods: { role: "admin" } }],
        monitoring: [{ namespace: "monitoring", pods: { app: "prometheus" } }],
        privateRanges: "open",
        dns: [
          { namespace: "openshift-dns", pods: { dns: "default" }, port: 5353 },
          { ranges: ["10.96.0.10/32"], port: 53 },
        ],
      },
      secrets: {
        clusterSecret: { source: "existing", name: "mine", generation: 2 },
        swarmKey: { source: "config", generation: 3 },
        restCredentials: { source: "generated", generation: 4, keepPrevious: true },
        identities: {
          kubo: { source: "generated", generation: 1, ids: [], peers: { 3: { generation: 2 } } },
          cluster: {
            source: "externalSecret",
            store: { name: "vault", kind: "SecretStore" },
            remoteKey: "ipfs/keys",
            generation: 1,
            ids: Array.from({ length: 20 }, newPeerId),
            peers: {},
          },
        },
      },
      kubernetes: { context: "kind", clusterIdentifier: "kind" },
    };
    const { kubo, cluster, ...rest } = raw;
    // What the stack file says in fewer words than the settings.
    const { issuer, ...file } = { ...raw, tls: { issuer: raw.issuer } };
    const { insecure, way, port } = raw.exposure.rest;
    const exposure = { ...raw.exposure, rest: { insecure, way, port }, externalDns: { prefix: "dns.example" } };
    const settings = resolve(JSON.parse(JSON.stringify({ ...file, exposure })));
    assert.deepEqual({ ...settings, kubo: {}, cluster: {} }, { ...rest, stack: "test", kubo: {}, cluster: {} });
    assert.deepEqual({ ...settings.kubo, ...kubo }, settings.kubo);
    assert.deepEqual({ ...settings.cluster, ...cluster }, settings.cluster);
  });

  it("run the very versions that the tables of upstream's names were made from", () => {
    assert.equal(kuboImage.split(":")[1], kuboVersion);
    assert.equal(clusterImage.split(":")[1], clusterVersion);
  });

  it("and settings are frozen all through, while the stack file's data is not", () => {
    const raw = {
      kubo: { config: { Gateway: { PublicGateways: {} } }, imagePullSecrets: ["a"] },
      tags: { group: "a" },
    };
    const thawed: string[] = [];
    const visit = (path: string, value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) thawed.push(path);
      for (const [key, inner] of Object.entries(value)) visit(`${path}.${key}`, inner);
    };
    visit("settings", resolve(raw));
    assert.deepEqual(thawed, []);
    raw.kubo.imagePullSecrets.push("b");
    raw.tags.group = "b";
    Object.assign(raw.kubo.config.Gateway.PublicGateways, { "example.com": {} });
  });
});
