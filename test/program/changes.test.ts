import assert from "node:assert/strict";
import { graphOf } from "./graphs";
import { type Difference, difference, objectNamed } from "./objects";

const dev = { environment: "dev" };

const nodePorts = { way: "nodePort", basePort: 30400, addresses: ["192.0.2.1"] };

/** What an update of the dev stack to other settings would do. */
async function update(settings: Record<string, unknown>): Promise<Difference> {
  return difference(await graphOf(dev), await graphOf({ ...dev, ...settings }));
}

/** The resources that an update changes; none is added or taken away. */
async function changed(settings: Record<string, unknown>): Promise<string[]> {
  const { added, removed, changed } = await update(settings);
  assert.deepEqual([added, removed], [[], []]);
  return Object.keys(changed).sort();
}

const kuboConfigRolls = ["ConfigMap prod-eu-ipfs-config-0", "StatefulSet prod-eu-ipfs"];
const serviceJsonRolls = ["ConfigMap prod-eu-cluster-config", "StatefulSet prod-eu-cluster"];

describe("an update", () => {
  it("with nothing changed changes nothing", async () => {
    const again = await graphOf({ environment: "dev", replicas: 3 });
    assert.deepEqual(difference(await graphOf(dev), again), { added: [], removed: [], changed: {} });
  });

  it("from 3 to 5 replicas adds what the new peers need, and leaves every pod as it is", async () => {
    const settings = { ...dev, replicas: 5 };
    const five = await graphOf(settings, { previousOutputs: { replicas: 3 } });
    const three = await graphOf(dev);
    assert.deepEqual(difference(three, five), {
      added: [
        ...["cluster-3", "cluster-4", "ipfs-3", "ipfs-4"].map((peer) => `PersistentVolumeClaim prod-eu-data-${peer}`),
        ...["cluster-3", "cluster-4", "ipfs-3", "ipfs-4"].map((peer) => `Service prod-eu-${peer}`),
      ],
      removed: [],
      changed: {
        "StatefulSet prod-eu-cluster": ["spec.replicas"],
        "StatefulSet prod-eu-ipfs": ["spec.replicas"],
        // Peers that were here before come back to their volumes.
        "kubernetes kubernetes-adopt": ["upsertExistingObjects"],
      },
    });
    for (const name of ["ipfs", "cluster"]) {
      const [before, after] = [three, five].map((graph) =>
        JSON.stringify(objectNamed(graph, "StatefulSet", name).spec.template),
      );
      assert.equal(after, before);
    }
    assert.equal((five.outputs.peers as unknown[]).length, 5);
  });

  it("from 5 to 3 replicas is refused until the loss is accepted", async () => {
    const before = { previousOutputs: { replicas: 5, acceptPeerLoss: { downTo: 3 } } };
    await assert.rejects(graphOf(dev, before), /replicas 3: fewer than the 5 that run/);
    const fewer = await graphOf({ ...dev, acceptPeerLoss: { downTo: 3 } }, before);
    const { added, removed, changed } = difference(await graphOf(dev), fewer);
    assert.deepEqual([added, removed], [[], []]);
    // It tops up no pins on peers that are gone.
    assert.deepEqual(Object.keys(changed).sort(), ["ConfigMap prod-eu-top-up", "CronJob prod-eu-top-up"]);
  });

  it("of either program restarts the pods of both where they are the same", async () => {
    const colocated = { ...dev, topology: "colocated" };
    for (const [change, config] of [
      [{ kubo: { logLevel: "debug" } }, []],
      [{ cluster: { logLevel: "debug" } }, []],
      [{ kubo: { config: { Gateway: { DisableHTMLErrors: true } } } }, ["ConfigMap prod-eu-ipfs-config-0"]],
      [{ cluster: { monitorPingInterval: "5s" } }, ["ConfigMap prod-eu-cluster-config"]],
    ] as const) {
      const { added, removed, changed } = difference(
        await graphOf(colocated),
        await graphOf({ ...colocated, ...change }),
      );
      assert.deepEqual([added, removed], [[], []]);
      assert.deepEqual(Object.keys(changed).sort(), [...config, "StatefulSet prod-eu-peer"]);
    }
  });

  it("to more replicas leaves every pod as it is where it is of both programs", async () => {
    const colocated = { ...dev, topology: "colocated" };
    const five = await graphOf({ ...colocated, replicas: 5 }, { previousOutputs: { replicas: 3, ...colocated } });
    const { added, removed, changed } = difference(await graphOf(colocated), five);
    assert.deepEqual(added, [
      ...["cluster-peer-3", "cluster-peer-4", "ipfs-peer-3", "ipfs-peer-4"].map(
        (volume) => `PersistentVolumeClaim prod-eu-data-${volume}`,
      ),
      ...["cluster-3", "cluster-4", "ipfs-3", "ipfs-4"].map((peer) => `Service prod-eu-${peer}`),
    ]);
    assert.deepEqual(removed, []);
    assert.deepEqual(changed["StatefulSet prod-eu-peer"], ["spec.replicas"]);
  });

  it("of the topology is refused once there are volumes", async () => {
    const before = { previousOutputs: { namespace: "ipfs-prod-eu", topology: "paired" } };
    await assert.rejects(
      graphOf({ ...dev, topology: "colocated" }, before),
      /topology "colocated": the stack is paired/,
    );
  });

  it("of kubo's log level restarts kubo alone", async () => {
    assert.deepEqual(await changed({ kubo: { logLevel: "debug" } }), ["StatefulSet prod-eu-ipfs"]);
  });

  it("of ipfs-cluster's log level restarts ipfs-cluster alone", async () => {
    assert.deepEqual(await changed({ cluster: { logLevel: "debug" } }), ["StatefulSet prod-eu-cluster"]);
  });

  it("of either image restarts that program alone", async () => {
    assert.deepEqual(await changed({ kubo: { image: "kubo:v1" } }), ["StatefulSet prod-eu-ipfs"]);
    assert.deepEqual(await changed({ cluster: { image: "cluster:v1" } }), ["StatefulSet prod-eu-cluster"]);
  });

  it("of an image replaces all kubo pods before any cluster pod; of anything else, those of both beside each other", async () => {
    const images = { kubo: "docker.io/ipfs/kubo:v0.42.0", cluster: "docker.io/ipfs/ipfs-cluster:v1.1.6" };
    const kuboFirst = async (previousOutputs?: Record<string, unknown>) => {
      const { resources } = await graphOf({ ...dev, logFormat: "json" }, { previousOutputs });
      const [ipfs, cluster] = ["ipfs", "cluster"].map((name) =>
        resources.find(({ urn }) => urn.endsWith(`:StatefulSet::prod-eu-${name}`)),
      );
      return cluster?.dependencies.includes(ipfs?.urn ?? "");
    };
    assert.equal(await kuboFirst({ replicas: 3, images: { ...images, kubo: "docker.io/ipfs/kubo:v0.41.0" } }), true);
    assert.equal(await kuboFirst({ replicas: 3 }), true, "of a stack that does not say");
    assert.equal(await kuboFirst({ replicas: 3, images }), false);
    assert.equal(await kuboFirst(), false, "the first time all start at once");
  });

  it("of either configuration restarts that program alone, on a ConfigMap of a new name", async () => {
    assert.deepEqual(await changed({ kubo: { config: { Gateway: { DisableHTMLErrors: true } } } }), kuboConfigRolls);
    assert.deepEqual(await changed({ repinning: true }), serviceJsonRolls);
    const { changed: paths } = await update({ repinning: true });
    assert.deepEqual(paths["StatefulSet prod-eu-cluster"], ["spec.template.spec.volumes[2].configMap.name"]);
  });

  it("that lets ipfs-cluster's volumes grow restarts nobody", async () => {
    const { added, removed, changed } = await update({ cluster: { volume: { size: "2Gi" } } });
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(
      changed,
      Object.fromEntries(
        [0, 1, 2].map((n) => [`PersistentVolumeClaim prod-eu-data-cluster-${n}`, ["spec.resources.requests.storage"]]),
      ),
    );
  });

  it("that lets kubo's volumes grow lets kubo fill them", async () => {
    const claims = [0, 1, 2].map((ordinal) => `PersistentVolumeClaim prod-eu-data-ipfs-${ordinal}`);
    assert.deepEqual(await changed({ kubo: { volume: { size: "10Gi" } } }), [...claims, ...kuboConfigRolls].sort());
    const fixed = await graphOf({ ...dev, kubo: { storageMax: "4Gi" } });
    const grown = await graphOf({ ...dev, kubo: { storageMax: "4Gi", volume: { size: "10Gi" } } });
    assert.deepEqual(Object.keys(difference(fixed, grown).changed).sort(), claims);
  });

  it("that makes a private network public changes kubo alone, no volume, and gives the gateway pods of its own", async () => {
    const { added, removed, changed } = await update({ network: "public" });
    assert.deepEqual(
      added.map((name) => name.split(" ")[1].replace("-config", "")),
      ["prod-eu-gateway", "prod-eu-gateway", "prod-eu-gateway", "prod-eu-gateway"],
    );
    const { "Service prod-eu-gateway": service, ...others } = changed;
    assert.deepEqual(
      [removed, Object.keys(others).sort()],
      [["Secret prod-eu-swarm-key"], ["NetworkPolicy prod-eu-ipfs", ...kuboConfigRolls].sort()],
    );
    assert.ok(service.includes("spec.selector.app.kubernetes.io/name"));
  });

  it("that opens node ports for each peer tells kubo of them, and restarts nobody else", async () => {
    const { added, removed, changed } = await update({
      exposure: { swarm: nodePorts, peer: { ...nodePorts, basePort: 30500 } },
    });
    assert.deepEqual(added, [
      ...[0, 1, 2].map((ordinal) => `Service prod-eu-cluster-${ordinal}-peer`),
      ...[0, 1, 2].map((ordinal) => `Service prod-eu-ipfs-${ordinal}-swarm`),
    ]);
    const fences = ["cluster", "ipfs"].map((pods) => `NetworkPolicy prod-eu-${pods}`);
    assert.deepEqual([removed, Object.keys(changed).sort()], [[], [...fences, ...kuboConfigRolls].sort()]);
  });

  it("that opens ipfs-cluster's port for each peer restarts nobody", async () => {
    const { added, removed, changed } = await update({ exposure: { peer: nodePorts } });
    assert.deepEqual([added.length, removed, Object.keys(changed)], [3, [], ["NetworkPolicy prod-eu-cluster"]]);
  });

  it("to more replicas restarts nobody where their addresses follow from the settings, and else kubo to tell it its own", async () => {
    const restarted = async (addresses: (replicas: number) => string[]) => {
      const open = (replicas: number) => {
        const way = { ...nodePorts, addresses: addresses(replicas) };
        return { ...dev, replicas, exposure: { swarm: way, peer: { ...way, basePort: 30500 } } };
      };
      const five = await graphOf(open(5), { previousOutputs: { replicas: 3 } });
      const { changed } = difference(await graphOf(open(3)), five);
      const templates = Object.entries(changed).filter(([, paths]) => paths.some((path) => path.includes("template")));
      return templates.map(([name]) => name);
    };
    assert.deepEqual(await restarted(() => nodePorts.addresses), []);
    const own = (replicas: number) => Array.from({ length: replicas }, (_, peer) => `192.0.2.${peer + 1}`);
    assert.deepEqual(await restarted(own), ["StatefulSet prod-eu-ipfs"]);
  });

  it("is what takes over objects that are there; a new stack does not, unless it succeeds an earlier one", async () => {
    const takesOver = async (run: Parameters<typeof graphOf>[1], settings: Record<string, unknown> = dev) => {
      const { resources } = await graphOf(settings, run);
      const adopt = resources.find(({ name }) => name === "kubernetes-adopt");
      return String(adopt?.inputs.upsertExistingObjects);
    };
    const { outputs } = await graphOf(dev);
    assert.equal(await takesOver({}), "false");
    assert.equal(await takesOver({ previousOutputs: { replicas: 3 } }), "false", "or a second update would change it");
    assert.equal(await takesOver({ previousOutputs: { replicas: 2 } }), "true", "peers may come back to their volumes");
    assert.equal(await takesOver({ previousOutputs: { replicas: 3, adopts: true } }), "true");
    assert.equal(await takesOver({ secrets: { identity: String(outputs.identity) } }), "true");
    assert.equal(await takesOver({}, { ...dev, volumes: { acceptOtherIdentities: true } }), "true");
  });

  it("of the identities' number changes what everybody knows of everybody", async () => {
    const { added, removed, changed } = await update({ identities: 11 });
    assert.deepEqual(added, ["PrivateKey prod-eu-cluster-key-10", "PrivateKey prod-eu-kubo-key-10"]);
    assert.deepEqual(removed, []);
    const keys = ["Secret prod-eu-cluster-keys", "Secret prod-eu-kubo-keys"];
    const job = ["ConfigMap prod-eu-top-up", "CronJob prod-eu-top-up"];
    assert.deepEqual(Object.keys(changed).sort(), [...serviceJsonRolls, ...kuboConfigRolls, ...keys, ...job].sort());
  });
});
