import assert from "node:assert/strict";
import type { SecretSettings } from "../../../components/settings";
import { type SecretObject, secretObject } from "../../../components/workload/secretObjects";
import { assertCrds, crdFaults } from "../../support/crds";
import { settingsOf } from "./samples";

type Controlled = Extract<SecretSettings, { source: "externalSecret" | "sealedSecret" }>;

const settings = settingsOf({});
const purposes: Readonly<Record<string, readonly string[]>> = {
  "cluster-secret": ["cluster-secret"],
  "swarm-key": ["swarm.key"],
  "rest-credentials": ["username", "password"],
  "kubo-keys": ["kubo-0", "kubo-1"],
  "cluster-keys": ["cluster-0", "cluster-1"],
};

const external = (generation = 1): Controlled => ({
  source: "externalSecret",
  store: { name: "vault", kind: "ClusterSecretStore" },
  remoteKey: "ipfs/prod",
  generation,
});
const sealed = (keys: readonly string[], scope: "strict" | "namespace-wide" | "cluster-wide"): Controlled => ({
  source: "sealedSecret",
  scope,
  encryptedData: Object.fromEntries(keys.map((key) => [key, "A".repeat(700)])),
  generation: 1,
});

describe("objects that controllers make Secrets of", () => {
  it("fit what their API servers take, for every purpose", () => {
    for (const [role, keys] of Object.entries(purposes)) {
      const objects: SecretObject[] = [
        secretObject(settings, role, external(), keys),
        ...(["strict", "namespace-wide", "cluster-wide"] as const).map((scope) =>
          secretObject(settings, role, sealed(keys, scope), keys),
        ),
      ];
      assertCrds(...objects);
      for (const { metadata } of objects) assert.equal(metadata.name, role);
    }
    const { spec, ...rest } = secretObject(settings, "swarm-key", external(), ["swarm.key"]);
    assert.equal(crdFaults({ ...rest, spec: { ...spec, refreshPolicy: "Once" } }).length, 1);
  });

  it("ask the store once for a property of each key's name", () => {
    const { spec } = secretObject(settings, "rest-credentials", external(), purposes["rest-credentials"]);
    assert.equal(spec.refreshPolicy, "CreatedOnce");
    assert.deepEqual(spec.data, [
      { secretKey: "username", remoteRef: { key: "ipfs/prod", property: "username" } },
      { secretKey: "password", remoteRef: { key: "ipfs/prod", property: "password" } },
    ]);
  });

  it("have another name with another generation, so that no pod starts on the last one's values", () => {
    const { metadata, spec } = secretObject(settings, "swarm-key", external(2), ["swarm.key"]);
    assert.equal(metadata.name, "swarm-key-2");
    assert.equal((spec.target as { name: string }).name, "swarm-key-2");
  });

  it("say for which scope they were sealed", () => {
    const of = (scope: "strict" | "namespace-wide" | "cluster-wide") =>
      secretObject(settings, "swarm-key", sealed(["swarm.key"], scope), ["swarm.key"]).metadata.annotations;
    assert.equal(of("strict"), undefined);
    assert.deepEqual(of("namespace-wide"), { "sealedsecrets.bitnami.com/namespace-wide": "true" });
    assert.deepEqual(of("cluster-wide"), { "sealedsecrets.bitnami.com/cluster-wide": "true" });
  });
});
