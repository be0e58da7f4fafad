import assert from "node:assert/strict";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { connect } from "node:net";
import { type NodeStatus, status } from "../../local";
import { waitFor } from "../../local/waitFor";
import { added, type Traces, traces } from "../support/machine";
import { TestNode, webServer } from "../support/node";

const node = new TestNode("test-lb");
const neighbour = new TestNode("test-lb-b");
const web = { app: "web" };
const system = "kube-system";
const http = { name: "http", port: 80, targetPort: 8080 };
const sharing = { "metallb.io/allow-shared-ip": "both" };

describe("load balancers of the embedded cluster", function () {
  this.timeout(300_000);
  let traceless: Traces;
  let running: NodeStatus;

  before(async () => {
    for (const one of [node, neighbour]) await one.destroy();
    traceless = await traces([node, neighbour]);
    running = await node.up();
    await node.apply(...webServer("web"));
    await node.addressOf("web");
    await node.shell("web", "echo here > /data/file");
  });
  after(async () => {
    for (const one of [node, neighbour]) await one.destroy();
  });

  it("have an address of the node's range each, which the host reaches", async () => {
    await node.apply(service("plain"), service("classed", { loadBalancerClass: "ipfs-cluster-local/addresses" }));
    const [plain, classed] = [await addressOf("plain"), await addressOf("classed")];
    const prefix = (running.loadBalancerRange ?? "").replace(/0\/24$/, "");
    for (const address of [plain, classed]) {
      assert.ok(address.startsWith(prefix), `${address} is not of ${running.loadBalancerRange}`);
      await answers(address);
    }
    assert.notEqual(plain, classed);
  });

  it("are not what Services of another class, or of another type, become", async () => {
    await node.apply(service("foreign", { loadBalancerClass: "example.com/other" }), service("later"));
    await addressOf("later");
    assert.equal(await statusOf("foreign"), "");
    await node.kubectl(["patch", "service", "later", "-p", '{"spec":{"type":"ClusterIP"}}']);
    await waitFor("its address to go", 10, async () => (await statusOf("later")) === "");
    await node.kubectl(["delete", "service", "foreign", "later"]);
  });

  it("lead to their own ports and to nothing else of the node", async () => {
    const address = await addressOf("plain");
    await assert.rejects(opens(address, 81));
    for (const port of [6443, 10250]) {
      await opens(running.address ?? "", port);
      await assert.rejects(opens(address, port), `port ${port} of the node is open at ${address}`);
    }
  });

  it("let in only whom the Service names", async () => {
    const host = (running.address ?? "").replace(/\d+$/, "1/32");
    await node.apply(service("fenced", { loadBalancerSourceRanges: [host] }));
    const fenced = await addressOf("fenced");
    await answers(fenced);
    await node.apply(service("fenced", { loadBalancerSourceRanges: ["192.0.2.0/24"] }));
    await waitFor("the host to be shut out", 10, () =>
      opens(fenced, 80).then(
        () => false,
        () => true,
      ),
    );
    await node.kubectl(["delete", "service", "fenced"]);
  });

  it("share an address, TCP and UDP, if both say so", async () => {
    const dns = (name: string, protocol: "TCP" | "UDP", annotations = {}) =>
      service(name, { selector: { "k8s-app": "kube-dns" }, ports: [{ port: 53, protocol }] }, annotations, system);
    await node.apply(dns("udp", "UDP", sharing), dns("tcp", "TCP", sharing));
    const shared = await addressOf("udp", system);
    assert.equal(await addressOf("tcp", system), shared);
    await node.apply(dns("stranger", "TCP"), dns("rival", "TCP", sharing));
    for (const name of ["stranger", "rival"]) assert.notEqual(await addressOf(name, system), shared, name);
    await waitFor("DNS to answer", 10, () => opens(shared, 53).then(() => true));
    const resolver = new Resolver({ timeout: 2000, tries: 3 });
    resolver.setServers([shared]);
    assert.deepEqual(await resolver.resolve4("kubernetes.default.svc.cluster.local"), ["10.43.0.1"]);
    await node.kubectl(["delete", "-n", system, "service", "udp", "tcp", "stranger", "rival"]);
  });

  it("have the address that they ask for, or say why not", async () => {
    const wanted = (running.loadBalancerRange ?? "").replace(/0\/24$/, "77");
    const asking = { "metallb.io/loadBalancerIPs": wanted };
    await node.apply(service("first", {}, asking));
    assert.equal(await addressOf("first"), wanted);
    await node.apply(
      service("second", {}, asking),
      service("outside", {}, { "metallb.io/loadBalancerIPs": "192.0.2.1" }),
    );
    await warned("second", `${wanted} belongs to Service default/first`);
    await warned("outside", `192.0.2.1 is no address of ${running.loadBalancerRange}`);
    assert.equal(await statusOf("second"), "");
    await node.kubectl(["delete", "service", "first"]);
    assert.equal(await addressOf("second"), wanted);
    await node.kubectl(["delete", "service", "second", "outside"]);
  });

  it("are reached from another node", async () => {
    await neighbour.up();
    await neighbour.apply(...webServer("web"));
    await neighbour.addressOf("web");
    const url = `http://${await addressOf("plain")}/file`;
    assert.equal(await neighbour.shell("web", `wget -q -O - ${url}`), "here");
    await neighbour.destroy();
  });

  it("keep their addresses when the node comes back, and nobody else's", async () => {
    await node.apply(service("younger"));
    const kept = await addressOf("younger");
    const freed = await addressOf("plain");
    await node.kubectl(["delete", "service", "plain"]);
    await node.down();
    await node.up();
    await node.apply(service("newcomer"));
    assert.equal(await addressOf("newcomer"), freed);
    assert.equal(await addressOf("younger"), kept);
    await answers(kept, 60);
  });

  it("leave nothing behind when the node is down", async () => {
    const range = running.loadBalancerRange ?? "";
    assert.ok((await traces([node])).routes.some((route) => route.includes(range)));
    await node.down();
    await neighbour.destroy();
    assert.equal((await status(node.name)).state, "stopped");
    const left = () => traces([node, neighbour]).then((found) => added(traceless, found));
    await waitFor("the kernel to have cleaned up", 30, async () => Object.keys(await left()).length === 0);
  });
});

function service(name: string, spec: object = {}, annotations = {}, namespace = "default"): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, annotations },
    spec: { type: "LoadBalancer", selector: web, ports: [http], ...spec },
  };
}

function statusOf(name: string, namespace = "default"): Promise<string> {
  const address = "jsonpath={.status.loadBalancer.ingress[*].ip}";
  return node.kubectl(["get", "-n", namespace, "service", name, "-o", address]);
}

function addressOf(name: string, namespace = "default"): Promise<string> {
  return waitFor(`Service ${name} to have an address`, 20, async () => (await statusOf(name, namespace)) || undefined);
}

async function warned(name: string, message: string): Promise<void> {
  const events = ["get", "events", "--field-selector", `involvedObject.kind=Service,involvedObject.name=${name}`];
  await waitFor(`Service ${name} to be told: ${message}`, 20, async () =>
    (await node.kubectl([...events, "-o", "jsonpath={.items[*].message}"])).includes(message),
  );
}

/** Waits until the web server answers there: kube-proxy takes a moment to learn of an address. */
async function answers(address: string, seconds = 10): Promise<void> {
  const get = async () => (await fetch(`http://${address}/file`, { signal: AbortSignal.timeout(5000) })).text();
  await waitFor(`the web server to answer at ${address}`, seconds, async () => (await get()) === "here\n");
}

async function opens(address: string, port: number): Promise<void> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(3000) });
  } finally {
    socket.destroy();
  }
}
