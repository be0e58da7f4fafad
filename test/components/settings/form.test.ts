import assert from "node:assert/strict";
import { resolveSettings } from "../../../components/settings";
import { assertFault, refusal } from "./faults";

const digest = `sha256:${"0".repeat(64)}`;

/** A stack file's keys, at fault in one place; path; reason; fix. */
const wrong: readonly [raw: Record<string, unknown>, path: string, reason: string, fix?: string][] = [
  [
    { environment: undefined },
    "environment",
    "missing: must be dev, staging or prod",
    "pulumi config set ipfs-cluster:environment dev",
  ],
  [
    { environment: "Prod" },
    "environment",
    "must be dev, staging or prod",
    "pulumi config set ipfs-cluster:environment prod",
  ],
  [
    { environment: "production" },
    "environment",
    "must be dev, staging or prod",
    "pulumi config set ipfs-cluster:environment <one of them>",
  ],
  [{ network: "pubic" }, "network", "must be private or public", "pulumi config set ipfs-cluster:network public"],
  [{ replicas: "three" }, "replicas", "must be a whole number, and is text"],
  [{ replicas: 0 }, "replicas", "must be at least 1"],
  [{ replicas: 101 }, "replicas", "must be at most 100"],
  [{ replicas: 2.5 }, "replicas", "must be a whole number"],
  [{ identities: 101 }, "identities", "must be at most 100"],
  [{ repinning: "yes" }, "repinning", "must be true or false, and is text"],
  [
    { replication: { min: 1 } },
    "replication.max",
    "missing: must be a whole number",
    "pulumi config set --path 'ipfs-cluster:replication.max' <value>",
  ],
  [{ replication: { min: 0, max: 1 } }, "replication.min", "must be at least 1"],
  [{ replication: "all" }, "replication", "must be everywhere, or a group of min and max, such as {min: 2, max: 3}"],
  [{ replication: 3 }, "replication", "must be everywhere, or a group of min and max, such as {min: 2, max: 3}"],
  [{ replication: { min: 1, max: 2, mix: 3 } }, "replication.mix", "no such setting", "did you mean replication.min?"],
  [{ allocateBy: [] }, "allocateBy", "must name at least 1"],
  [{ allocateBy: ["free"] }, "allocateBy[0]", "must be freespace, reposize, pinqueue or tag:<name>"],
  [{ allocateBy: ["freespace", 3] }, "allocateBy[1]", "must be freespace, reposize, pinqueue or tag:<name>"],
  [{ tags: { group: 1 } }, "tags.group", "must be text, and is a number", "put it in quotes"],
  [
    { tags: { group: "a", "a:b": "c" } },
    'tags["a:b"]',
    'its name must be of letters, digits, ".", "_" and "-", a letter or digit first',
  ],
  [{ kubo: null }, "kubo", "must be a group of settings, and is empty", "pulumi config rm --path 'ipfs-cluster:kubo'"],
  [{ cluster: [] }, "cluster", "must be a group of settings, and is a list"],
  [{ kubo: { volume: { size: "10 GB" } } }, "kubo.volume.size", 'must be a Kubernetes quantity: did you mean "10G"?'],
  [
    { cluster: { resources: { limits: { memory: "lots" } } } },
    "cluster.resources.limits.memory",
    'must be a Kubernetes quantity such as "10Gi" or "500m"',
  ],
  [{ kubo: { storageMax: "99999999Ei" } }, "kubo.storageMax", "is more than Kubernetes can count"],
  [
    { kubo: { image: "ipfs kubo" } },
    "kubo.image",
    'must be an image reference such as "docker.io/ipfs/kubo:v0.42.0" or one with "@sha256:<64 hex digits>"',
  ],
  [{ kubo: { imagePullSecrets: ["Mine"] } }, "kubo.imagePullSecrets[0]", "must be a DNS name in lower case"],
  [
    { kubo: { imagePullPolicy: "always" } },
    "kubo.imagePullPolicy",
    "must be IfNotPresent, Always or Never",
    "pulumi config set --path 'ipfs-cluster:kubo.imagePullPolicy' Always",
  ],
  [
    { kubo: { nodeSelector: { "a b": "c" } } },
    'kubo.nodeSelector["a b"]',
    "its name must be a label key such as topology.kubernetes.io/zone",
  ],
  [
    { kubo: { nodeSelector: { disk: "a b" } } },
    "kubo.nodeSelector.disk",
    'must be a label value: letters, digits, ".", "_" and "-", at most 63',
  ],
  [{ kubo: { connections: { low: 0 } } }, "kubo.connections.low", "must be at least 1"],
  ...["a b", "inof", "off", "trace", "verbose", "Info", "error,info", "error,bitswap:debug", "error,", "bitswap="].map(
    (logLevel): [Record<string, unknown>, string, string] => [
      { kubo: { logLevel } },
      "kubo.logLevel",
      'must be one of debug, info, warn, error, dpanic, panic, fatal, or such as "error,bitswap=debug"',
    ],
  ),
  ...["a b", "inof", "error,cluster=debug", "a:b:debug", "cluster:off", "*:debug", "error,info"].map(
    (logLevel): [Record<string, unknown>, string, string] => [
      { cluster: { logLevel } },
      "cluster.logLevel",
      'must be one of debug, info, warn, error, dpanic, panic, fatal, or such as "error,cluster:debug"',
    ],
  ),
  [
    { kubo: { environment: { GOGC: 50 } } },
    "kubo.environment.GOGC",
    "must be text, and is a number",
    "put it in quotes",
  ],
  [{ cluster: { arguments: "--tracing" } }, "cluster.arguments", "must be a list, and is text"],
  [{ kubo: { config: "x" } }, "kubo.config", "must be a group of names and values, and is text"],
  [
    { cluster: { monitorPingInterval: "15" } },
    "cluster.monitorPingInterval",
    'must be a Go duration such as "30s", "1m30s" or "12h"',
  ],
  [{ cluster: { metricTtl: "0s" } }, "cluster.metricTtl", 'must be a Go duration such as "30s", "1m30s" or "12h"'],
  [
    { cluster: { metricTtl: "9999999h" } },
    "cluster.metricTtl",
    'must be a Go duration such as "30s", "1m30s" or "12h"',
  ],
  [
    { gateway: { requestTimeout: "999999h999999h999999h" } },
    "gateway.requestTimeout",
    "is more than Go can count, 2562047h",
  ],
  [{ namespace: { name: "Mine" } }, "namespace.name", "must be a DNS label: a-z, 0-9 and -, starting with a letter"],
  [{ namespace: { name: "a".repeat(64) } }, "namespace.name", "must have at most 63 characters"],
  [{ clusterDomain: "Cluster" }, "clusterDomain", "must be a DNS name in lower case"],
  [{ kubernetes: { context: "" } }, "kubernetes.context", "must not be empty"],
  [
    { acceptPeerLoss: {} },
    "acceptPeerLoss.downTo",
    "missing: must be a whole number",
    "pulumi config set --path 'ipfs-cluster:acceptPeerLoss.downTo' <value>",
  ],
  [
    { spread: "apart" },
    "spread",
    "must be preferred or required",
    "pulumi config set ipfs-cluster:spread <one of them>",
  ],
  ...Object.entries({
    "without a key": [{ effect: "NoSchedule" }, "operator", "must be Exists where no key is named"],
    "of a value that need not be": [
      { key: "a", operator: "Exists", value: "b" },
      "value",
      "must not be with operator Exists, which tolerates every value",
    ],
    "for a time that nothing takes": [
      { key: "a", effect: "NoSchedule", tolerationSeconds: 5 },
      "tolerationSeconds",
      "must not be without effect NoExecute, which alone takes time",
    ],
  } as const).map(([, [toleration, key, reason]]): [Record<string, unknown>, string, string] => [
    { kubo: { tolerations: [toleration] } },
    `kubo.tolerations[0].${key}`,
    reason,
  ]),
  ...["a..b/c", ".a/b", "-a/b", "A/b", "a/b/c"].map((key): [Record<string, unknown>, string, string] => [
    { kubo: { nodeSelector: { [key]: "x" } } },
    `kubo.nodeSelector["${key}"]`,
    "its name must be a label key such as topology.kubernetes.io/zone",
  ]),
  [{ kubo: { environment: { GOGC: "5\0" } } }, "kubo.environment.GOGC", "must not have a NUL character"],
  [{ cluster: { arguments: ["--tracing=\0"] } }, "cluster.arguments[0]", "must not have a NUL character"],
  ...["fe80::1%eth0/64", "10.0.0.0/08", "10.0.0.0/33", "10.0.0.0/"].map(
    (range): [Record<string, unknown>, string, string] => [
      { exposure: { gateway: { way: "ingress", host: "a.example.org", allowFrom: [range] } } },
      "exposure.gateway.allowFrom[0]",
      'must be an address range such as "203.0.113.0/24" or "2001:db8::/32"',
    ],
  ),
  [
    { exposure: { swarm: { way: "nodePort", basePort: 30400, addresses: ["fe80::1%eth0"] } } },
    "exposure.swarm.addresses[0]",
    "must be an IP address or a DNS name",
  ],
  [
    { exposure: { gateway: { way: "ingress", host: `${"a".repeat(64)}.example.org` } } },
    "exposure.gateway.host",
    "must have at most 63 characters between its dots",
  ],
  [{ clusterDomain: `${"a.".repeat(75)}b` }, "clusterDomain", "must have at most 150 characters"],
  [
    { istio: { public: { selector: { istio: "not a label" } } } },
    "istio.public.selector.istio",
    'must be a label value: letters, digits, ".", "_" and "-", at most 63',
  ],
  [{ podSecurity: { user: 0 } }, "podSecurity.user", "must be at least 1"],
  [{ podSecurity: { user: 2 ** 31 } }, "podSecurity.user", "must be at most 2147483647"],
  ...[1.5, "root", "10001"].map((user): [Record<string, unknown>, string, string] => [
    { podSecurity: { user } },
    "podSecurity.user",
    "must be a user id from 1 to 2147483647, or platform",
  ]),
  [{ networkPolicies: { dns: { namespace: "a" } } }, "networkPolicies.dns", "must be a list, and is a group"],
  [
    { networkPolicies: { dns: ["10.96.0.10"] } },
    "networkPolicies.dns[0]",
    "must be a group such as {namespace: openshift-dns, pods: {dns.operator.openshift.io/daemonset-dns: default}, port: 5353} or {ranges: [10.96.0.10/32]}",
  ],
  [
    { networkPolicies: { dns: [{ namespace: "a" }, { ranges: ["10.96.0.10"] }] } },
    "networkPolicies.dns[1].ranges[0]",
    'must be an address range such as "203.0.113.0/24" or "2001:db8::/32"',
  ],
  [
    { networkPolicies: { dns: [{ ranges: ["10.96.0.10/32"], port: 65536 }] } },
    "networkPolicies.dns[0].port",
    "must be at most 65535",
  ],
  [
    { networkPolicies: { dns: [{ ranges: ["10.96.0.10/32"], port: "53" }] } },
    "networkPolicies.dns[0].port",
    "must be a whole number, and is text",
  ],
  [
    { networkPolicies: { dns: [{ namespace: "a", ranges: ["10.96.0.10/32"] }] } },
    "networkPolicies.dns[0].ranges",
    "no such setting with this way or kind",
    "pulumi config rm --path 'ipfs-cluster:networkPolicies.dns[0].ranges'",
  ],
  [
    { volumes: { onDestroy: "delete" } },
    "volumes.onDestroy",
    "must be retain or delete-all-data",
    "pulumi config set --path 'ipfs-cluster:volumes.onDestroy' <one of them>",
  ],
];

const misspelt: readonly [raw: Record<string, unknown>, path: string, near: string][] = [
  [{ replica: 3 }, "replica", "replicas"],
  [{ allocate_by: ["freespace"] }, "allocate_by", "allocateBy"],
  [{ namespace: { names: "x" } }, "namespace.names", "namespace.name"],
  [{ kubo: { img: "x", volumes: {} } }, "kubo.volumes", "kubo.volume"],
  [{ kubo: { volume: { siz: "1Gi" } } }, "kubo.volume.siz", "kubo.volume.size"],
  [{ kubo: { resources: { limit: {} } } }, "kubo.resources.limit", "kubo.resources.limits"],
  [
    { cluster: { resources: { limits: { ephemeralStorage: "1Gi" } } } },
    "cluster.resources.limits.ephemeralStorage",
    "cluster.resources.limits.ephemeral-storage",
  ],
  [{ kubo: { tolerations: [{ efect: "NoSchedule" }] } }, "kubo.tolerations[0].efect", "kubo.tolerations[0].effect"],
  [{ kubo: { connections: { hig: 1 } } }, "kubo.connections.hig", "kubo.connections.high"],
  [{ volumes: { protekt: true } }, "volumes.protekt", "volumes.protect"],
  [{ acceptPeerLoss: { downTo: 3, downto: 3 } }, "acceptPeerLoss.downto", "acceptPeerLoss.downTo"],
  [{ kubernetes: { Context: "x" } }, "kubernetes.Context", "kubernetes.context"],
];

describe("settings: form", () => {
  for (const [raw, path, reason, fix] of wrong) {
    it(`${JSON.stringify(raw)} is refused: ${path} ${reason}`, () => assertFault({ raw }, { path, reason, fix }));
  }

  for (const [raw, path, near] of misspelt) {
    it(`${path} is unknown, and ${near} offered`, () => {
      const fault = refusal({ raw }).faults.find((found) => found.path === path);
      assert.deepEqual(fault, { path, reason: "no such setting", fix: `did you mean ${near}?` });
    });
  }

  it("a key that resembles none is to be removed", () => {
    assertFault(
      { raw: { "shiny new": 1 } },
      {
        path: '["shiny new"]',
        reason: "no such setting",
        fix: `pulumi config rm --path 'ipfs-cluster:["shiny new"]'`,
      },
    );
  });

  it("images of any registry are accepted by tag and by digest", () => {
    const { faults } = refusal({
      raw: {
        replicas: 0,
        kubo: { image: `registry.example:5000/a/b/kubo@${digest}` },
        cluster: { image: `cluster:v1.1.6@${digest}` },
      },
    });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["replicas"],
    );
  });

  it("log levels are accepted in every form that the daemons read", () => {
    const levels = {
      kubo: ["error", "WARNING", "bitswap=debug", "error,dht/RtRefreshManager=info,net/identify=warn", "a=info,fatal"],
      cluster: ["info", "DPANIC", "all:debug", "error,cluster:debug,p2p-gorpc:PANIC", "crdt:warn,error"],
    };
    for (const [program, all] of Object.entries(levels)) {
      for (const logLevel of all) {
        assert.ok(resolveSettings({ environment: "dev", [program]: { logLevel } }, { stack: "test" }), logLevel);
      }
    }
  });

  for (const stack of ["Prod", "prod_eu", "1st", "-a", "prod-", "", "a".repeat(41), "prod.eu"]) {
    it(`a stack of the name ${JSON.stringify(stack)} is refused, as its peers could not be named after it`, () => {
      assertFault(
        { stack },
        { path: "", reason: /^its name becomes part of peer names/, fix: "pulumi stack rename <name>" },
      );
      assert.match(refusal({ stack }).message, /\n {2}the stack /);
    });
  }

  it("everything wrong is told at once, rules and form alike, each with its place and its fix", () => {
    const { message } = refusal({
      stack: "Prod",
      previous: { replicas: 7 },
      raw: {
        replica: 3,
        replicas: 5,
        identities: 4,
        repinning: "yes",
        kubo: { image: "kubo", volume: { size: "10 GB" }, storageMax: "1Pi", environment: { CLUSTER_SECRET: "x" } },
        cluster: { arguments: ["--leave"], config: { cluster: { leave_on_shutdown: true } } },
      },
    });
    assert.equal(
      message,
      `The settings of stack Prod have 10 faults; nothing was changed.
  the stack "Prod": its name becomes part of peer names: it must be at most 40 of a-z, 0-9 and -, from a letter to a letter or digit
    fix: pulumi stack rename <name>
  ipfs-cluster:repinning "yes": must be true or false, and is text
  ipfs-cluster:kubo.volume.size "10 GB": must be a Kubernetes quantity: did you mean "10G"?
  ipfs-cluster:replica: no such setting
    fix: did you mean replicas?
  ipfs-cluster:identities 4: fewer than replicas (5): every peer needs an identity
    fix: pulumi config set ipfs-cluster:identities 5, or more, as every change of it restarts all peers
  ipfs-cluster:replicas 5: fewer than the 7 that run: pins stay allocated to peers 5 to 6 after they are gone, and what only they hold is lost
    fix: move their pins first: pulumi config set --path 'ipfs-cluster:acceptPeerLoss.downTo' 5 with replicas 7, pulumi up, npm run drain -- Prod (docs/operations.md, "Fewer peers")
  ipfs-cluster:kubo.image "kubo": a floating image: a restart could bring another version
    fix: pin a version tag or a digest
  ipfs-cluster:cluster.config.cluster.leave_on_shutdown: in CRDT mode it wipes the pinset at every stop
    fix: pulumi config rm --path 'ipfs-cluster:cluster.config.cluster.leave_on_shutdown'
  ipfs-cluster:kubo.environment.CLUSTER_SECRET: kubo reads no such variable
    fix: pulumi config rm --path 'ipfs-cluster:kubo.environment.CLUSTER_SECRET'
  ipfs-cluster:cluster.arguments[0] "--leave": in CRDT mode leaving wipes the pinset at every stop
    fix: pulumi config rm --path 'ipfs-cluster:cluster.arguments[0]'`,
    );
  });

  for (const raw of [
    { kubo: { environment: { TOKEN: 20262027 } } },
    { kubo: { environment: 20262027 } },
    { kubo: { arguments: 20262027 } },
    { cluster: { arguments: [20262027] } },
    { cluster: { config: 20262027 } },
    { cluster: { config: { cluster: { secret: 20262027 } } } },
  ]) {
    it(`what may be a secret is not shown: ${JSON.stringify(raw)}`, () => {
      assert.doesNotMatch(refusal({ raw }).message, /20262027/);
    });
  }

  it("no rule judges by a default that stands for a value at fault", () => {
    assertFault(
      { raw: { replicas: "seven", identities: 2, replication: { min: 5, max: 5 } } },
      { path: "replicas", reason: "must be a whole number, and is text" },
    );
  });
});
