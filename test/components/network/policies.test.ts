import assert from "node:assert/strict";
import { flows, type Own } from "../../../components/network";
import { policyObjects } from "../../../components/network/policies";
import { labels, workloadOf } from "../../../components/platform";
import type { Settings } from "../../../components/settings";
import { type End, lets, type Policy } from "../../support/networkPolicies";
import { callers, fencedSettings, peers, targets } from "../../support/reach";
import { settingsWith } from "../exposure/exposed";

function policies(settings: Settings): Policy[] {
  return policyObjects(settings).map(({ spec }) => ({ namespace: settings.namespace.name, spec }) as Policy);
}

function pod(settings: Settings, kind: Own): End {
  const own =
    kind === "acme-solver"
      ? { "acme.cert-manager.io/http01-solver": "true" }
      : labels(settings.stack, workloadOf(settings, kind));
  return { namespace: settings.namespace.name, labels: own };
}

const dns: End = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
/** Of AWS, ECS and EKS, Alibaba, Volcengine, Azure, Oracle, Scaleway, Tencent, OpenStack, Google, Akamai. */
const metadata = [
  "100.96.0.96",
  ...["169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192"],
  ...["169.254.42.42", "169.254.0.23", "fe80::a9fe:a9fe", "fd00:ec2::254", "fd00:ec2::23", "fd00:ec2::253"],
  ...["fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "fd00:a9fe:a9fe::1", "fd00:100::100:200"],
];
/** Some of them beside those of a cloud's metadata. */
const privateAddresses = [
  ...["10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.201", "192.0.0.191", "240.0.0.1", "fd12::1"],
  ...["fd00:ec1::254", "fd00:c1::a9fe:a9ff", "fd00:42::43", "fd00:a9fe:a9fe::2", "fd00:100::100:201"],
];
const publicAddresses = ["198.51.100.7", "2001:db8::7"];

describe("NetworkPolicies", () => {
  const settings = settingsWith(fencedSettings);
  const all = policies(settings);
  const ends: Record<string, { from: End; reaches: readonly string[] }> = {
    ...Object.fromEntries(
      Object.entries(callers).map(([about, { namespace = settings.namespace.name, labels, reaches }]) => [
        about,
        { from: { namespace, labels }, reaches },
      ]),
    ),
    "a kubo": { from: pod(settings, "ipfs"), reaches: peers.ipfs },
    "an ipfs-cluster": { from: pod(settings, "cluster"), reaches: peers.cluster },
    "an address outside": { from: { address: "198.51.100.7" }, reaches: [] },
    "an address of the network": { from: { address: "10.1.2.3" }, reaches: [] },
  };

  for (const [about, { from, reaches }] of Object.entries(ends)) {
    const what = reaches.join(", ") || "nothing";
    it(`let ${about} through to ${what}, and nothing else`, () => {
      const open = targets.filter(({ role, port }) => lets(all, from, pod(settings, role), port.number));
      assert.deepEqual(open.map(({ name }) => name).sort(), [...reaches].sort());
    });
  }

  it("of peers in one pod keep its RPC from everybody, and open what else they open", () => {
    const colocated = settingsWith({ ...fencedSettings, topology: "colocated" });
    const rendered = policies(colocated);
    const both = { from: pod(colocated, "ipfs"), reaches: [...peers.ipfs, ...peers.cluster] };
    for (const [about, { from, reaches }] of Object.entries({ ...ends, "a kubo": both, "an ipfs-cluster": both })) {
      const open = targets.filter(({ role, port }) => lets(rendered, from, pod(colocated, role), port.number));
      const expected = reaches.filter((target) => target !== "ipfs 5001");
      assert.deepEqual(open.map(({ name }) => name).sort(), expected.sort(), about);
    }
  });

  it("let pods ask for names, by UDP and TCP, and NodeLocal DNSCache too", () => {
    for (const kind of ["ipfs", "cluster"] as const) {
      for (const protocol of ["UDP", "TCP"]) {
        assert.ok(lets(all, pod(settings, kind), dns, 53, protocol));
        assert.ok(lets(all, pod(settings, kind), { address: "169.254.20.10" }, 53, protocol));
      }
      assert.ok(!lets(all, pod(settings, kind), { ...dns, labels: { "k8s-app": "metrics-server" } }, 53));
      assert.ok(!lets(all, pod(settings, kind), dns, 9153));
    }
  });

  /** Where DNS may be looked for beside the usual places. */
  const servers = {
    "pods of another namespace": { namespace: "openshift-dns", labels: { dns: "default", other: "label" } },
    "another pod of that namespace": { namespace: "openshift-dns", labels: { dns: "other" } },
    "any pod of another": { namespace: "resolvers", labels: { any: "pod" } },
    "a Service": { address: "10.96.0.10" },
    "the Service beside it": { address: "10.96.0.11" },
    "a cloud's metadata": { address: "169.254.169.254" },
    "a server of IPv6": { address: "fd00:ec2::253" },
  } satisfies Record<string, End>;
  const dnsSettings: readonly [
    about: string,
    dns: unknown[],
    answers: Partial<Record<keyof typeof servers, number>>,
  ][] = [
    [
      "pods by their labels and port",
      [{ namespace: "openshift-dns", pods: { dns: "default" }, port: 5353 }],
      { "pods of another namespace": 5353 },
    ],
    ["all pods of a namespace", [{ namespace: "resolvers" }], { "any pod of another": 53 }],
    ["a Service's address", [{ ranges: ["10.96.0.10/32"] }], { "a Service": 53 }],
    [
      "addresses of both families",
      [{ ranges: ["169.254.169.254/32", "fd00:ec2::253/128"] }],
      { "a cloud's metadata": 53, "a server of IPv6": 53 },
    ],
    [
      "several",
      [
        { namespace: "resolvers", port: 5353 },
        { ranges: ["10.96.0.10/31"], port: 1053 },
      ],
      { "any pod of another": 5353, "a Service": 1053, "the Service beside it": 1053 },
    ],
  ];
  for (const [about, list, answers] of dnsSettings) {
    it(`let every pod ask ${about} for names, and nobody else but the usual`, () => {
      const asking = settingsWith({ network: "public", networkPolicies: { dns: list } });
      const rendered = policies(asking);
      for (const kind of ["ipfs", "cluster", "gateway", "top-up"] as const) {
        const from = pod(asking, kind);
        const ports = [53, 80, 443, 988, 1053, 5353, 8080];
        for (const [name, server] of Object.entries(servers)) {
          for (const protocol of ["UDP", "TCP"]) {
            const open = ports.filter((port) => lets(rendered, from, server, port, protocol));
            const answer = answers[name as keyof typeof servers];
            assert.deepEqual(open, answer ? [answer] : [], `${kind} to ${name} by ${protocol}`);
          }
        }
        for (const usual of [dns, { address: "169.254.20.10" }])
          assert.ok(lets(rendered, from, usual, 53, "UDP"), kind);
      }
    });
  }

  it("of a private network let nothing out to anywhere", () => {
    for (const kind of ["ipfs", "cluster"] as const) {
      for (const address of [...publicAddresses, ...privateAddresses, ...metadata, "169.254.20.11"]) {
        for (const port of [80, 443, 4001]) {
          assert.ok(!lets(all, pod(settings, kind), { address }, port), `${kind} to ${address}:${port}`);
        }
      }
    }
  });

  it("of a public network let kubo alone out to the internet, and never to a machine's metadata", () => {
    for (const privateRanges of ["closed", "open"] as const) {
      const open = settingsWith({ network: "public", networkPolicies: { privateRanges } });
      const rendered = policies(open);
      const out = (kind: Own, address: string) =>
        ["TCP", "UDP"].filter((protocol) => lets(rendered, pod(open, kind), { address }, 4321, protocol)).length === 2;
      for (const address of publicAddresses) assert.ok(out("ipfs", address), address);
      for (const address of privateAddresses) assert.equal(out("ipfs", address), privateRanges === "open", address);
      for (const address of metadata) assert.ok(!out("ipfs", address), address);
      for (const kind of ["cluster", "gateway"] as const) {
        for (const address of [...publicAddresses, ...privateAddresses]) assert.ok(!out(kind, address), kind);
      }
    }
  });

  it("let gateway pods fetch from the stack's peers and nobody dial them", () => {
    const open = settingsWith({ network: "public" });
    const rendered = policies(open);
    assert.ok(lets(rendered, pod(open, "gateway"), pod(open, "ipfs"), 4001));
    assert.ok(!lets(rendered, pod(open, "gateway"), pod(open, "ipfs"), 5001));
    assert.ok(!lets(rendered, pod(open, "gateway"), pod(open, "cluster"), 9094));
    assert.ok(!lets(rendered, pod(open, "ipfs"), pod(open, "gateway"), 8080));
  });

  const ways: readonly [about: string, raw: Record<string, unknown>, from: End, target: Own, port: number][] = [
    [
      "node ports, from anywhere",
      { exposure: { rest: { way: "nodePort", insecure: true } } },
      { address: "203.0.113.9" },
      "cluster",
      9094,
    ],
    [
      "a load balancer, by IPv6 too",
      { exposure: { gateway: { way: "loadBalancer" } } },
      { address: "2001:db8::9" },
      "ipfs",
      8080,
    ],
    [
      "Envoy Gateway",
      {
        gatewayApi: { class: "envoy", implementation: "envoyGateway" },
        exposure: { pinning: { way: "gatewayApi", host: "pin.example.org" } },
      },
      { namespace: "envoy-gateway-system", labels: {} },
      "cluster",
      9097,
    ],
    [
      "another's Gateway, whose pods are beside it",
      {
        gatewayApi: { existing: { name: "shared", namespace: "edge" } },
        exposure: { gateway: { way: "gatewayApi", host: "gw.example.org" } },
      },
      { namespace: "edge", labels: {} },
      "ipfs",
      8080,
    ],
    [
      "Istio's gateway",
      { exposure: { rest: { way: "istio", host: "api.example.org" } } },
      { namespace: "istio-ingress", labels: { istio: "ingressgateway" } },
      "cluster",
      9094,
    ],
    [
      "GKE's proxies",
      {
        ingressController: { install: "existing", class: "gce" },
        exposure: { gateway: { way: "ingress", host: "gw.example.org" } },
      },
      { address: "35.191.0.1" },
      "ipfs",
      8080,
    ],
    [
      "a node port of each kubo",
      { exposure: { swarm: { way: "nodePort", basePort: 30500, addresses: ["198.51.100.1"] } } },
      { address: "203.0.113.9" },
      "ipfs",
      4001,
    ],
    [
      "a node port of each cluster peer",
      { exposure: { peer: { way: "nodePort", basePort: 30500, addresses: ["198.51.100.1"] } } },
      { address: "203.0.113.9" },
      "cluster",
      9096,
    ],
    [
      "WebSocket through the ingress controller",
      {
        network: "public",
        exposure: { swarm: { way: "clusterIP", websocket: { way: "ingress", host: "ws.example.org" } } },
      },
      { namespace: "ingress-nginx", labels: {} },
      "ipfs",
      8081,
    ],
    [
      "ACME's challenges",
      {
        tls: { issuer: { kind: "letsEncrypt", email: "ops@example.org" } },
        exposure: { gateway: { way: "ingress", host: "gw.example.org" } },
      },
      { namespace: "ingress-nginx", labels: {} },
      "acme-solver",
      8089,
    ],
  ];
  for (const [about, raw, from, target, port] of ways) {
    it(`let in who comes by ${about}, and don't without that setting`, () => {
      const open = settingsWith(raw);
      assert.ok(lets(policies(open), from, pod(open, target), port));
      const { exposure: _, ...unexposed } = raw;
      const shut = settingsWith(unexposed);
      if (target !== "acme-solver") assert.ok(!lets(policies(shut), from, pod(shut, target), port));
    });
  }

  it("shut whatever pods the stack may have beside its workloads", () => {
    const job: End = { namespace: settings.namespace.name, labels: labels(settings.stack) };
    assert.ok(!lets(all, job, dns, 53, "UDP"));
    for (const { from } of Object.values(ends)) assert.ok(!lets(all, from, job, 80));
  });

  it("leave pods alone that are not the stack's", () => {
    const stranger: End = { namespace: settings.namespace.name, labels: { app: "other" } };
    assert.ok(lets(all, { address: "198.51.100.7" }, stranger, 80));
    assert.ok(lets(all, stranger, { address: "198.51.100.7" }, 80));
  });

  it("of another stack in the same namespace open nothing to this one", () => {
    const neighbour: End = { namespace: settings.namespace.name, labels: labels("neighbour", "cluster") };
    for (const { role, port } of targets) assert.ok(!lets(all, neighbour, pod(settings, role), port.number));
  });

  it("say for each port which it is, but where the public network is meant", () => {
    const open = settingsWith({ ...fencedSettings, network: "public" });
    for (const { name, ports } of flows(open)) {
      assert.equal(ports === undefined, name === "public network", name);
      assert.notEqual(ports?.length, 0, name);
    }
  });
});
