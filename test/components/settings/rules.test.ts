import assert from "node:assert/strict";
import { resolveSettings, warnings } from "../../../components/settings";
import { floatingTags } from "../../../components/settings/images";
import policies from "../../../policies/config.json";
import { assertFault, type Case } from "./faults";

const set = (path: string, value: string | number | boolean) =>
  `pulumi config set --path 'ipfs-cluster:${path}' ${value}`;

/** What it is about; the stack; path, reason and fix of its one fault. */
const broken: readonly [about: string, of: Case, path: string, reason: string | RegExp, fix?: string][] = [
  [
    "fewer identities than replicas",
    { raw: { replicas: 12 } },
    "identities",
    "fewer than replicas (12): every peer needs an identity",
    "pulumi config set ipfs-cluster:identities 12, or more, as every change of it restarts all peers",
  ],
  [
    "a least replication above the most",
    { raw: { replication: { min: 3, max: 2 } } },
    "replication.min",
    "more than replication.max (2)",
    set("replication.min", 2),
  ],
  [
    "a least replication above the replicas",
    { raw: { replication: { min: 4, max: 4 } } },
    "replication.min",
    "more than replicas (3): no pin could ever be allocated",
    `${set("replication.min", 3)}, or more replicas`,
  ],
  [
    "fewer replicas than run",
    { raw: { replicas: 3 }, previous: { replicas: 5 } },
    "replicas",
    "fewer than the 5 that run: pins stay allocated to peers 3 to 4 after they are gone, and what only they hold is lost",
    `move their pins first: ${set("acceptPeerLoss.downTo", 3)} with replicas 5, pulumi up, npm run drain -- test (docs/operations.md, "Fewer peers")`,
  ],
  [
    "a loss of peers that was accepted for another number",
    { raw: { replicas: 3, acceptPeerLoss: { downTo: 4 } }, previous: { replicas: 5 } },
    "replicas",
    "fewer than the 5 that run: pins stay allocated to peers 3 to 4 after they are gone, and what only they hold is lost",
    `move their pins first: ${set("acceptPeerLoss.downTo", 3)} with replicas 5, pulumi up, npm run drain -- test (docs/operations.md, "Fewer peers")`,
  ],
  [
    "a loss of peers that the stack does not know of yet, so that nobody can have moved their pins",
    { raw: { replicas: 3, acceptPeerLoss: { downTo: 3 } }, previous: { replicas: 5 } },
    "replicas",
    "fewer than the 5 that run: pins stay allocated to peers 3 to 4 after they are gone, and what only they hold is lost",
    `move their pins first: ${set("acceptPeerLoss.downTo", 3)} with replicas 5, pulumi up, npm run drain -- test (docs/operations.md, "Fewer peers")`,
  ],
  [
    "a loss of peers whose volumes would be deleted",
    {
      raw: { replicas: 3, acceptPeerLoss: { downTo: 3 } },
      previous: { replicas: 5, acceptPeerLoss: { downTo: 3 }, onDestroy: "delete-all-data" },
    },
    "replicas",
    "the volumes of peers 3 to 4 would be deleted, as volumes.onDestroy was delete-all-data, with what was added since they were drained",
    `${set("volumes.onDestroy", "retain")} with replicas 5, pulumi up`,
  ],
  [
    "topping up without a break",
    { raw: { topUp: { every: "59s" } } },
    "topUp.every",
    "less than 1m: Kubernetes names the runs by the minute, so that a second one in it would not start",
    set("topUp.every", "10m"),
  ],
  [
    "topping up once in a blue moon",
    { raw: { topUp: { every: "25h" } } },
    "topUp.every",
    "more than 24h: pins would have too few copies for that long",
    set("topUp.every", "10m"),
  ],
  [
    "topping up at fractions of a second",
    { raw: { topUp: { every: "60.5s" } } },
    "topUp.every",
    "not of whole seconds, and Kubernetes leaves out the rest",
    set("topUp.every", "10m"),
  ],
  ...(
    [
      ["cluster.monitorPingInterval", "999ms", "10m1s", /^less than 1s: .* gone/, /^more than 10m: .* restarts/, "15s"],
      ["cluster.metricTtl", "1.9s", "1h1ms", /^less than 2s: .* clock/, /^more than 1h: .* restarts/, "30s"],
      [
        "gateway.retrievalTimeout",
        "0.000001ms",
        "25h",
        /^less than 1s: .* in time/,
        /^more than 24h: .* nowhere/,
        "30s",
      ],
      ["gateway.requestTimeout", "1ms", "24h1s", /^less than 1s: .* in time/, /^more than 24h: .* nowhere/, "1h"],
    ] as const
  ).flatMap(([path, short, long, tooShort, tooLong, usual]): (typeof broken)[number][] => {
    const [section, name] = path.split(".");
    return [
      [`a ${path} of ${short}`, { raw: { [section]: { [name]: short } } }, path, tooShort, set(path, usual)],
      [`a ${path} of ${long}`, { raw: { [section]: { [name]: long } } }, path, tooLong, set(path, usual)],
    ];
  }),
  [
    "a floating image for the job that tops up",
    { raw: { topUp: { image: "node" } } },
    "topUp.image",
    "a floating image: a restart could bring another version",
    "pin a version tag or a digest",
  ],
  [
    "a kubo that can't read the repositories",
    { raw: { kubo: { image: "ipfs/kubo:v0.37.0" } }, previous: { images: { kubo: "x/kubo:v0.42.0", cluster: "x" } } },
    "kubo.image",
    "older than the v0.42.0 that the last update brought, and may not read what that wrote",
    `${set("kubo.image", "x/kubo:v0.42.0")}; or, where that never started or the volumes are such that it can, ${set("acceptDowngrade.kubo", "v0.37.0")}`,
  ],
  [
    "a kubo older than one that is not known",
    { previous: { images: { kubo: "x/kubo:v9.0.0", cluster: "x" } } },
    "kubo.image",
    "older than the v9.0.0 that the last update brought, and may not read what that wrote",
    `${set("kubo.image", "x/kubo:v9.0.0")}; or, where that never started or the volumes are such that it can, ${set("acceptDowngrade.kubo", "v0.42.0")}`,
  ],
  [
    "a kubo that would have to download the migration of the repositories",
    { previous: { images: { kubo: "x/kubo:v0.29.0", cluster: "x" } } },
    "kubo.image",
    "can't migrate the repositories of v0.29.0 without a program that it downloads, which it may not",
    `${set("kubo.image", "x/kubo:v0.29.0")}; a stack of its own can take the content over (docs/operations.md, "Another topology")`,
  ],
  [
    "an older ipfs-cluster",
    {
      raw: { cluster: { image: "c:v1.1.5" }, acceptDowngrade: { cluster: "v1.1.4" } },
      previous: { images: { kubo: "k", cluster: "c:v1.1.6" } },
    },
    "cluster.image",
    "older than the v1.1.6 that the last update brought, and may not read what that wrote",
    `${set("cluster.image", "c:v1.1.6")}; or, where that never started or the volumes are such that it can, ${set("acceptDowngrade.cluster", "v1.1.5")}`,
  ],
  [
    "a volume smaller than it is",
    {
      raw: { kubo: { volume: { size: "9Gi" } } },
      previous: { volumes: { kubo: { size: "10Gi" }, cluster: { size: "1Gi" } } },
    },
    "kubo.volume.size",
    "less than the 10Gi that the volumes have: they can't shrink",
    set("kubo.volume.size", "10Gi"),
  ],
  [
    "a default size below what a volume has",
    { previous: { volumes: { kubo: { size: "5Gi" }, cluster: { size: "2Gi" } } } },
    "cluster.volume.size",
    "less than the 2Gi that the volumes have: they can't shrink",
    set("cluster.volume.size", "2Gi"),
  ],
  [
    "another class for volumes that there are",
    {
      raw: { cluster: { volume: { class: "slow" } } },
      previous: { volumes: { kubo: { size: "5Gi" }, cluster: { size: "1Gi", class: "fast" } } },
    },
    "cluster.volume.class",
    "the volumes were made with fast, and can't move to another",
    set("cluster.volume.class", "fast"),
  ],
  [
    "a class for volumes that were made without",
    {
      raw: { kubo: { volume: { class: "fast" } } },
      previous: { volumes: { kubo: { size: "5Gi" }, cluster: { size: "1Gi" } } },
    },
    "kubo.volume.class",
    "the volumes were made with the cluster's default class, and can't move to another",
    "pulumi config rm --path 'ipfs-cluster:kubo.volume.class'",
  ],
  [
    "another namespace than the stack is in",
    { raw: { namespace: { name: "new" } }, previous: { namespace: "ipfs-test" } },
    "namespace.name",
    "the stack is in ipfs-test: elsewhere it would start again, with empty volumes",
    set("namespace.name", "ipfs-test"),
  ],
  [
    "giving up a namespace that would be deleted with all volumes",
    {
      raw: { namespace: { create: false }, volumes: { onDestroy: "retain" } },
      previous: { namespace: "ipfs-test", createsNamespace: true, onDestroy: "delete-all-data" },
    },
    "namespace.create",
    "the stack made its namespace, and volumes.onDestroy was delete-all-data: giving it up deletes it, with all volumes",
    `${set("volumes.onDestroy", "retain")} with namespace.create true, pulumi up; then this`,
  ],
  [
    "another topology than the stack has",
    { raw: { topology: "paired" }, previous: { namespace: "ipfs-test", topology: "colocated" } },
    "topology",
    "the stack is colocated: its pods would start again as others, with empty volumes",
    'pulumi config set ipfs-cluster:topology colocated; a stack of its own can be paired, and take the content over (docs/operations.md, "Another topology")',
  ],
  [
    "one pod for what has been two since before there was a choice",
    { raw: { topology: "colocated" }, previous: { namespace: "ipfs-test" } },
    "topology",
    "the stack is paired: its pods would start again as others, with empty volumes",
    'pulumi config set ipfs-cluster:topology paired; a stack of its own can be colocated, and take the content over (docs/operations.md, "Another topology")',
  ],
  [
    "two machines for one pod",
    {
      raw: {
        topology: "colocated",
        kubo: { nodeSelector: { disk: "nvme", "example.org/zone": "a" } },
        cluster: { nodeSelector: { disk: "nvme", "example.org/zone": "b", cpu: "fast" } },
      },
    },
    'cluster.nodeSelector["example.org/zone"]',
    'kubo has "a", and with topology: colocated both are in one pod',
    set('cluster.nodeSelector["example.org/zone"]', "a"),
  ],
  [
    "two priorities for one pod",
    {
      raw: { topology: "colocated", kubo: { priorityClassName: "low" }, cluster: { priorityClassName: "high" } },
    },
    "cluster.priorityClassName",
    'kubo has "low", and with topology: colocated both are in one pod',
    set("cluster.priorityClassName", "low"),
  ],
  [
    "a metric named twice",
    { raw: { allocateBy: ["pinqueue", "freespace", "freespace"] } },
    "allocateBy[2]",
    "named twice",
    "name each metric once",
  ],
  [
    "allocation by a tag that no peer has",
    { raw: { allocateBy: ["tag:rack", "freespace"] } },
    "allocateBy[0]",
    "no tag rack is set, and a peer that lacks a metric named here never gets a pin",
    set("tags.rack", "<value>"),
  ],
  [
    "allocation by a tag that only looks like one of JavaScript's own",
    { raw: { allocateBy: ["tag:constructor"] } },
    "allocateBy[0]",
    "no tag constructor is set, and a peer that lacks a metric named here never gets a pin",
    set("tags.constructor", "<value>"),
  ],
  [
    "tags without the one that allocation goes by unless told otherwise",
    { raw: { tags: { rack: "a" } } },
    "allocateBy[0]",
    "no tag group is set, and a peer that lacks a metric named here never gets a pin",
    set("tags.group", "<value>"),
  ],
  [
    "both ways to measure space",
    { raw: { allocateBy: ["freespace", "reposize"] } },
    "allocateBy",
    "ipfs-cluster measures either freespace or reposize, not both",
    "keep one of them",
  ],
  ...(
    [
      ["tag:group", "freespace"],
      ["tag:group", "pinqueue"],
      ["pinqueue", "freespace"],
      ["pinqueue", "reposize"],
    ] as const
  ).map(([metric, first]): (typeof broken)[number] => [
    `${metric} after ${first}`,
    { raw: { allocateBy: [first, metric] } },
    "allocateBy[1]",
    `after ${first}, by which every peer is a group of its own, it spreads nothing, and a peer that lacks it gets no pin all the same`,
    `name it before ${first}`,
  ]),
  ...(["cpu", "memory", "ephemeral-storage"] as const).map((name): (typeof broken)[number] => [
    `a request for more ${name} than its limit`,
    { raw: { cluster: { resources: { requests: { [name]: "64Gi" } } } } },
    `cluster.resources.requests.${name}`,
    `more than its limit (${{ cpu: "2", memory: "512Mi", "ephemeral-storage": "256Mi" }[name]})`,
    set(`cluster.resources.limits.${name}`, "64Gi"),
  ]),
  [
    "no cpu at all",
    { raw: { kubo: { resources: { limits: { cpu: "0" } } } } },
    "kubo.resources.limits.cpu",
    "less than 1m, the least there is",
  ],
  [
    "half a byte of memory, when mega was meant",
    { raw: { kubo: { resources: { limits: { memory: "512m" } } } } },
    "kubo.resources.limits.memory",
    "0.512 bytes, less than any peer can work with",
    set("kubo.resources.limits.memory", "512M"),
  ],
  [
    "no scratch space",
    { raw: { cluster: { resources: { limits: { "ephemeral-storage": "0" } } } } },
    "cluster.resources.limits.ephemeral-storage",
    "0 bytes, less than any peer can work with",
    set("cluster.resources.limits.ephemeral-storage", "<quantity>"),
  ],
  [
    "a volume of nothing",
    { raw: { kubo: { volume: { size: "5" } } } },
    "kubo.volume.size",
    "5 bytes, less than any peer can work with",
    set("kubo.volume.size", "<quantity>"),
  ],
  [
    "room for blocks of nothing",
    { raw: { kubo: { storageMax: "1k" } } },
    "kubo.storageMax",
    "1000 bytes, less than any peer can work with",
    set("kubo.storageMax", "<quantity>"),
  ],
  [
    "more room for blocks than the volume has",
    { raw: { kubo: { volume: { size: "1Gi" }, storageMax: "2G" } } },
    "kubo.storageMax",
    "2000000000 bytes, more than the volume (1Gi) holds",
    "pulumi config rm --path 'ipfs-cluster:kubo.storageMax', as 80 % of the volume is the default",
  ],
  [
    "low water above high water",
    { raw: { kubo: { connections: { low: 500 } } } },
    "kubo.connections.low",
    "more than kubo.connections.high (96)",
    set("kubo.connections.low", 96),
  ],
  [
    "pods without a fence",
    { raw: { networkPolicies: { enabled: false } } },
    "networkPolicies.enabled",
    "every pod of the Kubernetes cluster could administer kubo, whose RPC has no credentials",
    `${set("networkPolicies.enabled", true)}; or, where others fence the namespace, ${set("networkPolicies.acceptOpenRpc", true)}`,
  ],
  ...["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/7", "8000::/1", "fc00::/7", "2001:db8::/31"].map(
    (range): (typeof broken)[number] => [
      `administrators at ${range}`,
      {
        raw: {
          environment: "prod",
          networkPolicies: { admins: [{ namespace: "ops" }, { ranges: ["10.20.0.0/16", range] }] },
        },
      },
      "networkPolicies.admins[1].ranges[1]",
      "wider than /8 (IPv4) or /32 (IPv6): whoever has one of so many addresses could administer kubo, whose RPC has no credentials",
      `name the administrators' own addresses, or their pods by namespace and labels; or, where others fence the namespace, ${set("networkPolicies.acceptOpenRpc", true)}`,
    ],
  ),
  [
    "administrators anywhere, by way of the proxy of peers in one pod",
    {
      raw: {
        topology: "colocated",
        cluster: { proxy: true },
        networkPolicies: { admins: [{ ranges: ["0.0.0.0/0"] }] },
      },
    },
    "networkPolicies.admins[0].ranges[0]",
    "wider than /8 (IPv4) or /32 (IPv6): whoever has one of so many addresses could administer kubo, whose RPC has no credentials",
    `name the administrators' own addresses, or their pods by namespace and labels; or, where others fence the namespace, ${set("networkPolicies.acceptOpenRpc", true)}`,
  ],
  [
    "administrators of what is open to nobody",
    { raw: { topology: "colocated", networkPolicies: { admins: [{ ranges: ["0.0.0.0/0"] }] } } },
    "networkPolicies.admins",
    "kubo's RPC is on its pods' loopback (topology: colocated) and there is no proxy, so nothing is opened to them",
    `${set("cluster.proxy", true)} if they are to reach the RPC through it, or pulumi config rm --path 'ipfs-cluster:networkPolicies.admins'`,
  ],
  [
    "a monitoring of no metrics",
    { raw: { cluster: { metrics: false }, networkPolicies: { monitoring: [{ namespace: "monitoring" }] } } },
    "networkPolicies.monitoring",
    "there are no metrics (cluster.metrics), so nothing is opened to it",
    `${set("cluster.metrics", true)}, or pulumi config rm --path 'ipfs-cluster:networkPolicies.monitoring'`,
  ],
  ...(
    [
      ["169.254.169.254/32", 80],
      ["169.254.169.252/30", 988],
      ["168.63.129.16/32", 5353],
      ["0.0.0.0/0", 443],
      ["fd00::/8", 5353],
      ["fd00:ec2::253/128", 80],
    ] as const
  ).map(([range, port]): (typeof broken)[number] => [
    `DNS of a metadata service on another port: ${range} ${port}`,
    {
      raw: {
        networkPolicies: {
          dns: [
            { namespace: "a", port },
            { ranges: [range], port },
          ],
        },
      },
    },
    "networkPolicies.dns[1].ranges[0]",
    `has addresses of clouds' metadata services, which tell secrets on other ports than 53, such as ${port}`,
    `${set("networkPolicies.dns[1].port", 53)}; or name the DNS servers' own addresses`,
  ]),
  ...[
    "ipfs/kubo",
    "ipfs/kubo:latest",
    "ipfs/kubo:master",
    "ipfs/kubo:master-latest",
    "ipfs/kubo:staging-latest",
    "localhost:5000/kubo",
  ].map((image): (typeof broken)[number] => [
    `the floating image ${image}`,
    { raw: { kubo: { image } } },
    "kubo.image",
    "a floating image: a restart could bring another version",
    "pin a version tag or a digest",
  ]),
];

describe("settings: rules", () => {
  it("take the tags for floating that the policies do", () => {
    assert.deepEqual(policies["pinned-images"].floating, floatingTags);
  });

  for (const [about, of, path, reason, fix] of broken) {
    it(`refuse ${about}`, () => assertFault(of, { path, reason, fix }));
  }

  for (const [about, { raw, previous }] of [
    ["more replicas than run", { raw: { replicas: 5 }, previous: { replicas: 3 } }],
    ["as many replicas as run", { raw: { replicas: 5 }, previous: { replicas: 5 } }],
    [
      "fewer replicas when just that loss was accepted",
      {
        raw: { replicas: 3, acceptPeerLoss: { downTo: 3 } },
        previous: { replicas: 5, acceptPeerLoss: { downTo: 3 }, onDestroy: "retain" },
      },
    ],
    [
      "an older kubo that reads the same repositories",
      { raw: { kubo: { image: "k:v0.38.0" } }, previous: { images: { kubo: "k:v0.42.0", cluster: "c" } } },
    ],
    [
      "a newer kubo, whatever it is",
      { raw: { kubo: { image: "k:v0.99.0" } }, previous: { images: { kubo: "k:v0.42.0", cluster: "c" } } },
    ],
    [
      "an older release that was accepted",
      {
        raw: { kubo: { image: "k:v0.37.0" }, acceptDowngrade: { kubo: "v0.37.0" } },
        previous: { images: { kubo: "k:v0.42.0", cluster: "c" } },
      },
    ],
    ["one build of a branch", { raw: { kubo: { image: "ipfs/kubo:master-2026-01-31-0123abc" } } }],
    [
      "an upgrade within the oldest format",
      { raw: { kubo: { image: "k:v0.29.1" } }, previous: { images: { kubo: "k:v0.29.0", cluster: "c" } } },
    ],
    [
      "images that say no release",
      { raw: { kubo: { image: "k:mine" } }, previous: { images: { kubo: "k:v0.42.0", cluster: "c" } } },
    ],
    [
      "volumes as they are, or larger",
      {
        raw: { kubo: { volume: { size: "10240Mi", class: "fast" } }, cluster: { volume: { size: "2Gi" } } },
        previous: {
          namespace: "ipfs-test",
          volumes: { kubo: { size: "10Gi", class: "fast" }, cluster: { size: "1Gi" } },
        },
      },
    ],
    [
      "machines of their own for pods of their own",
      { raw: { kubo: { nodeSelector: { disk: "a" } }, cluster: { nodeSelector: { disk: "b" } } } },
    ],
    [
      "machines and a priority that one program names, for the pod of both",
      { raw: { topology: "colocated", kubo: { nodeSelector: { disk: "a" } }, cluster: { priorityClassName: "b" } } },
    ],
    [
      "the topology that a stack has",
      { raw: { topology: "colocated" }, previous: { namespace: "ipfs-test", topology: "colocated" } },
    ],
    [
      "no policies where kubo's RPC is on loopback",
      { raw: { topology: "colocated", networkPolicies: { enabled: false } } },
    ],
    [
      "administrators of one whole network, IPv4 and IPv6",
      { raw: { networkPolicies: { admins: [{ ranges: ["10.0.0.0/8", "2001:db8::/32"] }] } } },
    ],
    [
      "administrators anywhere where others fence the namespace",
      { raw: { networkPolicies: { acceptOpenRpc: true, admins: [{ ranges: ["0.0.0.0/0", "::/0"] }] } } },
    ],
    [
      "lists that wait for policies to be switched on again",
      {
        raw: {
          topology: "colocated",
          cluster: { metrics: false },
          networkPolicies: {
            enabled: false,
            admins: [{ ranges: ["0.0.0.0/0"] }],
            monitoring: [{ namespace: "monitoring" }],
          },
        },
      },
    ],
    ["free space among peers whose queues are alike", { raw: { allocateBy: ["tag:group", "pinqueue", "freespace"] } }],
    ["anybody as a client", { raw: { networkPolicies: { clients: [{ ranges: ["0.0.0.0/0"] }] } } }],
    [
      "a cloud's own DNS where its metadata is, and others on any port",
      {
        raw: {
          networkPolicies: {
            dns: [
              { ranges: ["169.254.169.254/32", "fd00:ec2::253/128"] },
              { ranges: ["10.96.0.10/32", "168.63.129.17/32", "2001:db8::53/128"], port: 5353 },
            ],
          },
        },
      },
    ],
    ["either topology for a new stack", { raw: { topology: "colocated" } }],
    ["a first update", { raw: { replicas: 1 } }],
    [
      "the least that times may be",
      {
        raw: {
          topUp: { every: "60000ms" },
          cluster: { monitorPingInterval: "1s", metricTtl: "2s" },
          gateway: { retrievalTimeout: "1s", requestTimeout: "1s" },
        },
      },
    ],
    [
      "the most that times may be",
      {
        raw: {
          topUp: { every: "1.1m0.9s0.1s" },
          cluster: { monitorPingInterval: "10m", metricTtl: "60m" },
          gateway: { retrievalTimeout: "24h", requestTimeout: "23h60m" },
        },
      },
    ],
    ["replication everywhere with one replica", { raw: { replicas: 1, replication: "everywhere" } }],
    ["a request for no cpu", { raw: { kubo: { resources: { requests: { cpu: "0" } } } } }],
  ] as [string, Case][]) {
    it(`accept ${about}`, () => {
      assert.ok(resolveSettings({ environment: "dev", ...raw }, { stack: "test", previous }));
    });
  }
});

describe("settings: warnings", () => {
  const warned = (raw: Record<string, unknown>) =>
    warnings(resolveSettings({ environment: "dev", ...raw }, { stack: "test" }));

  for (const environment of ["dev", "staging", "prod"]) {
    it(`none of the defaults of ${environment} deserves one`, () => assert.deepEqual(warned({ environment }), []));
  }

  const least = {
    kubo: { cpu: "500m", memory: "512Mi", size: "1Gi" },
    cluster: { cpu: "100m", memory: "128Mi", size: "500Mi" },
  };
  const sized = ({ cpu, memory, size }: (typeof least)["kubo"]) => ({
    resources: { limits: { cpu, memory } },
    volume: { size },
  });

  it("start below what a peer needs at least, not at it", () => {
    assert.deepEqual(warned({ kubo: sized(least.kubo), cluster: sized(least.cluster) }), []);
    const little = { cpu: "99m", memory: "127Mi", size: "499Mi" };
    assert.deepEqual(warned({ kubo: sized(little), cluster: sized(little) }), [
      "ipfs-cluster:kubo.resources.limits.cpu 99m is less than the 500m that a kubo peer needs at least",
      "ipfs-cluster:kubo.resources.limits.memory 127Mi is less than the 512Mi that a kubo peer needs at least",
      "ipfs-cluster:kubo.volume.size 499Mi is less than the 1Gi that a kubo peer needs at least",
      "ipfs-cluster:cluster.resources.limits.cpu 99m is less than the 100m that a cluster peer needs at least",
      "ipfs-cluster:cluster.resources.limits.memory 127Mi is less than the 128Mi that a cluster peer needs at least",
      "ipfs-cluster:cluster.volume.size 499Mi is less than the 500Mi that a cluster peer needs at least",
    ]);
  });

  it("tell of a proxy that passes on what one pod for both keeps to itself", () => {
    assert.deepEqual(warned({ topology: "colocated" }), []);
    assert.deepEqual(warned({ cluster: { proxy: true } }), []);
    assert.deepEqual(warned({ topology: "colocated", cluster: { proxy: true } }), [
      "ipfs-cluster:cluster.proxy true is a way around topology: colocated: whoever reaches the proxy's port reaches kubo's RPC behind it",
    ]);
  });

  it("tell of volumes on shared file systems, by the names of their classes", () => {
    const shared = ["nfs-client", "efs-sc", "azurefile-csi", "rook-cephfs", "standard-nfs", "filestore"];
    for (const storageClass of shared) {
      assert.deepEqual(warned({ kubo: { volume: { class: storageClass } } }), [
        `ipfs-cluster:kubo.volume.class ${storageClass} is a shared file system, by its name: datastores lose data on one, so take a class of block or local volumes`,
      ]);
    }
    for (const storageClass of ["gp3", "standard", "longhorn", "ceph-block", "benefits", "local-path"]) {
      assert.deepEqual(warned({ cluster: { volume: { class: storageClass } } }), []);
    }
  });

  it("tell of versions that nobody has tested, where an image says which it has", () => {
    assert.deepEqual(warned({ kubo: { image: "ipfs/kubo:v0.43.1" }, cluster: { image: "mine/cluster:build-7" } }), [
      "ipfs-cluster:kubo.image ipfs/kubo:v0.43.1 is not the v0.42.0 that this program was tested with",
    ]);
  });

  it("tell of upgrades that nobody has tested", () => {
    const from = (kubo: string, cluster: string) =>
      warnings(resolveSettings({ environment: "dev" }, { stack: "test" }), { images: { kubo, cluster } });
    assert.deepEqual(from("ipfs/kubo:v0.37.0", "ipfs/ipfs-cluster:v1.1.6"), []);
    assert.deepEqual(from("ipfs/kubo:v0.39.0", "mine:1"), [
      "ipfs-cluster:kubo.image docker.io/ipfs/kubo:v0.42.0 is an upgrade from v0.39.0, which was not tested: try it on a copy of the stack first",
    ]);
    assert.equal(from("mine:1", "ipfs/ipfs-cluster:v1.1.2").length, 1);
  });

  it("tell of peers that are about to leave", () => {
    assert.deepEqual(warned({ acceptPeerLoss: { downTo: 2 } }), [
      "ipfs-cluster:acceptPeerLoss.downTo 2 is less than replicas (3): peers from 2 on are about to leave, and pins that lack copies get none there",
    ]);
    assert.deepEqual(warned({ acceptPeerLoss: { downTo: 3 } }), []);
  });

  it("tell of pins that are kept on fewer peers than asked for", () => {
    assert.deepEqual(warned({ replication: { min: 2, max: 5 } }), [
      "ipfs-cluster:replication.max 5 is more than replicas (3): pins are kept on 3, and stay there when peers are added",
    ]);
    assert.deepEqual(warned({ replication: "everywhere" }), []);
  });
});
