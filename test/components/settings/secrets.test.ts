import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { peerIdOfPublicKey, publicKeyOfPeerId } from "../../../components/peerId";
import { resolveSettings, SettingsError } from "../../../components/settings";

const newId = () => peerIdOfPublicKey(randomBytes(32));
const ids = Array.from({ length: 3 }, newId);
const sealed = "A".repeat(700);
const resolve = (secrets: unknown, more: Record<string, unknown> = {}) =>
  resolveSettings({ environment: "dev", identities: 3, secrets, ...more }, { stack: "test" });

function faultsOf(secrets: unknown): SettingsError {
  try {
    resolve(secrets);
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    return error;
  }
  assert.fail("they were taken");
}

describe("sources of secrets", () => {
  it("are taken in every form, for each secret by itself", () => {
    const { secrets } = resolve({
      clusterSecret: { generation: 2 },
      swarmKey: { source: "existing", name: "swarm" },
      restCredentials: { source: "externalSecret", store: { name: "vault" }, remoteKey: "a/b" },
      identities: {
        kubo: {
          source: "sealedSecret",
          ids,
          encryptedData: { "kubo-0": sealed, "kubo-1": sealed, "kubo-2": `${sealed}==` },
          peers: { 1: { generation: 2 } },
        },
        cluster: { source: "config" },
      },
    });
    assert.deepEqual(secrets.clusterSecret, { source: "generated", generation: 2 });
    assert.deepEqual(secrets.swarmKey, { source: "existing", name: "swarm", generation: 1 });
    assert.deepEqual(secrets.restCredentials, {
      source: "externalSecret",
      store: { name: "vault", kind: "ClusterSecretStore" },
      remoteKey: "a/b",
      generation: 1,
      keepPrevious: false,
    });
    assert.deepEqual(secrets.identities.kubo.ids, ids);
    assert.deepEqual(secrets.identities.kubo.peers, { 1: { generation: 2 } });
    assert.equal(secrets.identities.cluster.source, "config");
  });

  it("are refused where they could not work, all at once, and nothing of them shown", () => {
    const clear = "c".repeat(20) + "1".repeat(44);
    const { faults, message } = faultsOf({
      clusterSecret: { source: "sealedSecret", encryptedData: {} },
      swarmKey: { source: "sealedSecret", encryptedData: { "swarm.key": sealed, swarmkey: sealed } },
      restCredentials: { keepPrevious: true },
      identities: {
        kubo: { source: "existing", name: "keys", ids: [ids[0], ids[0]] },
        cluster: { generation: 2, ids, peers: { 3: { generation: 2 } } },
      },
    });
    assert.deepEqual(
      faults.map(({ path, reason }) => `${path}: ${reason}`),
      [
        "secrets.clusterSecret.encryptedData: without cluster-secret, which the pods need",
        'secrets.swarmKey.encryptedData: nothing reads the key "swarmkey"; the keys are swarm.key',
        "secrets.restCredentials.keepPrevious: generation 1 has none before it",
        "secrets.identities.kubo.ids: 2 ids, and identities asks for 3: every peer is configured with those of all",
        "secrets.identities.kubo.ids[1]: the same as of peer 0",
        "secrets.identities.cluster.ids: they follow from the keys, which this program knows",
        "secrets.identities.cluster.generation: all peers would become others at once, and every pin be allocated to none of them",
        'secrets.identities.cluster.peers["3"]: there is no such peer: identities is 3',
      ],
    );
    assert.ok(
      faults.every(({ fix, path }) => fix !== undefined || path.endsWith("]")),
      message,
    );
    // A value in clear where a sealed one should be.
    const wrong = faultsOf({ clusterSecret: { source: "sealedSecret", encryptedData: { "cluster-secret": clear } } });
    assert.match(wrong.message, /encryptedData\[?\.?.*cluster-secret.*: must be what kubeseal printed/);
    assert.ok(!wrong.message.includes(clear));
  });

  for (const [about, secrets, reason] of [
    ["no source that there is", { swarmKey: { source: "vault" } }, /must name a source: generated, config, existing/],
    ["no name", { swarmKey: { source: "existing" } }, /secrets\.swarmKey\.name: missing/],
    ["a value", { swarmKey: { source: "generated", value: "x" } }, /secrets\.swarmKey\.value: no such setting/],
    ["a value in place of a source", { swarmKey: "5a".repeat(32) }, /secrets\.swarmKey/],
    [
      "an id of another kind of key",
      { identities: { kubo: { ids: ["QmPeer"] } } },
      /must be the peer id of an Ed25519/,
    ],
  ] as const) {
    it(`with ${about} are refused`, () => {
      const { message } = faultsOf(secrets);
      assert.match(message, reason);
      assert.ok(!message.includes("5a5a5a"));
    });
  }
});

describe("peer ids", () => {
  it("hold their public key, and are told from other text", () => {
    const key = randomBytes(32);
    assert.deepEqual(publicKeyOfPeerId(peerIdOfPublicKey(key)), key);
    for (const text of [
      "",
      "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N",
      ids[0].slice(1),
      `${ids[0]}x`,
      "0OIl",
      "ä",
    ])
      assert.equal(publicKeyOfPeerId(text), undefined, text);
  });
});
