import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Role } from "../../components/platform";
import type { Peers } from "../../local/peers";
import { callers, fencedSettings, peers as ownPeers, targets } from "../support/reach";
import { addFiles, allPinned } from "./support/content";
import { type Place, Prober, reachedFrom } from "./support/prober";
import { describeOn, settingsOf, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

describeOn(["paired", "colocated"], "the fence around the pods of a stack", function (topology) {
  this.timeout(300_000);
  const settings = {
    ...settingsOf[topology],
    ...fencedSettings,
    replicas: 2,
    identities: 2,
    replication: { min: 1, max: 2 },
    cluster: { ...settingsOf[topology].cluster, ...fencedSettings.cluster },
    exposure: {
      gateway: {
        ...fencedSettings.exposure.gateway,
        // No controller is there to give it an address.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
    },
  };
  const elsewhere = new Set(Object.values(callers).flatMap(({ namespace }) => namespace ?? []));
  const probers = new Map<string, Prober>();
  let stack: Stack;
  let namespace: string;
  let peers: Peers;
  let places: Place[];
  /** By caller: the places that it got through to. */
  let reached: ReadonlyMap<string, readonly string[]>;

  before(async () => {
    await theNode();
    stack = await Stack.init(`fence-${topology}`, "e2e");
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
    namespace = await stack.namespace();
    peers = await stack.peers();
    places = await Promise.all(
      targets.map(async ({ name, role, port }) => ({ name, host: await address(role, 1), port: port.number })),
    );
    await Promise.all(
      Object.entries(callers).map(async ([about, { namespace: theirs = namespace, labels }], index) => {
        probers.set(about, await Prober.start(stack, theirs, `prober-${index}`, labels));
      }),
    );
    // All at once, as each refusal takes its time.
    const tried = [...probers].map(async ([about, each]) => [about, await each.reached(places)] as const);
    reached = new Map(await Promise.all(tried));
  });
  after(async () => {
    await stack.shell(`kubectl delete namespace ${[...elsewhere].join(" ")} --ignore-not-found --wait=false`);
    await stack.drop();
  });

  /** What gets through by policy, but is not listened for. */
  const unheard = topology === "colocated" ? ["ipfs 5001"] : [];
  const address = (role: Role, peer: number) => peers.address(peers.pod(role, peer));
  const expected = (reaches: readonly string[]) => reaches.filter((name) => !unheard.includes(name)).sort();

  for (const [about, { reaches }] of Object.entries(callers)) {
    const what = expected(reaches).join(", ") || "nothing";
    it(`lets ${about} through to ${what}, and nothing else`, () => {
      assert.deepEqual([...(reached.get(about) ?? [])].sort(), expected(reaches));
    });
  }

  it("lets each peer through to what it needs of the others, and nothing else", async () => {
    const ways = Object.entries(ownPeers) as [Role, readonly string[]][];
    const tried = ways.map(([role]) => reachedFrom(stack, namespace, peers.pod(role, 0), places));
    for (const [index, got] of (await Promise.all(tried)).entries()) {
      const [role, reaches] = ways[index];
      const all = topology === "colocated" ? ways.flatMap(([, each]) => each) : reaches;
      assert.deepEqual(got.sort(), expected(all), role);
    }
  });

  it("lets nobody in from outside the Kubernetes cluster", async () => {
    const got = await Promise.all(places.map(async (place) => ((await dials(place)) ? [place.name] : [])));
    assert.deepEqual(got.flat(), []);
  });

  it("lets peers out to no other pods than those that answer DNS", async () => {
    const listening = ["a DNS server", "an outsider"];
    const others = await Promise.all(
      listening.map(async (name) => ({ name, host: (await prober(name).address()) ?? "", port: Prober.port })),
    );
    assert.deepEqual((await prober("a client that is named").reached(others)).sort(), listening);
    for (const role of ["ipfs", "cluster"] as const) {
      assert.deepEqual(await reachedFrom(stack, namespace, peers.pod(role, 0), others), ["a DNS server"], role);
    }
  });

  it("holds for Services as it does for pods", async () => {
    const service = (name: string, port: number): Place => ({
      name: `${name} ${port}`,
      host: `${name}.${namespace}.svc.cluster.local`,
      port,
    });
    const services = [
      service("rest", 9094),
      service("gateway", 8080),
      service("proxy", 5001),
      service("cluster-1", 8888),
    ];
    const cases = {
      "a client that is named": ["gateway 8080", "rest 9094"],
      "an administrator": ["proxy 5001"],
      "the monitoring": ["cluster-1 8888"],
      "an outsider": [],
    };
    const tried = Object.keys(cases).map(
      async (about) => [about, (await prober(about).reached(services)).sort()] as const,
    );
    assert.deepEqual(Object.fromEntries(await Promise.all(tried)), cases);
  });

  it("stands in nobody's way who has the right to forward a port", async () => {
    await allPinned(peers, (await addFiles(peers, 1)).files.keys());
    const id = (await (await peers.rpc(1, "id")).json()) as { ID: string };
    assert.equal(id.ID, (await stack.outputs()).peers[1].ipfsId);
  });

  function prober(about: string): Prober {
    const found = probers.get(about);
    assert.ok(found, about);
    return found;
  }
});

function dials({ host, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3000 });
    const end = (reached: boolean) => {
      socket.destroy();
      resolve(reached);
    };
    socket
      .once("connect", () => end(true))
      .once("timeout", () => end(false))
      .once("error", () => end(false));
  });
}
