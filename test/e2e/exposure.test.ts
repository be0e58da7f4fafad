import assert from "node:assert/strict";
import { connect } from "node:net";
import { type Api, Hosted, large } from "./support/hosted";
import { HostKubo } from "./support/hostKubo";
import { bytes, digest, Outside } from "./support/outside";

const basePort = 30400;
/** A path that each API serves. */
const served: Readonly<Record<Api, string>> = { gateway: "/ipfs/bafkqaaa", rest: "/id", pinning: "/pins" };
const apis = Object.keys(served) as Api[];

/** A private stack behind an ingress controller that was there before, with node ports for its peers. */
describe("a stack behind an ingress controller", function () {
  this.timeout(300_000);
  let hosted: Hosted;
  let outside: Outside;
  let kubo: HostKubo;

  before(async () => {
    hosted = await Hosted.up("ingress", ({ ingressClass, nodeAddress, host, controllerNamespace }) => ({
      ingressController: { install: "existing", class: ingressClass, namespace: controllerNamespace },
      exposure: {
        gateway: { way: "ingress", host: host("gateway"), subdomains: true },
        rest: { way: "ingress", host: host("rest") },
        pinning: { way: "ingress", host: host("pinning") },
        swarm: { way: "nodePort", basePort, addresses: [nodeAddress] },
      },
    }));
    ({ outside } = hosted);
    const { swarmKey } = JSON.parse(await hosted.stack.identity());
    const { caCertificate } = await hosted.stack.outputs();
    const names = Object.fromEntries(apis.map((api) => [hosted.place.host(api), outside.address]));
    kubo = await HostKubo.start({ swarmKey, hosts: names, authority: caCertificate });
  });
  after(async () => {
    await kubo?.stop();
    await hosted?.destroy();
  });

  describe("uploads and downloads", () => {
    it("of hundreds of MiB come back as they were, and the controller keeps nothing of them", async () => {
      await hosted.passesThrough(large);
    });

    it("are ranges of a file where a range is asked for", async () => {
      const whole = Buffer.concat([...bytes(3, "ranges")]);
      const cid = await hosted.add(3, "ranges");
      const [from, to] = [1_000_000, 1_500_000];
      const answer = await outside.ask(hosted.origin(cid), { headers: { range: `bytes=${from}-${to}` } });
      assert.equal(answer.status, 206);
      assert.equal(answer.headers["content-range"], `bytes ${from}-${to}/${whole.length}`);
      assert.ok(answer.body.equals(whole.subarray(from, to + 1)));
    });
  });

  describe("its hosts", () => {
    it("ask for the credentials that the APIs ask for", async () => {
      const wrong = { authorization: `Basic ${Buffer.from("admin:wrong").toString("base64")}` };
      for (const api of ["rest", "pinning"] as const) {
        const ask = async (headers = {}) => (await outside.ask(hosted.url(api, served[api]), { headers })).status;
        assert.deepEqual([await ask(), await ask(wrong), await ask(hosted.right)], [401, 401, 200], api);
      }
    });

    it("serve no path but the APIs' own", async () => {
      for (const api of apis) {
        for (const path of ["/api/v0/id", "/api/v0/add", "/debug/pprof/", "/debug/metrics/prometheus", "/webui", "/"]) {
          for (const method of ["GET", "POST"]) {
            const { status } = await outside.ask(hosted.url(api, path), { method, headers: hosted.right });
            assert.equal(status, 404, `${method} ${api} ${path}`);
          }
        }
      }
    });

    it("send http to https", async () => {
      for (const api of apis) {
        const { status, headers } = await outside.ask(`http://${hosted.place.host(api)}${served[api]}`);
        assert.ok(status === 301 || status === 308, `${api}: ${status}`);
        assert.equal(headers.location, hosted.url(api, served[api]));
      }
    });

    it("have certificates that nobody trusts without the stack's authority", async () => {
      const stranger = new Outside(outside.address, "");
      await assert.rejects(stranger.ask(hosted.url("rest", "/health")), /certificate/);
    });
  });

  describe("its gateway's subdomains", () => {
    it("are an origin for each CID, to which its host sends", async () => {
      const [one, other] = [await hosted.add(1, "one"), await hosted.add(1, "other")];
      const sent = await outside.ask(hosted.url("gateway", `/ipfs/${one}`));
      assert.equal(sent.status, 301);
      assert.equal(sent.headers.location, hosted.origin(one));
      assert.deepEqual(await hosted.read(hosted.origin(one)), await digest(bytes(1, "one")));
      const strange = await outside.ask(`${hosted.origin(one)}ipfs/${other}`);
      assert.notEqual(strange.status, 200, "one origin serves the content of another");
    });

    it("have no API", async () => {
      const cid = await hosted.add(1, "one");
      for (const method of ["GET", "POST"]) {
        const { status } = await outside.ask(`${hosted.origin(cid)}api/v0/id`, { method });
        assert.ok(status === 404 || status === 405, `${method}: ${status}`);
      }
    });
  });

  describe("what is for administrators", () => {
    it("is reached at no address from outside", async () => {
      const { nodeAddress } = hosted.place;
      await opens(outside.address, 443);
      await opens(nodeAddress, basePort);
      for (const address of [outside.address, nodeAddress]) {
        for (const port of [5001, 9095, 8888]) {
          await assert.rejects(opens(address, port), `${address}:${port} is open`);
        }
      }
    });
  });

  describe("its peers", () => {
    it("are dialled by a kubo elsewhere at the addresses that the stack names, and are who they should be", async () => {
      const { peers } = await hosted.stack.outputs();
      const [{ ipfsOutside }, { ipfsId }] = peers;
      // Before it knows where the second is.
      const impostor = kubo.ipfs("swarm", "connect", ipfsOutside[0].replace(/\/p2p\/.*/, `/p2p/${ipfsId}`));
      await assert.rejects(impostor, /peer id mismatch/, "one peer passes for another");
      for (const [ordinal, { ipfsOutside, ipfsId }] of peers.entries()) {
        const port = basePort + ordinal;
        assert.deepEqual(ipfsOutside, [`/ip4/${hosted.place.nodeAddress}/tcp/${port}/p2p/${ipfsId}`]);
        assert.match(await kubo.ipfs("swarm", "connect", ipfsOutside[0]), /success/);
      }
    });

    it("give that kubo what they have", async () => {
      const content = "for a peer elsewhere";
      const cid = await (await hosted.stack.peers()).add(0, content);
      const [{ ipfsOutside }] = (await hosted.stack.outputs()).peers;
      await kubo.ipfs("swarm", "connect", ipfsOutside[0]);
      assert.equal(await kubo.ipfs("cat", cid), content);
    });
  });

  describe("its pinning service", () => {
    it("is one for a kubo elsewhere, by a token", async () => {
      const answer = await outside.ask(hosted.url("pinning", "/token"), { method: "POST", headers: hosted.right });
      const { token } = JSON.parse(answer.body.toString());
      await kubo.ipfs("pin", "remote", "service", "add", "stack", hosted.url("pinning", ""), token);
      assert.match(await kubo.ipfs("pin", "remote", "service", "ls", "--stat"), /^stack .* \d+\/\d+\/\d+\/\d+/);
      const cid = await (await hosted.stack.peers()).add(0, "by name");
      await kubo.ipfs("pin", "remote", "add", "--service=stack", "--name=from-outside", cid);
      const listed = await kubo.ipfs("pin", "remote", "ls", "--service=stack", "--name=from-outside");
      assert.ok(listed.startsWith(cid), listed);
    });
  });
});

function opens(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: 3000 });
    const end = (settle: () => void) => () => {
      socket.destroy();
      settle();
    };
    const shut = end(() => reject(new Error(`${address}:${port} is shut`)));
    socket.once("connect", end(resolve)).once("error", shut).once("timeout", shut);
  });
}
