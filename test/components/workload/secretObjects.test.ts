import assert from "node:assert/strict";
import {
  type ControlledSecret,
  controllersSecret,
  type SecretObject,
  secretObject,
} from "../../../components/workload/secretObjects";
import { assertCrds, crdFaults } from "../../support/crds";
import { settingsOf } from "./samples";

const settings = settingsOf({});
const purposes: Readonly<Record<string, readonly string[]>> = {
  "cluster-secret": ["cluster-secret"],
  "swarm-key": ["swarm.key"],
  "rest-credentials": ["username", "password"],
  "kubo-keys": ["kubo-0", "kubo-1"],
  "cluster-keys": ["cluster-0", "cluster-1"],
};

const external = (generation = 1): ControlledSecret => ({
  source: "externalSecret",
  store: { name: "vault", kind: "ClusterSecretStore" },
  remoteKey: "ipfs/prod",
  generation,
});
const sealed = (keys: readonly string[], scope: "strict" | "namespace-wide" | "cluster-wide"): ControlledSecret => ({
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
      for (const { kind, metadata } of objects)
        assert.match(metadata.name, new RegExp(kind === "SealedSecret" ? `^${role}$` : `^${role}-[0-9a-f]{8}$`));
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

  it("have another name with whatever else they are made from, so that no pod starts on the last one's values", () => {
    const { "rest-credentials": keys } = purposes;
    const nameOf = (secret: ControlledSecret, of: readonly string[] = keys) => {
      const { metadata, spec } = secretObject(settings, "rest-credentials", secret, of);
      if (secret.source === "externalSecret") assert.equal((spec.target as { name: string }).name, metadata.name);
      return metadata.name;
    };
    const store = { name: "vault", kind: "ClusterSecretStore" } as const;
    const names = [
      nameOf(external()),
      nameOf(external(2)),
      nameOf(external(), [...keys, "previous-username", "previous-password"]),
      nameOf({ ...external(), remoteKey: "ipfs/other" } as ControlledSecret),
      nameOf({ ...external(), store: { ...store, name: "other" } } as ControlledSecret),
      nameOf({ ...external(), store: { ...store, kind: "SecretStore" } } as ControlledSecret),
    ];
    assert.equal(new Set(names).size, names.length, names.join());
    assert.equal(nameOf({ ...external() }), names[0]);
  });

  it("are sealed for a name that can be told beforehand", () => {
    const name = (generation: number, keys: readonly string[]) =>
      controllersSecret("rest-credentials", { ...sealed(keys, "strict"), generation }, keys);
    const both = ["username", "password", "previous-username", "previous-password"];
    assert.deepEqual(
      [name(1, both.slice(0, 2)), name(2, both.slice(0, 2)), name(2, both), name(1, both)],
      ["rest-credentials", "rest-credentials-2", "rest-credentials-2-with-previous", "rest-credentials-with-previous"],
    );
  });

  it("say for which scope they were sealed", () => {
    const of = (scope: "strict" | "namespace-wide" | "cluster-wide") =>
      secretObject(settings, "swarm-key", sealed(["swarm.key"], scope), ["swarm.key"]).metadata.annotations;
    assert.equal(of("strict"), undefined);
    assert.deepEqual(of("namespace-wide"), { "sealedsecrets.bitnami.com/namespace-wide": "true" });
    assert.deepEqual(of("cluster-wide"), { "sealedsecrets.bitnami.com/cluster-wide": "true" });
  });
});
