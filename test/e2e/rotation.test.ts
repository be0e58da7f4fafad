import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkout } from "../../local/paths";
import type { Peers } from "../../local/peers";
import { addFiles, allPinned, type Content, readable, samePinset } from "./support/content";
import { describeOn, everything, node, settingsOf, settled, theNode, topologies } from "./support/shared";
import { Stack } from "./support/stack";

/** In the short run only the credentials; the others restart everything once more (`npm run test:e2e -- --all`). */
const ordinals = everything ? [0, 1, 2] : [0, 1];

interface Credentials {
  readonly username: string;
  readonly password: string;
}

describeOn(topologies, "rotation", function (topology) {
  this.timeout(600_000);
  let stack: Stack;
  let peers: Peers;
  let content: Content;
  let secrets: Record<string, unknown> = {};

  before(async () => {
    await theNode();
    stack = await Stack.init(`rotate-${topology}`, node);
    await rotate({});
    content = await addFiles(peers, 4);
  });
  after(() => stack.drop());

  /** Brings the stack up with further changes to `secrets`. */
  async function rotate(changes: Record<string, unknown>): Promise<void> {
    secrets = { ...secrets, ...changes };
    await stack.configure({ ...settingsOf[topology], replicas: ordinals.length, identities: 3, secrets });
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
  }

  async function intact(): Promise<void> {
    await samePinset(peers, content.pinset);
    await allPinned(peers, content.pinset.keys());
    for (const peer of ordinals) await readable(peers, peer, content.files);
    // And it goes on.
    const more = await addFiles(peers, 1);
    content = { files: new Map([...content.files, ...more.files]), pinset: more.pinset };
  }

  it("of the REST credentials refuses nobody who has the old ones or the new ones", async () => {
    const old = await shown();
    const client = new Client(stack, old);
    await rotate({ restCredentials: { generation: 2, keepPrevious: true } });
    const now = await shown();
    assert.notEqual(now.username, old.username);
    assert.notEqual(now.password, old.password);
    await client.stop();
    for (const each of [old, now]) assert.deepEqual(await statuses(each), [200]);

    const another = new Client(stack, now);
    await rotate({ restCredentials: { generation: 2 } });
    await another.stop();
    assert.deepEqual(await statuses(old), [401]);
    assert.deepEqual(await statuses(now), [200]);
    await intact();
  });

  it("of cluster secret and swarm key replaces all pods at once, and keeps every pin", async function () {
    if (!everything) return this.skip();
    const before = await starts();
    const credentials = await shown();
    const client = new Client(stack, credentials, { mayBeAway: true });
    await rotate({ clusterSecret: { generation: 2 }, swarmKey: { generation: 2 } });
    await client.stop();
    console.log(`      ${(client.longestSilence / 1000).toFixed(1)} s without an answer of the REST API`);
    const after = await starts();
    for (const program of topology === "paired" ? ["ipfs", "cluster"] : ["peer"]) {
      const [earlier, later] = [before, after].map((times) => times.filter(([pod]) => pod.startsWith(program)));
      const seconds = later.map(([, time]) => time / 1000);
      assert.equal(later.length, 3);
      assert.ok(Math.max(...seconds) - Math.min(...seconds) <= 2, `${program} started at ${seconds}`);
      assert.ok(Math.min(...seconds) > Math.max(...earlier.map(([, time]) => time / 1000)));
    }
    await intact();
  });

  it("of a peer's identities leaves no pin with an id that is no more", async function () {
    if (!everything) return this.skip();
    const before = (await stack.outputs()).peers;
    await rotate({
      identities: { kubo: { peers: { 1: { generation: 2 } } }, cluster: { peers: { 1: { generation: 2 } } } },
    });
    const after = (await stack.outputs()).peers;
    const [old, now] = [before[1].clusterId, after[1].clusterId];
    assert.notEqual(now, old);
    assert.notEqual(after[1].ipfsId, before[1].ipfsId);
    assert.deepEqual([after[0], after[2]], [before[0], before[2]]);
    await samePinset(peers, content.pinset);
    const left = [...content.pinset].filter(([, ids]) => ids.includes(old));
    assert.ok(left.length > 0);
    for (const peer of ordinals) await readable(peers, peer, content.files);

    const asked = await ranges();
    const ctl = (await stack.outputs()).commands.ctl.replace(/peers ls$/, '"$@"');
    await stack.shell(`ctl() { ${ctl}; }\nold=${old}; new=${now}\n${documentedMove()}`);
    assert.deepEqual(await ranges(), asked);
    const moved = [...content.pinset].map(([cid, ids]): [string, string[]] => [
      cid,
      ids.map((id) => (id === old ? now : id)),
    ]);
    content = { ...content, pinset: new Map(moved) };
    await intact();
    await nobodyAt(old);
  });

  /** Min and max of every pin, as its owner asked for it. */
  async function ranges(): Promise<string[]> {
    const lines = (await (await peers.rest(0, "/allocations?filter=all")).text()).split("\n").filter(Boolean);
    const pins = lines.map((line) => JSON.parse(line));
    return pins
      .map((pin) => `${pin.cid} ${pin.replication_factor_min} ${pin.replication_factor_max} ${pin.name}`)
      .sort();
  }

  async function nobodyAt(id: string): Promise<void> {
    for (const ids of (await peers.pinset(1)).values()) assert.ok(!ids.includes(id));
  }

  async function shown(): Promise<Credentials> {
    const { data } = JSON.parse(await stack.kubectl("get", "secret", "cluster-credentials", "-o", "json"));
    const text = (key: string) => Buffer.from(data[key], "base64").toString();
    return { username: text("username"), password: text("password") };
  }

  /** The different statuses with which the peers answer. */
  async function statuses(credentials: Credentials): Promise<number[]> {
    return [...new Set(await Promise.all(ordinals.map((peer) => ask(stack, peers.pod("cluster", peer), credentials))))];
  }

  /** When each pod's object was made, in milliseconds. */
  async function starts(): Promise<[string, number][]> {
    const { items } = JSON.parse(
      await stack.kubectl("get", "pods", "-l", "app.kubernetes.io/part-of=ipfs-cluster", "-o", "json"),
    );
    return (items as { metadata: { name: string; creationTimestamp: string } }[]).map(({ metadata }) => [
      metadata.name,
      Date.parse(metadata.creationTimestamp),
    ]);
  }
});

/** The status with which a pod's REST API answers. */
async function ask(stack: Stack, pod: string, { username, password }: Credentials): Promise<number> {
  const { status } = JSON.parse(await stack.kubectl("get", "pod", pod, "-o", "json"));
  return request(status.podIP, username, password);
}

async function request(address: string, username: string, password: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const signal = AbortSignal.timeout(5_000);
  const response = await fetch(`http://${address}:9094/id`, { headers: { authorization }, signal });
  await response.arrayBuffer();
  return response.status;
}

/** A client that asks whichever peer is ready, all the time, and must be refused by none of them. */
class Client {
  private readonly asking: Promise<void>;
  private stopped = false;
  private answers = 0;
  /** The longest time between two answers, in milliseconds. */
  longestSilence = 0;

  constructor(
    private readonly stack: Stack,
    private readonly credentials: Credentials,
    private readonly options: { readonly mayBeAway?: boolean } = {},
  ) {
    this.asking = this.ask();
  }

  /** Fails the test where a request was refused. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.asking;
    assert.ok(this.answers > 10, `only ${this.answers} answers`);
  }

  private async ask(): Promise<void> {
    let last = Date.now();
    while (!this.stopped) {
      const answered = await this.round();
      const now = Date.now();
      if (answered) {
        this.longestSilence = Math.max(this.longestSilence, now - last);
        last = now;
      } else if (!this.options.mayBeAway) {
        assert.ok(now - last < 10_000, "nobody has answered for 10 s");
      }
      await sleep(100);
    }
  }

  /** Asks every pod that Kubernetes would send a client to; says whether one answered. */
  private async round(): Promise<boolean> {
    const { username, password } = this.credentials;
    const { subsets = [] } = JSON.parse(await this.stack.kubectl("get", "endpoints", "rest", "-o", "json"));
    const addresses = (subsets as { addresses?: { ip: string }[] }[]).flatMap(({ addresses = [] }) => addresses);
    const answers = await Promise.allSettled(addresses.map(({ ip }) => request(ip, username, password)));
    for (const answer of answers) {
      // One that is just going away, or not yet known to be gone, says nothing.
      if (answer.status === "rejected") continue;
      this.answers++;
      assert.equal(answer.value, 200, "a request was refused");
    }
    return answers.some(({ status }) => status === "fulfilled");
  }
}

/** The commands in docs/secrets.md that give the pins of an old id to a new one. */
function documentedMove(): string {
  const page = readFileSync(join(checkout, "docs", "secrets.md"), "utf8");
  const commands = /^ {4}old=.*\n((?:.*\n)*? {4}done\n)/m.exec(page)?.[1];
  assert.ok(commands);
  return commands;
}
