import assert from "node:assert/strict";
import { ComponentResource } from "@pulumi/pulumi";
import { type IdentityBundle, stackIdentity } from "../../../components/identity";
import { peerIdOfPrivateKey } from "../../../components/identity/peerKey";
import { resolveSettings } from "../../../components/settings";
import { type Graph, runProgram } from "../../support/graph";

const settings = { environment: "dev", identities: 4 };
const resolved = resolveSettings({ environment: "dev", replicas: 1, identities: 1 }, { stack: "test" });
const kinds = /^(random|tls):/;

describe("identities", () => {
  let first: Graph;
  let bundle: IdentityBundle;
  before(async () => {
    first = await runProgram({ settings });
    bundle = JSON.parse(String(first.outputs.identity));
  });

  it("are made for every peer that may ever run, each its own", () => {
    const keys = [...bundle.kubo, ...bundle.cluster];
    assert.equal(keys.length, 8);
    assert.equal(new Set(keys).size, 8);
    const made = first.resources.filter(({ type }) => kinds.test(type)).map(({ name }) => name);
    assert.deepEqual(made.sort(), [
      ...[0, 1, 2, 3].map((ordinal) => `test-cluster-key-${ordinal}`),
      "test-cluster-secret",
      ...[0, 1, 2, 3].map((ordinal) => `test-kubo-key-${ordinal}`),
      "test-rest-password",
      "test-swarm-key",
    ]);
  });

  it("use secrets of their own for each purpose", () => {
    assert.equal(new Set([bundle.clusterSecret, bundle.swarmKey, bundle.restPassword]).size, 3);
  });

  it("are told to other stacks by peer id and address", () => {
    assert.deepEqual(
      first.outputs.peers,
      [0, 1, 2].map((ordinal) => {
        const [ipfsId, clusterId] = [bundle.kubo, bundle.cluster].map((keys) => peerIdOfPrivateKey(keys[ordinal]));
        return {
          name: `test-cluster-${ordinal}`,
          ipfsId,
          ipfsAddress: `/dns/ipfs-${ordinal}.ipfs-test.svc.cluster.local/tcp/4001/p2p/${ipfsId}`,
          clusterId,
          clusterAddress: `/dns/cluster-${ordinal}.ipfs-test.svc.cluster.local/tcp/9096/p2p/${clusterId}`,
          ipfsOutside: [],
          clusterOutside: [],
        };
      }),
    );
  });

  it("that were kept are taken up, and none are made", async () => {
    const again = await runProgram({ settings, secrets: { identity: String(first.outputs.identity) } });
    assert.deepEqual(
      again.resources.filter(({ type }) => kinds.test(type)),
      [],
    );
    assert.equal(again.outputs.identity, first.outputs.identity);
    assert.deepEqual(again.outputs.peers, first.outputs.peers);
    assert.deepEqual(again.secretOutputs, ["identity"]);
  });

  for (const origin of ["made", "kept"]) {
    it(`that were ${origin} are secret each by itself, whatever they are put together with`, async () => {
      const { secretOutputs, outputs } = await runProgram({
        settings: {},
        program: async () => {
          const parent = new ComponentResource("test:index:Parent", "parent");
          const known = origin === "kept" ? bundle : {};
          const { kubo, cluster, restCredentials, previousCredentials, ...psks } = stackIdentity(
            "x",
            resolved,
            known,
            parent,
          );
          const secrets = { ...psks, restPassword: restCredentials?.password };
          assert.equal(previousCredentials, undefined);
          const peers = { kuboKey: kubo[0].privateKey, kuboId: kubo[0].id, clusterKey: cluster[0].privateKey };
          return { ...secrets, ...peers, clusterId: cluster[0].id };
        },
      });
      assert.deepEqual([...secretOutputs].sort(), [
        "clusterKey",
        "clusterSecret",
        "kuboKey",
        "restPassword",
        "swarmKey",
      ]);
      assert.equal(peerIdOfPrivateKey(String(outputs.kuboKey)), outputs.kuboId);
    });
  }

  it("are protected where volumes are", async () => {
    const prod = await runProgram({ settings: { environment: "prod" } });
    for (const graph of [first, prod]) {
      for (const { type, name, protect } of graph.resources.filter((resource) => kinds.test(resource.type))) {
        assert.equal(protect, graph === prod, `${type} ${name}`);
      }
    }
  });

  it("that can't be used stop the program before anything is made", async () => {
    await assert.rejects(runProgram({ settings, secrets: { identity: "{}" } }), /ipfs-cluster:identity can't be used/);
  });
});
