import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { IdentityBundle } from "../../components/identity";
import { peerIdOfPublicKey } from "../../components/peerId";
import { settingsOfStackFile } from "../../components/settings";
import { assertCrds } from "../support/crds";
import type { Graph, Registered } from "../support/graph";
import { graphOf } from "./graphs";
import { difference, objectsOf, resourcesOf } from "./objects";
import { stacks } from "./stacks";

const settings = { environment: "dev", cluster: { proxy: true } };

/** The secrets in the bundle; what else is in it is none. */
function bundleOf({ outputs }: Graph): Partial<IdentityBundle> {
  const { topology, ...bundle } = JSON.parse(String(outputs.identity));
  assert.match(topology, /^(paired|colocated)$/);
  return bundle;
}

/** Every secret of a stack, in every form that it takes in a config file. */
function secretsOf(bundle: Partial<IdentityBundle>, more: readonly string[] = []): string[] {
  const { restPassword, restPreviousPassword, kubo = [], cluster = [] } = bundle;
  const basic = [restPassword, restPreviousPassword].flatMap((password) =>
    password ? ["admin", "admin-2"].map((user) => Buffer.from(`${user}:${password}`).toString("base64")) : [],
  );
  const all = [...Object.values(bundle).flat(), ...basic, ...more].filter((value) => value !== undefined);
  // The seed alone, in base64 as PEM has it; and all that a Secret's `data` would make of them.
  const seeds = [...kubo, ...cluster].map((key) =>
    Buffer.from(key, "base64").subarray(4, 36).toString("base64").slice(0, 40),
  );
  return [...all, ...seeds, ...all.map((secret) => Buffer.from(secret).toString("base64").slice(0, -4))];
}

/** What a RandomPassword or a PrivateKey holds. */
function generatedValues({ resources }: Graph): string[] {
  return resources.flatMap(({ type, state }) => {
    if (type.startsWith("random:")) return [String(state.result)];
    return type.endsWith(":PrivateKey") ? [String(state.privateKeyPem)] : [];
  });
}

/** The paths of all texts in which one of the secrets is. */
function leaks(secrets: readonly string[], value: unknown, path = ""): string[] {
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret)) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaks(secrets, inner, path ? `${path}.${key}` : key));
}

/** How a stack comes by its secrets. */
const origins: Readonly<Record<string, Record<string, unknown>>> = {
  generated: {},
  kept: {},
  configured: {
    clusterSecret: { source: "config" },
    swarmKey: { source: "config" },
    restCredentials: { source: "config" },
    identities: { kubo: { source: "config" }, cluster: { source: "config" } },
  },
  rotated: {
    clusterSecret: { generation: 3 },
    swarmKey: { generation: 2 },
    restCredentials: { generation: 2, keepPrevious: true },
    identities: { kubo: { peers: { 0: { generation: 2 } } }, cluster: { peers: { 1: { generation: 3 } } } },
  },
};

const root = join(__dirname, "..", "..");

/** The settings of every example stack, charts included. */
const examples = Object.fromEntries(
  readdirSync(root)
    .filter((file) => /^Pulumi\..+\.yaml$/.test(file))
    .map((file) => [file, settingsOfStackFile(parse(readFileSync(join(root, file), "utf8")))]),
);

const tried: Readonly<Record<string, Record<string, unknown>>> = { ...stacks, ...examples, "the proxy": settings };

for (const [about, stack] of Object.entries(tried)) {
  for (const [origin, sources] of Object.entries(origins)) {
    describe(`secret values of ${about}, ${origin}`, () => {
      let graph: Graph;
      let bundle: Partial<IdentityBundle>;
      let secrets: string[];
      before(async () => {
        const identity = String((await graphOf(stack)).outputs.identity);
        const known = origin === "kept" || origin === "configured";
        graph = await graphOf({ ...stack, secrets: sources }, known ? { secrets: { identity } } : {});
        bundle = bundleOf(graph);
        secrets = secretsOf(bundle, generatedValues(graph));
        assert.equal(Object.keys(bundle).length, origin === "rotated" ? 6 : 5);
      });

      it("are in Secrets, all that pods use", () => {
        const inputs = JSON.stringify(resourcesOf(graph, "Secret").map((secret) => secret.inputs));
        const { swarmKey, ...used } = bundle;
        const expected = stack.network === "public" ? used : bundle;
        for (const secret of Object.values(expected).flat()) assert.ok(inputs.includes(secret));
      });

      it("are in nothing else that is registered: no ConfigMap, environment, argument or annotation", () => {
        // Keys of certificates go to where certificates are made.
        const others = graph.resources.filter(({ type }) => !type.endsWith(":Secret") && !type.startsWith("tls:"));
        assert.ok(others.length > 10);
        for (const { name, inputs } of others) assert.deepEqual(leaks(secrets, inputs), [], name);
      });

      it("are marked secret wherever they are sent, and are never part of a name, a label or an annotation", () => {
        let sent = 0;
        for (const { name, inputs, secretPaths } of graph.resources) {
          for (const path of leaks(secrets, inputs)) {
            sent++;
            assert.ok(
              secretPaths.some((marked) => path === marked || path.startsWith(`${marked}.`)),
              `${name} ${path}`,
            );
            assert.match(path, /^(stringData\.|(caP|p)rivateKeyPem$)/);
          }
        }
        assert.ok(sent >= 2 + 2 * (bundle.kubo?.length ?? 0), `only ${sent} found`);
        for (const { urn, inputs } of graph.resources) assert.deepEqual(leaks(secrets, [urn, inputs.metadata]), []);
      });

      it("are in no output but the one that is secret, and in no warning", () => {
        assert.deepEqual(graph.secretOutputs, ["identity"]);
        assert.deepEqual(leaks(secrets, graph.outputs), ["identity"]);
        assert.deepEqual(leaks(secrets, graph.warnings), []);
        const components = graph.resources.filter(({ outputs }) => outputs !== undefined);
        assert.deepEqual(
          components.map(({ type }: Registered) => type),
          ["ipfs-cluster:index:IpfsCluster"],
        );
        for (const { outputs } of components) assert.deepEqual(leaks(secrets, outputs), []);
      });
    });
  }
}

describe("configuration files", () => {
  it("of a hundred peers with the longest names fit what Kubernetes lets a ConfigMap or Secret hold", async () => {
    const graph = await graphOf({
      environment: "dev",
      replicas: 1,
      identities: 100,
      replication: "everywhere",
      namespace: { name: "n".repeat(63) },
      clusterDomain: `${"d".repeat(63)}.${"e".repeat(63)}.example`,
    });
    const maps = resourcesOf(graph, "ConfigMap").map(({ name, inputs }) => ({ name, files: inputs.data as object }));
    const secrets = resourcesOf(graph, "Secret").map(({ name, inputs }) => ({
      name,
      files: inputs.stringData as object,
    }));
    const named = (pattern: RegExp) =>
      [...maps, ...secrets].flatMap(({ files }) => Object.keys(files)).filter((file) => pattern.test(file)).length;
    assert.deepEqual([named(/^config-\d+\.json$/), named(/^peer-\d+$/)], [100, 200]);
    assert.deepEqual([named(/^kubo-\d+$/), named(/^cluster-\d+$/)], [100, 100]);
    for (const { name, files } of [...maps, ...secrets]) {
      const size = Object.values(files).join("").length;
      assert.ok(size < 2 ** 20, `${name} holds ${size} bytes`);
    }
  });

  it("are immutable, so that pods that run never see another configuration than they started with", async () => {
    const graph = await graphOf(settings);
    const mounted = [...resourcesOf(graph, "ConfigMap"), ...resourcesOf(graph, "Secret")].filter(
      ({ inputs }) => (inputs.metadata as { name?: string }).name === undefined,
    );
    assert.equal(mounted.length, 8);
    for (const { name, inputs } of mounted) assert.equal(inputs.immutable, true, name);
  });
});

describe("secret values that this program need not know", () => {
  const ids = Array.from({ length: 10 }, (_, n) => peerIdOfPublicKey(Buffer.alloc(32, n + 1)));
  const store = { store: { name: "vault" }, remoteKey: "ipfs/prod" };
  const sealed = (...keys: string[]) => ({
    source: "sealedSecret",
    encryptedData: Object.fromEntries(keys.map((key) => [key, "A".repeat(700)])),
  });
  const peerKeys = (role: string) => ids.map((_, ordinal) => `${role}-${ordinal}`);
  const elsewhere = {
    existing: {
      clusterSecret: { source: "existing", name: "mine-cluster-secret" },
      swarmKey: { source: "existing", name: "mine-swarm-key" },
      restCredentials: { source: "existing", name: "mine-rest-credentials" },
      identities: {
        kubo: { source: "existing", name: "mine-kubo-keys", ids },
        cluster: { source: "existing", name: "mine-cluster-keys", ids },
      },
    },
    external: {
      clusterSecret: { source: "externalSecret", ...store },
      swarmKey: { source: "externalSecret", ...store },
      restCredentials: { source: "externalSecret", ...store },
      identities: {
        kubo: { source: "externalSecret", ...store, ids },
        cluster: { source: "externalSecret", ...store, ids },
      },
    },
    sealed: {
      clusterSecret: sealed("cluster-secret"),
      swarmKey: sealed("swarm.key"),
      restCredentials: sealed("username", "password"),
      identities: {
        kubo: { ...sealed(...peerKeys("kubo")), ids },
        cluster: { ...sealed(...peerKeys("cluster")), ids },
      },
    },
  };

  it("are named in pods and never made, read or kept, whoever makes the Secrets", async () => {
    for (const [origin, secrets] of Object.entries(elsewhere)) {
      const graph = await graphOf({ ...settings, secrets });
      assert.deepEqual(resourcesOf(graph, "Secret"), [], origin);
      assert.ok(!graph.resources.some(({ type }) => /^(random|tls):/.test(type)));
      assert.deepEqual(bundleOf(graph), {});
      const purposes = ["cluster-secret", "swarm-key", "rest-credentials", "kubo-keys", "cluster-keys"];
      const custom = objectsOf(graph, "ExternalSecret").concat(objectsOf(graph, "SealedSecret"));
      assertCrds(...custom);
      const made = custom.map(({ metadata }) => metadata.name);
      const names = origin === "existing" ? purposes.map((purpose) => `mine-${purpose}`) : made;
      assert.deepEqual(
        made.map((name) => name.replace(/-[0-9a-f]{8}$/, "")).sort(),
        origin === "existing" ? [] : purposes.sort(),
      );
      const mounted = objectsOf(graph, "StatefulSet").flatMap(({ spec }) =>
        spec.template.spec.volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : [])),
      );
      assert.deepEqual(mounted.sort(), [...names].sort());
      assert.equal((graph.outputs.peers as { ipfsId: string }[])[2].ipfsId, ids[2]);
      const shown = names.find((name) => name.includes("rest-credentials"));
      assert.ok(String((graph.outputs.commands as { add: string }).add).includes(`secret ${shown} `));
    }
  });

  /** What a change of `secrets` makes and mounts anew, and which pods it stops together. */
  const turn = async (from: object, to: object) => {
    const before = await graphOf({ ...settings, secrets: from });
    const after = await graphOf({ ...settings, secrets: to });
    const { added, removed, changed } = difference(before, after);
    const names = (graph: Graph) =>
      resourcesOf(graph, "ExternalSecret")
        .concat(resourcesOf(graph, "SealedSecret"))
        .map(({ inputs }) => (inputs.metadata as { name: string }).name);
    const [old, now] = [names(before), names(after)];
    const [pods] = resourcesOf(after, "StatefulSet").filter(({ name }) => name === "prod-eu-cluster");
    const made = resourcesOf(after, "ExternalSecret").concat(resourcesOf(after, "SealedSecret"));
    return {
      others: [added, removed],
      changed: Object.keys(changed).sort(),
      gone: old.filter((name) => !now.includes(name)),
      come: now.filter((name) => !old.includes(name)),
      mounted: JSON.stringify(pods.inputs),
      waited: made.every(({ urn }) => pods.dependencies.includes(urn)),
      together: Object.keys(changed).filter((name) =>
        changed[name].some((path) => path.includes("ipfs-cluster/network-keys")),
      ),
    };
  };

  it("stop counting with keepPrevious: pods start on a new Secret without them, one at a time, and the old one goes", async () => {
    const keys = ["username", "password"];
    const [all, fewer] = [sealed(...keys, "previous-username", "previous-password"), sealed(...keys)];
    const external = { source: "externalSecret", ...store, generation: 2 };
    for (const [kind, from, to] of [
      ["ExternalSecret", { ...external, keepPrevious: true }, external],
      ["SealedSecret", { ...all, generation: 2, keepPrevious: true }, { ...fewer, generation: 2 }],
    ] as const) {
      const { others, changed, gone, come, mounted, waited, together } = await turn(
        { restCredentials: from },
        { restCredentials: to },
      );
      assert.deepEqual(others, [[], []]);
      assert.deepEqual(changed, [
        "CronJob prod-eu-top-up",
        `${kind} prod-eu-rest-credentials`,
        "StatefulSet prod-eu-cluster",
      ]);
      assert.deepEqual([gone.length, come.length, together], [1, 1, []]);
      assert.ok(mounted.includes(`"${come[0]}"`) && !mounted.includes(`"${gone[0]}"`), kind);
      assert.ok(waited, "pods are replaced before what they mount is made");
    }
  });

  it("that come from elsewhere in a store are another Secret, and make a network's pods stop and start together", async () => {
    const { clusterSecret } = elsewhere.external;
    for (const to of [
      { ...clusterSecret, remoteKey: "ipfs/new" },
      { ...clusterSecret, store: { name: "another" } },
      { ...clusterSecret, generation: 2 },
    ]) {
      const { changed, gone, come, mounted, together } = await turn({ clusterSecret }, { clusterSecret: to });
      assert.deepEqual(changed, ["ExternalSecret prod-eu-cluster-secret", "StatefulSet prod-eu-cluster"]);
      assert.deepEqual([gone.length, come.length], [1, 1]);
      assert.ok(mounted.includes(`"${come[0]}"`) && !mounted.includes(`"${gone[0]}"`));
      assert.deepEqual(together, ["StatefulSet prod-eu-cluster"]);
    }
  });

  it("in a Secret of the user's are taken up anew by every pod that uses them when the generation says so", async () => {
    const changed = async (secrets: object) =>
      Object.keys(
        difference(
          await graphOf({ ...settings, secrets: elsewhere.existing }),
          await graphOf({ ...settings, secrets: { ...elsewhere.existing, ...secrets } }),
        ).changed,
      ).sort();
    assert.deepEqual(await changed({ restCredentials: { ...elsewhere.existing.restCredentials, generation: 2 } }), [
      "ConfigMap prod-eu-cluster-config",
      "StatefulSet prod-eu-cluster",
    ]);
    assert.deepEqual(await changed({ swarmKey: { ...elsewhere.existing.swarmKey, generation: 2 } }), [
      "ConfigMap prod-eu-ipfs-config-0",
      "StatefulSet prod-eu-ipfs",
    ]);
    assert.deepEqual(await changed({ restCredentials: { source: "existing", name: "another" } }), [
      "CronJob prod-eu-top-up",
      "StatefulSet prod-eu-cluster",
    ]);
  });
});

describe("a new generation", () => {
  const mark = "ipfs-cluster/network-keys";
  /** What of the StatefulSets is replaced, and what else changes, besides what is added. */
  const changes = async (secrets: object, topology = "paired") => {
    const before = await graphOf({ ...settings, topology });
    const after = await graphOf({ ...settings, topology, secrets });
    const { added, removed, changed } = difference(before, after);
    const replaced = Object.entries(changed)
      .filter(([, paths]) => paths.some((path) => path.includes(mark)))
      .map(([name]) => name);
    return { added, removed, changed: Object.keys(changed).sort(), replaced };
  };

  it("of a network's key makes all pods that have it stop and start together, and no other", async () => {
    const swarm = await changes({ swarmKey: { generation: 2 } });
    assert.deepEqual(swarm.replaced, ["StatefulSet prod-eu-ipfs"]);
    assert.deepEqual(swarm.changed, ["Secret prod-eu-swarm-key", "StatefulSet prod-eu-ipfs"]);
    assert.deepEqual([swarm.added, swarm.removed], [["RandomPassword prod-eu-swarm-key-2"], []]);
    const cluster = await changes({ clusterSecret: { generation: 2 } });
    assert.deepEqual(cluster.replaced, ["StatefulSet prod-eu-cluster"]);
    assert.deepEqual(cluster.changed, ["Secret prod-eu-cluster-secret", "StatefulSet prod-eu-cluster"]);
    for (const name of ["clusterSecret", "swarmKey"]) {
      const { replaced } = await changes({ [name]: { generation: 2 } }, "colocated");
      assert.deepEqual(replaced, ["StatefulSet prod-eu-peer"]);
    }
    for (const { replaceOnChanges, deleteBeforeReplace } of resourcesOf(await graphOf(settings), "StatefulSet")) {
      assert.deepEqual([replaceOnChanges, deleteBeforeReplace], [[`metadata.annotations["${mark}"]`], true]);
    }
  });

  it("of the credentials replaces one pod at a time, shows the new ones only once all take them, and can keep the old", async () => {
    const both = await changes({ restCredentials: { generation: 2, keepPrevious: true } });
    assert.deepEqual(both.replaced, []);
    assert.deepEqual(both.changed, [
      "Secret prod-eu-credentials",
      "Secret prod-eu-rest-credentials",
      "StatefulSet prod-eu-cluster",
    ]);
    const graph = await graphOf({ ...settings, secrets: { restCredentials: { generation: 2, keepPrevious: true } } });
    const [shown] = resourcesOf(graph, "Secret").filter(({ name }) => name === "prod-eu-credentials");
    const [pods] = resourcesOf(graph, "StatefulSet").filter(({ name }) => name === "prod-eu-cluster");
    assert.ok(shown.dependencies.includes(pods.urn));
    const first = bundleOf(await graphOf(settings));
    const second = bundleOf(graph);
    assert.equal(second.restPreviousPassword, first.restPassword);
    assert.notEqual(second.restPassword, first.restPassword);
  });

  it("of one peer's key changes that peer alone", async () => {
    const [before, after] = [
      await graphOf(settings),
      await graphOf({ ...settings, secrets: { identities: { cluster: { peers: { 1: { generation: 2 } } } } } }),
    ].map((graph) => graph.outputs.peers as { ipfsId: string; clusterId: string }[]);
    const same = before.map(({ ipfsId, clusterId }, n) => [
      ipfsId === after[n].ipfsId,
      clusterId === after[n].clusterId,
    ]);
    assert.deepEqual(same, [
      [true, true],
      [true, false],
      [true, true],
    ]);
  });

  it("deletes nothing that is protected: what went before stays, unprotected", async () => {
    const graph = await graphOf({ environment: "prod", secrets: { clusterSecret: { generation: 3 } } });
    const made = graph.resources.filter(
      ({ name }) => /RandomPassword::prod-eu-cluster-secret/.test(name) || /^prod-eu-cluster-secret/.test(name),
    );
    const protection = made
      .filter(({ type }) => type.startsWith("random:"))
      .map(({ name, protect }) => [name, protect]);
    assert.deepEqual(protection, [
      ["prod-eu-cluster-secret", false],
      ["prod-eu-cluster-secret-2", false],
      ["prod-eu-cluster-secret-3", true],
    ]);
  });
});
