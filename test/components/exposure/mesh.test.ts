import assert from "node:assert/strict";
import { meshObjects } from "../../../components/exposure/mesh";
import { clusterPorts, kuboPorts, meshPodMetadata } from "../../../components/network";
import { selectorLabels, type Workload } from "../../../components/platform";
import { hosts, settingsWith } from "./exposed";

const istio = {
  mesh: true,
  public: { selector: { istio: "web" } },
  client: { serviceAccount: "admin", namespace: "edge" },
};
const exposure = {
  gateway: { way: "istio", host: hosts.gateway },
  rest: { way: "istio", host: hosts.rest },
  pinning: { way: "istio", host: hosts.pinning },
};
const meshed = { istio, exposure };

const sa = (namespace: string, name: string) => `cluster.local/ns/${namespace}/sa/${name}`;
const people = {
  stranger: undefined,
  publicGateway: sa("istio-ingress", "web-service-account"),
  clientGateway: sa("edge", "admin"),
  ownKubo: sa("ipfs-test", "ipfs"),
  ownCluster: sa("ipfs-test", "cluster"),
  ownPeer: sa("ipfs-test", "peer"),
  ownTopUp: sa("ipfs-test", "top-up"),
  ownNamespace: sa("ipfs-test", "app"),
  otherNamespace: sa("ipfs-testing", "ipfs"),
} as const;
type Person = keyof typeof people;

interface Policy {
  readonly selector: { readonly matchLabels: object };
  readonly action: string;
  readonly rules: readonly {
    readonly from?: readonly { readonly source: { readonly principals?: string[]; readonly namespaces?: string[] } }[];
    readonly to: readonly { readonly operation: Record<string, string[]> }[];
  }[];
}
interface Encryption {
  readonly selector: { readonly matchLabels: object };
  readonly mtls: { readonly mode: string };
  readonly portLevelMtls?: Readonly<Record<string, { readonly mode: string }>>;
}

/** Who gets through to a port, as Istio decides: who comes without mTLS is nobody to it, and STRICT refuses them before any rule. */
function callersOf(raw: object, workload: Workload, port: number): Person[] {
  const settings = settingsWith({ ...raw });
  const objects = meshObjects(settings);
  const spec = (kind: string) => {
    const found = objects.filter((object) => object.kind === kind && object.metadata.name === workload);
    assert.equal(found.length, 1, `${kind} ${workload}`);
    return found[0].spec as unknown;
  };
  const [policy, encryption] = [spec("AuthorizationPolicy") as Policy, spec("PeerAuthentication") as Encryption];
  for (const { selector } of [policy, encryption]) {
    assert.deepEqual(selector.matchLabels, selectorLabels(settings, workload));
  }
  assert.equal(policy.action, "ALLOW");
  const mode = encryption.portLevelMtls?.[port]?.mode ?? encryption.mtls.mode;
  return (Object.keys(people) as Person[]).filter((person) => {
    const who = people[person];
    if (who === undefined && mode === "STRICT") return false;
    return policy.rules.some(
      ({ from, to }) =>
        to.some(({ operation }) => operation.ports.includes(String(port))) &&
        (from?.some(
          ({ source }) =>
            who !== undefined &&
            (source.principals?.includes(who) || source.namespaces?.some((ns) => who.includes(`/ns/${ns}/`))),
        ) ??
          true),
    );
  });
}

const everyone = Object.keys(people) as Person[];

describe("the mesh's policies", () => {
  const cases: readonly [about: string, workload: Workload, port: number, callers: Person[], raw?: object][] = [
    ["swarm", "ipfs", 4001, everyone],
    ["RPC", "ipfs", 5001, ["ownCluster"]],
    ["gateway", "ipfs", 8080, ["publicGateway"]],
    ["WebSocket port while there is none", "ipfs", 8081, []],
    ["cluster's swarm", "cluster", 9096, everyone],
    ["REST API", "cluster", 9094, ["clientGateway", "ownKubo", "ownTopUp"]],
    ["pinning API", "cluster", 9097, ["clientGateway"]],
    ["pinning API that is off", "cluster", 9097, [], { cluster: { pinningService: false }, exposure: {} }],
    ["metrics", "cluster", 8888, []],
    [
      "metrics with a monitoring",
      "cluster",
      8888,
      ["otherNamespace"],
      { networkPolicies: { monitoring: [{ namespace: "ipfs-testing" }] } },
    ],
    ["proxy that is off", "cluster", 9095, []],
    [
      "proxy",
      "cluster",
      9095,
      ["otherNamespace"],
      { cluster: { proxy: true }, networkPolicies: { admins: [{ namespace: "ipfs-testing" }] } },
    ],
    ["gateway of pods of its own", "gateway", 8080, ["publicGateway"], { network: "public" }],
    ["peers' gateway beside those", "ipfs", 8080, [], { network: "public" }],
    [
      "REST API by another way",
      "cluster",
      9094,
      everyone,
      { exposure: { rest: { way: "ingress", host: hosts.rest } } },
    ],
    ["swarm of peers in one pod", "peer", 4001, everyone, { topology: "colocated" }],
    ["cluster's swarm of peers in one pod", "peer", 9096, everyone, { topology: "colocated" }],
    ["RPC of peers in one pod", "peer", 5001, [], { topology: "colocated" }],
    ["REST API of peers in one pod", "peer", 9094, ["clientGateway", "ownPeer", "ownTopUp"], { topology: "colocated" }],
    ["gateway of peers in one pod", "peer", 8080, ["publicGateway"], { topology: "colocated" }],
    ["gateway inside the cluster alone", "ipfs", 8080, [], { exposure: {} }],
    [
      "WebSocket port through the public gateway",
      "ipfs",
      8081,
      ["publicGateway"],
      {
        network: "public",
        exposure: { swarm: { way: "clusterIP", websocket: { way: "istio", host: "ws.example.org" } } },
      },
    ],
  ];
  for (const [about, workload, port, callers, raw] of cases) {
    it(`let ${callers.length === everyone.length ? "anyone" : callers.join(", ") || "nobody"} use the ${about}`, () => {
      assert.deepEqual(callersOf({ ...meshed, ...raw }, workload, port), callers);
    });
  }

  it("say who by what Istio knows on any port, never by HTTP or tokens", () => {
    const text = JSON.stringify(meshObjects(settingsWith({ ...meshed, cluster: { proxy: true } })));
    assert.doesNotMatch(text, /requestPrincipals|"(methods|paths|hosts)"/);
  });

  it("speak of every port of the pods, or shut it knowingly", () => {
    const admins = [{ namespace: "ipfs-testing" }];
    const known = { ipfs: Object.values(kuboPorts), cluster: Object.values(clusterPorts) };
    const all = {
      ...meshed,
      network: "public",
      gateway: { content: "open" },
      cluster: { proxy: true },
      networkPolicies: { admins },
    };
    for (const [workload, ports] of Object.entries(known)) {
      const shut = ports.filter(({ number }) => callersOf(all, workload as Workload, number).length === 0);
      assert.deepEqual(
        shut.map(({ name }) => name),
        workload === "ipfs" ? ["swarm-ws"] : ["metrics"],
      );
    }
  });

  it("are not made outside a mesh", () => {
    assert.deepEqual(meshObjects(settingsWith({ exposure })), []);
  });
});

describe("pods in a mesh", () => {
  it("have a sidecar, which leaves libp2p to itself", () => {
    assert.deepEqual(meshPodMetadata(settingsWith({ ...meshed })), {
      labels: { "sidecar.istio.io/inject": "true" },
      annotations: {
        "traffic.sidecar.istio.io/excludeInboundPorts": "4001,9096",
        "traffic.sidecar.istio.io/excludeOutboundPorts": "4001,9096",
      },
    });
  });

  it("that they are not to be part of are kept out of it, ambient or not", () => {
    assert.deepEqual(meshPodMetadata(settingsWith({})), {
      labels: { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" },
      annotations: {},
    });
  });
});
