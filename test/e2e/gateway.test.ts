import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { kuboImage } from "../../components/settings";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned } from "./support/content";
import { settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

const stranger = "stranger";

describe("the gateway of a stack on the public network", function () {
  this.timeout(600_000);
  const publicStack = {
    ...settings,
    network: "public",
    // The stranger is a pod, of a private address.
    networkPolicies: { ...settings.networkPolicies, privateRanges: "open" },
    replicas: 2,
    identities: 2,
    replication: { min: 1, max: 1 },
    gateway: { replicas: 2, retrievalTimeout: "3s", concurrentRequests: 4 },
  };
  let stack: Stack;
  let peers: Peers;

  before(async () => {
    await theNode();
    stack = await Stack.init("gateway", "e2e");
    await stack.configure(publicStack);
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
  });
  after(async () => {
    await stack.shell(`kubectl delete namespace ${stranger} --ignore-not-found --wait=false`);
    await stack.drop();
  });

  it("serves through each of its pods what any peer holds", async () => {
    const files = new Map<string, Buffer>();
    for (const { clusterId } of (await stack.outputs()).peers) {
      const bytes = randomBytes(300_000);
      files.set(await addTo(clusterId, bytes), bytes);
    }
    await allPinned(peers, files.keys());
    const allocations = [...files.keys()].map(async (cid) => (await peers.pinset(0)).get(cid));
    assert.equal(
      new Set((await Promise.all(allocations)).flat()).size,
      2,
      "each peer holds one that the other does not",
    );
    const addresses = await gatewayAddresses();
    assert.equal(addresses.length, 2);
    for (const address of addresses) {
      for (const [cid, bytes] of files) {
        await waitFor(`gateway ${address} to serve ${cid}`, 30, async () => (await get(address, cid)).status === 200);
        assert.ok(Buffer.from(await (await get(address, cid)).arrayBuffer()).equals(bytes));
      }
    }
  });

  it("fetches nothing from others, though the peers themselves are connected to them and can", async () => {
    const cid = await startStranger();
    for (const address of await gatewayAddresses()) assert.equal((await get(address, cid)).status, 504);
    for (const peer of [0, 1]) await assert.rejects(peers.gateway(peer, cid), /answered [45]\d\d/, `ipfs-${peer}`);
    assert.equal((await peers.cat(0, cid)).toString(), "strange\n", "so it could have been fetched");
  });

  it("has no RPC, and nobody can dial it", async () => {
    const dialled = (await gatewayAddresses()).flatMap((address) => [`${address}:5001`, `${address}:4001`]);
    await Promise.all(
      dialled.map((place) => assert.rejects(fetch(`http://${place}/`, { signal: AbortSignal.timeout(5000) }), place)),
    );
  });

  it("answers what Kubernetes asks of it while it refuses others, as it has as many requests as it takes", async () => {
    const [address] = await gatewayAddresses();
    const probed = "{.items[0].spec.containers[0]['livenessProbe','readinessProbe','startupProbe'].httpGet.path}";
    const paths = await stack.kubectl(
      "get",
      "pods",
      "-l",
      "app.kubernetes.io/name=gateway",
      "-o",
      `jsonpath=${probed}`,
    );
    assert.equal(paths.split(" ").length, 3);
    const nowhere = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    const refused = async () => (await get(address, "bafkqaaa")).status === 429;
    /** What the probes are answered; undefined if it took others before or after them. */
    const answered = async () => {
      const waiting = [1, 2, 3, 4].map(() => get(address, nowhere));
      await sleep(500);
      const before = await refused();
      const probes = paths.split(" ").map((path) => fetch(`http://${address}:8080${path}`, timed()));
      const statuses = (await Promise.all(probes)).map(({ status }) => status);
      const after = await refused();
      await Promise.all(waiting);
      return before && after ? statuses : undefined;
    };
    assert.deepEqual(await waitFor("it to have as many as it takes", 30, answered), [200, 200, 200]);
  });

  it("gives out raw blocks and CAR files only, where it is trustless", async () => {
    await stack.configure({ ...publicStack, gateway: { ...publicStack.gateway, content: "trustless" } });
    await stack.up();
    await settled(stack);
    const [[cid]] = (await addFiles(peers, 1)).files;
    for (const address of await gatewayAddresses()) {
      await waitFor(`gateway ${address} to serve ${cid}`, 30, async () => (await raw(address, cid)).status === 200);
      assert.equal((await get(address, cid)).status, 406);
    }
  });

  const get = (address: string, cid: string) => fetch(`http://${address}:8080/ipfs/${cid}`, timed());
  const raw = (address: string, cid: string) => fetch(`http://${address}:8080/ipfs/${cid}?format=raw`, timed());
  const timed = () => ({ signal: AbortSignal.timeout(20_000) });

  /** Adds a file to one peer of the caller's choice. */
  async function addTo(clusterId: string, bytes: Buffer): Promise<string> {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(bytes)]), "file");
    const query = `stream-channels=false&user-allocations=${clusterId}`;
    const response = await peers.rest(0, `/add?${query}`, { method: "POST", body: form });
    return ((await response.json()) as { cid: string }[])[0].cid;
  }

  async function gatewayAddresses(): Promise<string[]> {
    const selector = "app.kubernetes.io/name=gateway";
    const text = await stack.kubectl(
      "get",
      "pods",
      "-l",
      selector,
      "--field-selector=status.phase=Running",
      "-o",
      "json",
    );
    const { items } = JSON.parse(text) as {
      items: { metadata: { deletionTimestamp?: string }; status: { podIP: string } }[];
    };
    return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ status }) => status.podIP);
  }

  /** A kubo of somebody else's, with a file, to which every peer of the stack connects. Returns the file's CID. */
  async function startStranger(): Promise<string> {
    const offline = [
      "ipfs config --json AutoConf.Enabled false",
      "ipfs config --json Bootstrap []",
      "ipfs config --json DNS.Resolvers {}",
      "ipfs config --json Ipns.DelegatedPublishers []",
      `ipfs config --json Routing '{"Type":"none","DelegatedRouters":[]}'`,
    ].join(" && ");
    const command = `ipfs init >/dev/null && ${offline} && exec ipfs daemon`;
    await stack.shell(`kubectl create namespace ${stranger}`);
    await stack.shell(
      `kubectl -n ${stranger} run kubo --image=${kuboImage} --image-pull-policy=Never --env=IPFS_PATH=/tmp/ipfs --env=HOME=/tmp --command -- sh -c '${command.replaceAll("'", `'\\''`)}'`,
    );
    const run = (line: string) => stack.shell(`kubectl -n ${stranger} exec kubo -- sh -c '${line}'`);
    await waitFor("the stranger to run", 60, async () => (await run("ipfs swarm addrs local")).includes("/tcp/4001"));
    const { ID: id } = JSON.parse(await run("ipfs id"));
    const cid = (await run("echo strange | ipfs add -Q")).trim();
    const address = await stack.shell(`kubectl -n ${stranger} get pod kubo -o jsonpath={.status.podIP}`);
    for (const peer of [0, 1]) await peers.rpc(peer, `swarm/connect?arg=/ip4/${address}/tcp/4001/p2p/${id}`);
    return cid;
  }
});
