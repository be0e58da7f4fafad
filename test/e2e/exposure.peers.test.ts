import assert from "node:assert/strict";
import { status } from "../../local";
import type { Peers } from "../../local/peers";
import { HostKubo } from "./support/hostKubo";
import { node, settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

/** A stack on the public network, of which it meets nobody here, with a load balancer for each peer: TCP and UDP share its address. */
describe("a public stack with load balancers for its peers", function () {
  this.timeout(300_000);
  let stack: Stack;
  let peers: Peers;

  before(async () => {
    await theNode();
    stack = await Stack.init("balanced", node);
    await stack.configure({
      ...settings,
      replicas: 2,
      replication: { min: 1, max: 2 },
      network: "public",
      exposure: { swarm: { way: "loadBalancer", provider: "metallb", split: true } },
    });
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
  });
  after(async () => {
    await stack?.pulumi("destroy", "--yes");
    await stack?.remove();
  });

  it("has an address of its own for each peer, of the node's range", async () => {
    const { loadBalancerRange = "" } = await status(node);
    const addresses = (await stack.outputs()).peers.map(({ ipfsOutside }) => [...new Set(ipfsOutside.map(host))]);
    for (const own of addresses) {
      assert.equal(own.length, 1, `one peer has the addresses ${own}`);
      assert.ok(own[0].startsWith(loadBalancerRange.replace(/0\/24$/, "")), `${own[0]} is not of ${loadBalancerRange}`);
    }
    assert.notDeepEqual(addresses[0], addresses[1]);
  });

  for (const [transport, pattern] of [
    ["TCP", /\/tcp\/4001$/],
    ["QUIC", /\/udp\/4001\/quic-v1$/],
  ] as const) {
    it(`is dialled over ${transport} by a kubo elsewhere, and each peer is who it should be`, async () => {
      // It has met none of them, so it knows no other address.
      const kubo = await HostKubo.start({});
      try {
        for (const { ipfsId, ipfsOutside } of (await stack.outputs()).peers) {
          const address = ipfsOutside.find((each) => pattern.test(each.replace(`/p2p/${ipfsId}`, "")));
          assert.ok(address, `the stack names none of ${transport}: ${ipfsOutside.join(" ")}`);
          assert.match(await kubo.ipfs("swarm", "connect", address), /success/);
          const { Peers: connected } = JSON.parse(await kubo.ipfs("swarm", "peers", "--enc=json"));
          const found = (connected as { Addr: string; Peer: string }[]).find(({ Peer }) => Peer === ipfsId);
          assert.equal(`${found?.Addr}/p2p/${ipfsId}`, address);
        }
      } finally {
        await kubo.stop();
      }
    });
  }

  it("announces no peer at the address of another", async () => {
    const own = (await stack.outputs()).peers.map(({ ipfsOutside }) => host(ipfsOutside[0]));
    for (const ordinal of own.keys()) {
      const { Addresses: announced } = (await (await peers.rpc(ordinal, "id")).json()) as { Addresses: string[] };
      for (const [other, address] of own.entries()) {
        assert.equal(announced.map(host).includes(address), other === ordinal, `ipfs-${ordinal} and ${address}`);
      }
    }
  });
});

/** The IP address in a multiaddress. */
function host(multiaddress: string): string {
  return multiaddress.split("/")[2];
}
