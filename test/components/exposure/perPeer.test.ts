import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type PerPeerWays, perPeerWaysIn } from "../../../components/exposure/perPeer";
import { type PerPeerUse, perPeerServices } from "../../../components/exposure/perPeerServices";
import { resolveSettings, type Settings } from "../../../components/settings";

type Raw = Record<string, unknown>;

const settingsOf = (exposure: Raw, raw: Raw = {}): Settings =>
  resolveSettings({ environment: "dev", ...raw, exposure }, { stack: "test" });

const nodePort = { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] };
const reserved = { addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] };
const balanced = (more: Raw = {}) => ({ way: "loadBalancer", provider: "metallb", ...more });

interface Spec {
  readonly ports: readonly { name: string; port: number; targetPort: string; protocol: string; nodePort?: number }[];
  readonly [key: string]: unknown;
}

/** What is rendered for one peer, with its ports told apart. */
function services(exposure: Raw, raw: Raw = {}, use: PerPeerUse = "swarm", ordinal = 0) {
  return perPeerServices(settingsOf(exposure, raw), use, ordinal).map(({ spec, ...service }) => {
    const { ports, ...rest } = spec as unknown as Spec;
    return { ...service, spec: rest, ports: ports.map((each) => `${each.nodePort ?? each.port}/${each.protocol}`) };
  });
}

describe("Services for each peer", () => {
  it("are none where nothing leads to it by itself", () => {
    for (const exposure of [{}, { swarm: { way: "gatewayApi", basePort: 4100, addresses: ["192.0.2.1"] } }]) {
      for (const use of ["swarm", "peer"] as const) {
        assert.deepEqual(services(exposure, { gatewayApi: { class: "any" } }, use), []);
      }
    }
  });

  it("lead to its pod and no other, ready or not", () => {
    for (const way of [nodePort, balanced({ split: true, ...reserved })]) {
      const found = services({ swarm: way }, { network: "public" }, "swarm", 2);
      assert.equal(found.length, way.way === "nodePort" ? 1 : 2);
      for (const { role, spec } of found) {
        assert.equal(role, "ipfs");
        assert.equal(spec.publishNotReadyAddresses, true);
        assert.deepEqual(spec.selector, {
          "app.kubernetes.io/name": "ipfs",
          "app.kubernetes.io/instance": "test",
          "statefulset.kubernetes.io/pod-name": "ipfs-2",
        });
      }
    }
    const [peer] = services({ peer: { ...nodePort, basePort: 30500 } }, {}, "peer", 1);
    assert.equal(peer.name, "cluster-1-peer");
    assert.equal((peer.spec.selector as Raw)["statefulset.kubernetes.io/pod-name"], "cluster-1");
  });

  it("have one number for TCP and UDP, and UDP on the public network only", () => {
    const ports = (way: Raw, network: string) => services({ swarm: way }, { network }, "swarm", 1)[0].ports;
    assert.deepEqual(ports(nodePort, "private"), ["30401/TCP"]);
    assert.deepEqual(ports(nodePort, "public"), ["30401/TCP", "30401/UDP"]);
    assert.deepEqual(ports(balanced(), "private"), ["4001/TCP"]);
    assert.deepEqual(ports(balanced(), "public"), ["4001/TCP", "4001/UDP"]);
    const [peer] = services({ peer: balanced() }, { network: "public" }, "peer");
    assert.deepEqual(peer.ports, ["9096/TCP"]);
  });

  it("lead to ports of the pods by name", () => {
    const [{ spec }] = perPeerServices(settingsOf({ swarm: nodePort }, { network: "public" }), "swarm", 0);
    const { ports } = spec as unknown as Spec;
    assert.deepEqual(
      ports.map(({ targetPort }) => targetPort),
      ["swarm", "swarm-udp"],
    );
  });

  it("are two where TCP and UDP can't be in one, at one address", () => {
    const split = balanced({ split: true, ...reserved });
    const found = services({ swarm: split }, { network: "public" }, "swarm", 1);
    assert.deepEqual(
      found.map(({ name, ports }) => [name, ...ports]),
      [
        ["ipfs-1-swarm", "4001/TCP"],
        ["ipfs-1-swarm-udp", "4001/UDP"],
      ],
    );
    for (const { annotations } of found) {
      assert.equal(annotations["metallb.io/allow-shared-ip"], "ipfs-1-swarm");
      assert.equal(annotations["metallb.io/loadBalancerIPs"], "192.0.2.2");
    }
    const gke = { swarm: balanced({ provider: "gke", ...reserved }) };
    assert.equal(services(gke, { network: "public" }).length, 2);
    assert.equal(services(gke).length, 1);
  });

  it("ask AWS for a listener of both protocols where there are both", () => {
    const aws = (network: string) => services({ swarm: balanced({ provider: "aws" }) }, { network })[0].annotations;
    const listener = "service.beta.kubernetes.io/aws-load-balancer-enable-tcp-udp-listener";
    assert.equal(aws("public")[listener], "true");
    assert.equal(aws("private")[listener], undefined);
  });

  it("let in whom the settings say", () => {
    const ranges = (more: Raw) => services({ swarm: balanced(more) })[0].spec.loadBalancerSourceRanges;
    assert.deepEqual(ranges({ allowFrom: ["192.0.2.0/24"] }), ["192.0.2.0/24"]);
    assert.equal(ranges({}), undefined);
  });

  it("keep clients' addresses at load balancers; at node ports any node answers for a pod on another", () => {
    const policy = (way: Raw) => services({ swarm: way })[0].spec.externalTrafficPolicy;
    assert.equal(policy(balanced()), "Local");
    assert.equal(policy({ ...nodePort, ...reserved }), "Cluster");
    assert.equal(policy(nodePort), "Cluster");
  });

  it("are waited for where they are given an address, and only there", () => {
    const skipped = (way: Raw) => services({ swarm: way })[0].annotations["pulumi.com/skipAwait"];
    assert.equal(skipped(nodePort), "true");
    assert.equal(skipped(balanced()), undefined);
  });
});

/** Runs the ways in of a stack at a provider that gives each load balancer a name made of its own. */
async function deployed(
  exposure: Raw,
  raw: Raw = {},
): Promise<{ ways: Record<keyof PerPeerWays, string[][]>; made: Made[] }> {
  const made: Made[] = [];
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    const ingress = inputs.spec?.type === "LoadBalancer" ? [{ hostname: `${name}.example.org` }] : undefined;
    return { id: name, state: { ...inputs, status: { loadBalancer: { ingress } } } };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "ipfs-cluster", "test", false);
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const type = request.getType();
    if (type.startsWith("kubernetes:")) {
      made.push({ type, name: request.getName(), timeout: request.getCustomtimeouts()?.getCreate() ?? "" });
    }
    register(request, callback);
  };
  const parent = new pulumi.ComponentResource("test:index:Parent", "parent");
  const args = { namespace: "ipfs", settings: settingsOf(exposure, raw), after: [] };
  const { swarm, peer } = perPeerWaysIn("test", args, parent);
  const ways = { swarm: await Promise.all(swarm.map(settled)), peer: await Promise.all(peer.map(settled)) };
  await pulumi.runtime.disconnect();
  return { ways, made };
}

interface Made {
  readonly type: string;
  readonly name: string;
  readonly timeout: string;
}

interface Monitor {
  registerResource(
    request: { getType(): string; getName(): string; getCustomtimeouts(): { getCreate(): string } | undefined },
    callback: unknown,
  ): void;
}

const settled = <T>(output: pulumi.Output<T>): Promise<T> =>
  (output as pulumi.Output<T> & { promise(): Promise<T> }).promise();

describe("ways in to each peer", () => {
  it("tell where each peer's load balancers are, each protocol's where they are two", async () => {
    const { ways } = await deployed({ swarm: balanced(), peer: balanced() });
    for (const ordinal of [0, 1, 2]) {
      assert.deepEqual(ways.swarm[ordinal], [`/dns/test-ipfs-${ordinal}-swarm.example.org/tcp/4001`]);
      assert.deepEqual(ways.peer[ordinal], [`/dns/test-cluster-${ordinal}-peer.example.org/tcp/9096`]);
    }
    const mixed = await deployed({ swarm: balanced() }, { network: "public" });
    assert.deepEqual(mixed.ways.swarm[1].slice(0, 2), [
      "/dns/test-ipfs-1-swarm.example.org/tcp/4001",
      "/dns/test-ipfs-1-swarm.example.org/udp/4001/quic-v1",
    ]);
    const split = await deployed({ swarm: balanced({ split: true }) }, { network: "public" });
    assert.deepEqual(split.ways.swarm[1].slice(0, 2), [
      "/dns/test-ipfs-1-swarm.example.org/tcp/4001",
      "/dns/test-ipfs-1-swarm-udp.example.org/udp/4001/quic-v1",
    ]);
  });

  it("fail within minutes where nobody gives load balancers addresses", async () => {
    const { made } = await deployed({ swarm: balanced() });
    assert.deepEqual(
      made.map(({ name, timeout }) => [name, timeout]),
      [0, 1, 2].map((ordinal) => [`test-ipfs-${ordinal}-swarm`, "5m"]),
    );
  });

  it("are known before anything is made where the settings say where", async () => {
    const { ways } = await deployed({ swarm: nodePort });
    assert.deepEqual(
      ways.swarm.flat(),
      Array.from({ length: 10 }, (_, ordinal) => `/ip4/192.0.2.1/tcp/${30400 + ordinal}`),
    );
    assert.deepEqual(ways.peer, [[], [], []]);
  });

  it("through shared proxies are routes and Ingresses", async () => {
    const listeners = { way: "gatewayApi", basePort: 4100, addresses: ["192.0.2.1"] };
    const websocket = { way: "ingress", host: "ws.example.org" };
    const raw = { network: "public", gatewayApi: { class: "any" }, tls: { issuer: { kind: "generated" } } };
    const { made } = await deployed({ swarm: { ...listeners, websocket } }, raw);
    const kinds = made.map(({ type }) => type.slice(type.lastIndexOf(":") + 1)).sort();
    assert.deepEqual(kinds, ["Ingress", ...Array(3).fill("TCPRoute"), ...Array(3).fill("UDPRoute")]);
  });
});
