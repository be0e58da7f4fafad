import assert from "node:assert/strict";
import { Hosted, large } from "./support/hosted";
import { HostKubo } from "./support/hostKubo";
import { bytes } from "./support/outside";

const basePort = 4001;

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** By Traefik, which watches TCPRoutes as v1alpha2 and no UDPRoutes: a private network needs none. */
describe("a stack behind a Gateway of its own", function () {
  this.timeout(300_000);
  let hosted: Hosted;

  before(async () => {
    hosted = await Hosted.up("gatewayapi", ({ gatewayClass, address, host, controllerNamespace }) => ({
      gatewayApi: { class: gatewayClass, namespace: controllerNamespace, routeVersion: "v1alpha2" },
      exposure: {
        gateway: { way: "gatewayApi", host: host("gateway"), subdomains: true },
        rest: { way: "gatewayApi", host: host("rest") },
        pinning: { way: "gatewayApi", host: host("pinning") },
        swarm: { way: "gatewayApi", basePort, addresses: [address] },
      },
    }));
  });
  after(() => hosted?.destroy());

  it("has a Gateway with an address, and nothing at it that is not accepted", async () => {
    const get = async (...what: string[]) => JSON.parse(await hosted.stack.kubectl("get", ...what, "-o", "json"));
    const isTrue = (conditions: Condition[], type: string) =>
      conditions.some((each) => each.type === type && each.status === "True");
    const { spec, status } = await get("gateway", "gateway");
    assert.deepEqual(
      status.addresses.map(({ value }: { value: string }) => value),
      [hosted.place.address],
    );
    assert.equal(status.listeners.length, spec.listeners.length);
    for (const { name, conditions } of status.listeners) assert.ok(isTrue(conditions, "Programmed"), name);
    for (const kind of ["httproutes", "tcproutes.v1alpha2.gateway.networking.k8s.io"]) {
      const { items } = await get(kind);
      assert.ok(items.length > 0, kind);
      for (const { metadata, status } of items) {
        assert.ok(status?.parents?.length > 0, `nobody has looked at ${kind} ${metadata.name}`);
        for (const { conditions } of status.parents) {
          assert.ok(isTrue(conditions, "Accepted") && isTrue(conditions, "ResolvedRefs"), `${kind} ${metadata.name}`);
        }
      }
    }
  });

  it("gives hundreds of MiB back as they were, and the controller keeps nothing of them", async () => {
    await hosted.passesThrough(large);
  });

  it("asks for credentials, serves the APIs' own paths, and sends http to https", async () => {
    const { outside, right } = hosted;
    for (const [api, path] of [
      ["rest", "/id"],
      ["pinning", "/pins"],
    ] as const) {
      assert.equal((await outside.ask(hosted.url(api, path))).status, 401, api);
      assert.equal((await outside.ask(hosted.url(api, path), { headers: right })).status, 200, api);
    }
    for (const api of ["gateway", "rest", "pinning"] as const) {
      const rpc = await outside.ask(hosted.url(api, "/api/v0/id"), { method: "POST", headers: right });
      assert.equal(rpc.status, 404, api);
      const { status, headers } = await outside.ask(`http://${hosted.place.host(api)}/any`);
      assert.equal(status, 301);
      assert.equal(headers.location?.replace(":443", ""), hosted.url(api, "/any"));
    }
  });

  it("serves ranges, and each CID as an origin of its own", async () => {
    const cid = await hosted.add(1, "origin");
    const sent = await hosted.outside.ask(hosted.url("gateway", `/ipfs/${cid}`));
    assert.equal(sent.headers.location, hosted.origin(cid));
    const range = await hosted.outside.ask(hosted.origin(cid), { headers: { range: "bytes=10-19" } });
    assert.equal(range.status, 206);
    assert.ok(range.body.equals(Buffer.concat([...bytes(1, "origin")]).subarray(10, 20)));
  });

  it("leads a kubo elsewhere to each peer by TCPRoute", async () => {
    const { swarmKey } = JSON.parse(await hosted.stack.identity());
    const kubo = await HostKubo.start({ swarmKey });
    try {
      for (const [ordinal, { ipfsOutside, ipfsId }] of (await hosted.stack.outputs()).peers.entries()) {
        assert.deepEqual(ipfsOutside, [`/ip4/${hosted.place.address}/tcp/${basePort + ordinal}/p2p/${ipfsId}`]);
        assert.match(await kubo.ipfs("swarm", "connect", ipfsOutside[0]), /success/);
      }
    } finally {
      await kubo.stop();
    }
  });
});
