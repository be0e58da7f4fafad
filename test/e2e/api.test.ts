import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { credentials } from "./support/hosted";
import { settled, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

type Method = "GET" | "POST" | "DELETE";

/** Every call of the REST API that the documentation names; those in braces are of a CID that is pinned. */
const restCalls: readonly (readonly [Method, string])[] = [
  ["GET", "/id"],
  ["GET", "/version"],
  ["GET", "/peers"],
  ["GET", "/health/graph"],
  ["GET", "/health/alerts"],
  ["GET", "/monitor/metrics/freespace"],
  ["GET", "/pins"],
  ["GET", "/pins/{cid}"],
  ["GET", "/allocations"],
  ["GET", "/allocations/{cid}"],
  ["POST", "/pins/{cid}"],
  ["POST", "/pins/{cid}/recover"],
  ["POST", "/token"],
  ["DELETE", "/pins/{cid}"],
];

const rpcCommands = [
  "id",
  "version",
  "repo/stat",
  "config/show",
  "config?arg=Gateway.NoFetch",
  "swarm/peers",
  "swarm/addrs/local",
  "add",
  "cat?arg={cid}",
  "get?arg={cid}",
  "ls?arg={cid}",
  "pin/add?arg={cid}",
  "pin/ls",
  "pin/rm?arg={cid}",
];

describe("the APIs", function () {
  this.timeout(180_000);
  let stack: Stack;
  let peers: Peers;
  let right: string;
  before(async () => {
    stack = await theStack();
    await settled(stack);
    peers = await stack.peers();
    right = await credentials(stack);
  });

  const wrong = `Basic ${Buffer.from("admin:wrong").toString("base64")}`;
  const forged = "Bearer eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhZG1pbiJ9.AAAA";

  const request = async (pod: string, port: number, url: string, method: string, authorization?: string) => {
    const headers = authorization ? { authorization } : undefined;
    const address = `http://${await peers.address(pod)}:${port}${url}`;
    const response = await fetch(address, { method, headers, signal: AbortSignal.timeout(30_000) });
    await response.arrayBuffer();
    return response.status;
  };

  it("do what docs/api.md says, command by command", async () => {
    const text = await readFile(path.join(__dirname, "../../docs/api.md"), "utf8");
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    assert.ok(blocks.length >= 10, `${blocks.length} blocks`);
    const directory = await mkdtemp(path.join(tmpdir(), "api-"));
    try {
      // Pulumi looks for its project where it is called; the files that the commands make stay out of the checkout.
      const pulumi = `pulumi() { command pulumi --cwd ${path.join(__dirname, "../..")} --stack ${stack.name} "$@"; }`;
      const trap = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT";
      const script = `set -eu -o pipefail; set -m; ${trap}; cd ${directory}\n${pulumi}\n${blocks.join("\n")}`;
      await writeFile(path.join(directory, "script"), script);
      const printed = await stack.shell(
        `cd ${directory}; bash script > printed 2>&1 || { tail -c 1000 printed >&2; exit 1; }; cat printed`,
      );
      assert.match(printed, /hello/);
      assert.match(printed, /ipfscluster_pins /);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("are all in docs/api.md", async () => {
    const text = await readFile(path.join(__dirname, "../../docs/api.md"), "utf8");
    const documented = (base: string, url: string) =>
      text.includes(`"$${base}${url.replace("{cid}", "$CID")}`) ||
      text.includes(`"$${base}${url.replace("{cid}", "$OWN")}`) ||
      text.includes(`"$${base}${url.replace("{cid}", "$SITE")}`);
    for (const [, url] of restCalls) assert.ok(documented("API", url), url);
    for (const command of rpcCommands) assert.ok(documented("RPC", `/${command}`), command);
  });

  describe("REST", () => {
    let cid: string;
    before(async () => {
      cid = await peers.add(0, "for the contract");
    });

    it("refuses every call without credentials or with wrong ones, and takes it with the right ones", async () => {
      for (const [method, call] of restCalls) {
        const url = call.replace("{cid}", cid);
        const ask = (authorization?: string) => request("cluster-0", 9094, url, method, authorization);
        assert.equal(await ask(), 401, `${method} ${call} without`);
        assert.equal(await ask(wrong), 401, `${method} ${call} with wrong ones`);
        assert.equal(await ask(forged), 401, `${method} ${call} with a forged token`);
        const status = await ask(right);
        assert.ok(status >= 200 && status < 300, `${method} ${call} with the right ones: ${status}`);
      }
      const add = await request("cluster-0", 9094, "/add", "POST");
      assert.equal(add, 401);
    });

    it("says whether it is healthy to anyone, and nothing else", async () => {
      assert.equal(await request("cluster-0", 9094, "/health", "GET"), 204);
      assert.equal(await request("cluster-0", 9094, "/api/v0/id", "POST", right), 404);
    });
  });

  it("of the pinning service refuse wrong credentials too", async () => {
    for (const [method, url] of [
      ["GET", "/pins"],
      ["POST", "/pins"],
      ["GET", "/pins/x"],
      ["POST", "/token"],
    ] as const) {
      for (const authorization of [undefined, wrong, forged]) {
        assert.equal(await request("cluster-0", 9097, url, method, authorization), 401, `${method} ${url}`);
      }
    }
    assert.equal(await request("cluster-0", 9097, "/pins", "GET", right), 200);
  });

  it("of kubo want a POST", async () => {
    const cid = await peers.add(0, "for the RPC");
    for (const command of rpcCommands) {
      const url = `/api/v0/${command.replace("{cid}", cid)}`;
      assert.equal(await request("ipfs-0", 5001, url, "GET"), 405, command);
    }
  });

  it("of the pinning service are open to any kubo, by the command of the outputs", async () => {
    const { commands } = await stack.outputs();
    const cid = await peers.add(0, "pinned by name from elsewhere");
    const repository = await mkdtemp(path.join(tmpdir(), "kubo-"));
    const forward = stack.background(commands.forwardPinning);
    try {
      await forward.printed(/Forwarding from/);
      const kubo = (command: string) => stack.shell(`export IPFS_PATH=${repository} IPFS_TELEMETRY=off; ${command}`);
      await kubo("ipfs init --empty-repo");
      await kubo(commands.addRemotePinning);
      assert.match(await kubo("ipfs pin remote service ls --stat"), /shared\s+\S+\s+\d+\/\d+\/\d+\/\d+/);
      await kubo(`ipfs pin remote add --service=shared --name=elsewhere ${cid}`);
      assert.match(await kubo("ipfs pin remote ls --service=shared --name=elsewhere"), new RegExp(cid));
      assert.equal((await peers.status(1, cid)).name, "elsewhere");
      await kubo("ipfs pin remote rm --service=shared --name=elsewhere");
      await waitFor("the pin to be gone", 30, async () => !(await peers.pinset(1)).has(cid));
    } finally {
      await forward.stop();
      await rm(repository, { recursive: true, force: true });
    }
  });

  it("of the gateway have no RPC among them", async () => {
    for (const url of ["/api/v0/id", "/api/v0/cat?arg=bafkqaaa", "/debug/pprof/", "/webui"]) {
      for (const method of ["GET", "POST"]) {
        const status = await request("ipfs-0", 8080, url, method);
        assert.ok(status === 404 || status === 405, `${method} ${url}: ${status}`);
      }
    }
  });

  describe("the proxy's and kubo's", () => {
    const post = async (port: 5001 | 9095, command: string, body?: FormData) => {
      const pod = port === 5001 ? "ipfs-0" : "cluster-0";
      const url = `http://${await peers.address(pod)}:${port}/api/v0/${command}`;
      return fetch(url, { method: "POST", body, signal: AbortSignal.timeout(30_000) });
    };
    const file = (content: string, name?: string) => {
      const form = new FormData();
      if (name === undefined) form.set("file", content);
      else form.set("file", new Blob([content]), name);
      return form;
    };
    const added = async (response: Response) =>
      JSON.parse((await response.text()).trim().split("\n")[0]) as { Name: string; Hash: string };

    it("name an added file alike, and one without a name differently", async () => {
      const [kubo, proxy] = await Promise.all(
        ([5001, 9095] as const).map(async (port) => added(await post(port, "add", file("named", "a.txt")))),
      );
      assert.deepEqual([kubo.Name, proxy.Name], ["a.txt", "a.txt"]);
      assert.equal(kubo.Hash, proxy.Hash);
      const [anonymous, nameless] = await Promise.all(
        ([5001, 9095] as const).map(async (port) => added(await post(port, "add", file("nameless")))),
      );
      assert.equal(anonymous.Name, anonymous.Hash);
      assert.equal(nameless.Name, "");
      assert.equal(nameless.Hash, anonymous.Hash);
    });

    it("add is the cluster's: what the proxy adds is in the pinset, what kubo adds is not", async () => {
      const { Hash: proxied } = await added(await post(9095, "add?cid-version=1", file("by the proxy", "p")));
      const { Hash: own } = await added(await post(5001, "add?cid-version=1", file("by kubo", "k")));
      await waitFor("the proxied file in the pinset", 30, async () => (await peers.pinset(1)).has(proxied));
      assert.ok(!(await peers.pinset(0)).has(own));
    });

    it("treat only-hash differently: the proxy complains, and adds", async () => {
      const kubo = await post(5001, "add?only-hash=true", file("hashed only", "h"));
      assert.equal(kubo.status, 200);
      const proxy = await post(9095, "add?only-hash=true", file("hashed by the proxy", "h"));
      const text = await proxy.text();
      assert.match(text, /only-hash/);
      const hash = /"Hash":"([^"]+)"/.exec(text)?.[1];
      assert.ok(hash, text);
      await waitFor("the file in the pinset all the same", 30, async () => (await peers.pinset(0)).has(hash));
    });

    it("refuse to unpin what is not pinned, in other words", async () => {
      const unpinned = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
      const [kubo, proxy] = await Promise.all(
        ([5001, 9095] as const).map((port) => post(port, `pin/rm?arg=${unpinned}`)),
      );
      assert.equal(kubo.status, 500);
      assert.ok(proxy.status >= 400, String(proxy.status));
      assert.match(await kubo.text(), /not pinned/);
      assert.match(await proxy.text(), /not part of the pinset/);
    });

    it("count storage differently: the proxy adds all peers up", async () => {
      const storage = async (port: 5001 | 9095) => {
        const stat = (await (await post(port, "repo/stat")).json()) as { StorageMax: number };
        return stat.StorageMax;
      };
      assert.equal(await storage(9095), 3 * (await storage(5001)));
    });
  });
});
