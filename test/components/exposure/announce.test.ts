import assert from "node:assert/strict";
import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { peerAddresses, swarmAddresses } from "../../../components/exposure/announce";
import { resolveSettings } from "../../../components/settings";

type Raw = Record<string, unknown>;

const nothing = { tcp: [], udp: [] };
const settingsOf = (raw: Raw) => resolveSettings({ environment: "dev", ...raw }, { stack: "test" });
const swarm = (way: Raw, raw: Raw = {}, ordinal = 0, given: { tcp: string[]; udp: string[] } = nothing) =>
  swarmAddresses(settingsOf({ ...raw, exposure: { swarm: way } }), ordinal, given);
const quicOf = (host: string, port: number) =>
  ["quic-v1", "quic-v1/webtransport", "webrtc-direct"].map((transport) => `${host}/udp/${port}/${transport}`);

const oneNode = { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] };
const balanced = { way: "loadBalancer", provider: "metallb" };
const websocket = { way: "ingress", host: "ws.example.org" };
const tls = { issuer: { kind: "generated" } };

describe("addresses of kubo peers outside", () => {
  it("are none where nothing leads in", () => {
    assert.deepEqual(swarm({ way: "clusterIP" }), []);
    assert.deepEqual(swarmAddresses(settingsOf({}), 0, { tcp: ["192.0.2.1"], udp: [] }), []);
  });

  it("are each peer's own node port, at the one address or at its own", () => {
    assert.deepEqual(swarm(oneNode, {}, 2), ["/ip4/192.0.2.1/tcp/30402"]);
    const own = { ...oneNode, addresses: ["192.0.2.1", "2001:db8::2", "three.example.org"] };
    assert.deepEqual(swarm(own, {}, 0), ["/ip4/192.0.2.1/tcp/30400"]);
    assert.deepEqual(swarm(own, {}, 1), ["/ip6/2001:db8::2/tcp/30401"]);
    assert.deepEqual(swarm(own, {}, 2), ["/dns/three.example.org/tcp/30402"]);
  });

  it("are those of every transport on the public network, and TCP alone on a private one", () => {
    assert.deepEqual(swarm(oneNode, { network: "public" }), [
      "/ip4/192.0.2.1/tcp/30400",
      ...quicOf("/ip4/192.0.2.1", 30400),
    ]);
    assert.deepEqual(swarm(balanced, {}, 0, { tcp: ["192.0.2.1"], udp: ["192.0.2.1"] }), ["/ip4/192.0.2.1/tcp/4001"]);
  });

  it("are what the load balancers have, each protocol where its own is", () => {
    const given = { tcp: ["192.0.2.1", "2001:db8::1"], udp: ["udp.example.org"] };
    assert.deepEqual(swarm(balanced, { network: "public" }, 1, given), [
      "/ip4/192.0.2.1/tcp/4001",
      "/ip6/2001:db8::1/tcp/4001",
      ...quicOf("/dns/udp.example.org", 4001),
    ]);
  });

  it("are what the settings name rather than what load balancers have", () => {
    const named = { ...balanced, addresses: ["one.example.org", "two.example.org", "three.example.org"] };
    assert.deepEqual(swarm(named, {}, 1, { tcp: ["10.0.0.1"], udp: [] }), ["/dns/two.example.org/tcp/4001"]);
  });

  it("are listeners of the Gateway", () => {
    const way = { way: "gatewayApi", basePort: 4100, addresses: ["gw.example.org"] };
    const raw = { gatewayApi: { class: "envoy" }, network: "public" };
    assert.deepEqual(swarm(way, raw, 2), ["/dns/gw.example.org/tcp/4102", ...quicOf("/dns/gw.example.org", 4102)]);
  });

  it("are the peer's own host for WebSocket, beside the others", () => {
    const raw = { network: "public", tls };
    assert.deepEqual(swarm({ way: "clusterIP", websocket }, raw, 1), ["/dns/ipfs-1.ws.example.org/tcp/443/tls/ws"]);
    assert.equal(swarm({ ...oneNode, websocket }, raw, 1).length, 5);
  });

  it("are known before a peer runs where the settings name them, and only there", () => {
    assert.equal(swarm(oneNode, {}, 3).length, 1);
    assert.deepEqual(swarm({ ...oneNode, addresses: ["192.0.2.1", "192.0.2.2", "192.0.2.3"] }, {}, 3), []);
    assert.deepEqual(swarm({ way: "loadBalancer", provider: "none" }, {}, 3), []);
  });

  it("are multiaddresses, no two peers' the same, whatever the settings", () => {
    const address = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    const way = fc.oneof(
      fc.record({
        way: fc.constant("nodePort"),
        basePort: fc.integer({ min: 30000, max: 32000 }),
        addresses: fc.uniqueArray(address, { minLength: 5, maxLength: 5 }),
      }),
      fc.record({
        way: fc.constant("loadBalancer"),
        provider: fc.constantFrom("gke", "azure", "metallb", "none"),
        split: fc.boolean(),
        addresses: fc.uniqueArray(address, { minLength: 5, maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(
        way,
        fc.constantFrom("private", "public"),
        fc.integer({ min: 1, max: 5 }),
        (way, network, replicas) => {
          // A private network has nothing to split.
          const swarm = "split" in way && network === "private" ? { ...way, split: false } : way;
          const settings = settingsOf({ network, replicas, replication: "everywhere", exposure: { swarm } });
          const all = [0, 1, 2, 3, 4].flatMap((ordinal) => swarmAddresses(settings, ordinal, nothing));
          assert.equal(all.length, 5 * (network === "public" ? 4 : 1));
          assert.equal(new Set(all).size, all.length);
          for (const each of all) assert.doesNotThrow(() => multiaddr(each), each);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("addresses of cluster peers outside", () => {
  const peer = (way: Raw, ordinal: number, tcp: string[] = []) =>
    peerAddresses(settingsOf({ network: "public", exposure: { peer: way } }), ordinal, { tcp, udp: [] });

  it("are of TCP alone, at node ports or load balancers", () => {
    assert.deepEqual(peer({ way: "clusterIP" }, 0), []);
    assert.deepEqual(peer({ ...oneNode, basePort: 30500 }, 1), ["/ip4/192.0.2.1/tcp/30501"]);
    assert.deepEqual(peer(balanced, 1, ["lb.example.org"]), ["/dns/lb.example.org/tcp/9096"]);
    assert.deepEqual(peer(balanced, 3, ["lb.example.org"]), []);
  });
});
