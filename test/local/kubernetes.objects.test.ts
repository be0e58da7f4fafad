import assert from "node:assert/strict";
import { importedInputs, liveInputs } from "../../local/plugins/kubernetes/objects/live";
import { takenOver, withoutIgnored } from "../../local/plugins/kubernetes/objects/managedFields";
import { isAutonamed, withName } from "../../local/plugins/kubernetes/objects/naming";
import { normalized, toPropertyNames, toServerNames } from "../../local/plugins/kubernetes/objects/normalize";
import { type KubernetesObject, nameOf, textAt } from "../../local/plugins/kubernetes/objects/object";
import { fromOutputs, toOutputs } from "../../local/plugins/kubernetes/objects/state";
import { isPatchType, kindOfType } from "../../local/plugins/kubernetes/objects/type";
import { containsSecrets, Secret, secret, unknown } from "../../local/plugins/protocol";

describe("the name of an object", () => {
  const seed = new Uint8Array([1, 2, 3]);
  const naming = { name: "settings", autonaming: undefined, randomSeed: seed };

  it("is the user's own", () => {
    assert.deepEqual(withName({ metadata: { name: "mine" } }, {}, naming), { metadata: { name: "mine" } });
    assert.deepEqual(withName({ metadata: { name: unknown } }, {}, naming), { metadata: { name: unknown } });
  });

  it("is else the logical one with eight hex digits, marked as generated, the same for the same seed", () => {
    const named = withName({}, {}, naming);
    assert.match(nameOf(named), /^settings-[0-9a-f]{8}$/);
    assert.ok(isAutonamed(named));
    assert.deepEqual(withName({}, {}, naming), named);
  });

  it("stays from update to update, until the user gives one", () => {
    const old = withName({}, {}, naming);
    assert.deepEqual(withName({}, old, { ...naming, randomSeed: new Uint8Array([9]) }), old);
    assert.deepEqual(withName({ metadata: { name: "mine" } }, old, naming), { metadata: { name: "mine" } });
  });

  it("is what the stack's configuration proposes, or refused where it disables autonaming", () => {
    const proposed = withName({}, {}, { ...naming, autonaming: { mode: "propose", proposedName: "settings-x" } });
    assert.equal(nameOf(proposed), "settings-x");
    const disabled = { ...naming, autonaming: { mode: "disable", proposedName: "" } } as const;
    assert.throws(() => withName({}, {}, disabled), /set \.metadata\.name of "settings"/);
  });

  it("leaves annotations alone that a preview does not know", () => {
    const named = withName({ metadata: { annotations: unknown } }, {}, naming);
    assert.equal((named.metadata as KubernetesObject).annotations, unknown);
  });
});

describe("normal inputs", () => {
  it("of a Secret have all of it in base64 under data, texts over data", () => {
    const given = { apiVersion: "v1", kind: "Secret", stringData: { a: "x" }, data: { a: "Zg==", b: "Zm9v\nYmFy" } };
    assert.deepEqual(normalized(given), { apiVersion: "v1", kind: "Secret", data: { a: "eA==", b: "Zm9vYmFy" } });
  });

  it("of a Secret with a text that is not known yet stay as they are", () => {
    const given = { apiVersion: "v1", kind: "Secret", stringData: { a: unknown } };
    assert.deepEqual(normalized(given), given);
  });

  it("have nothing that only the API server sets", () => {
    const metadata = {
      name: "a",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "t",
      managedFields: [],
      generation: 2,
    };
    assert.deepEqual(normalized({ kind: "ConfigMap", metadata }), { kind: "ConfigMap", metadata: { name: "a" } });
  });

  it("of a definition have dashes where the SDK has underscores, and back", () => {
    const sdk = { schema: { x_kubernetes_preserve_unknown_fields: true, properties: [{ x_other: 1 }] } };
    const server = { schema: { "x-kubernetes-preserve-unknown-fields": true, properties: [{ x_other: 1 }] } };
    assert.deepEqual(toServerNames(sdk), server);
    assert.deepEqual(toPropertyNames(server), sdk);
  });
});

describe("inputs after a refresh", () => {
  const inputs = { spec: { replicas: 1, cpu: "1000m", hostNetwork: false, ports: [{ port: 80 }] } };
  const before = { spec: { replicas: 1, cpu: "1", ports: [{ port: 80, protocol: "TCP" }], extra: 1 } };

  it("stay as the program said them, in whatever form the API server keeps them, or drops them", () => {
    assert.deepEqual(liveInputs(inputs, before, structuredClone(before)), inputs);
    const controlled = { ...structuredClone(before), status: { ready: true } };
    assert.deepEqual(liveInputs(inputs, before, controlled), inputs);
  });

  it("follow the object where it moved, and only there", () => {
    const now: KubernetesObject = {
      spec: { replicas: 5, cpu: "1", ports: [{ port: 81, protocol: "UDP" }, { port: 82 }], extra: 2 },
    };
    assert.deepEqual(liveInputs(inputs, before, now), {
      spec: { replicas: 5, cpu: "1000m", hostNetwork: false, ports: [{ port: 81 }] },
    });
  });

  it("lose what someone took away", () => {
    const labelled = { metadata: { labels: { a: "1", b: "2" } } };
    assert.deepEqual(liveInputs(labelled, labelled, { metadata: { labels: { a: "1" } } }), {
      metadata: { labels: { a: "1" } },
    });
  });

  it("of an import are the object without what the cluster filled in", () => {
    const live = {
      kind: "Deployment",
      metadata: { name: "a", uid: "u", annotations: { "deployment.kubernetes.io/revision": "1", mine: "x" } },
      spec: { replicas: 1 },
      status: { replicas: 1 },
    };
    assert.deepEqual(importedInputs(live), {
      kind: "Deployment",
      metadata: { name: "a", annotations: { mine: "x" } },
      spec: { replicas: 1 },
    });
  });
});

describe("the state of an object", () => {
  const inputs = { apiVersion: "v1", kind: "ConfigMap", data: { a: "hidden", b: "seen" } };
  const live = { ...inputs, metadata: { uid: "u" } };

  it("has secrets where the inputs have them", () => {
    const outputs = toOutputs(
      { inputs, live, fieldManager: "m" },
      { ...inputs, data: { a: secret("hidden"), b: "seen" } },
    );
    assert.ok(!JSON.stringify(withoutSecrets(outputs)).includes("hidden"));
    assert.ok(JSON.stringify(withoutSecrets(outputs)).includes("seen"));
    assert.deepEqual(fromOutputs(outputs), { inputs, live, fieldManager: "m" });
  });

  it("of a Secret has all of it secret, even the copy that kubectl leaves behind", () => {
    const lastApplied = { "kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"aGlkZGVu"}}' };
    const kept = { apiVersion: "v1", kind: "Secret", data: { a: "aGlkZGVu" } };
    const read = { ...kept, metadata: { annotations: lastApplied } };
    const outputs = toOutputs({ inputs: kept, live: read, fieldManager: "m" }, {});
    assert.ok(outputs.data instanceof Secret);
    assert.ok(!JSON.stringify(withoutSecrets(outputs)).includes("aGlkZGVu"));
    assert.ok(containsSecrets(outputs.__inputs ?? null));
  });

  function withoutSecrets(value: unknown): unknown {
    if (value instanceof Secret) return "[secret]";
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
  }
});

describe("managed fields", () => {
  const entry = (manager: string, operation: string, fieldsV1: KubernetesObject, subresource?: string) => ({
    manager,
    operation,
    fieldsV1,
    ...(subresource && { subresource }),
  });
  const object = (...managedFields: KubernetesObject[]) => ({ metadata: { managedFields } });

  it("of the object's creation pass to the resource at its first update, those of others stay theirs", () => {
    const controller = entry("kubelet", "Update", { "f:status": {} }, "status");
    const live = object(
      entry("pulumi-kubernetes", "Update", { "f:data": { "f:a": {} } }),
      entry("kubectl", "Apply", { "f:data": { "f:b": {} } }),
      controller,
    );
    assert.deepEqual(takenOver(live, "mine"), [
      controller,
      entry("mine", "Apply", { "f:data": { "f:a": {}, "f:b": {} } }),
    ]);
  });

  it("are left alone when there is nothing to take over", () => {
    const live = object(entry("mine", "Apply", {}), entry("kubectl-edit", "Update", {}));
    assert.equal(takenOver(live, "mine"), undefined);
  });

  describe("that are ignored", () => {
    const inputs = { spec: { replicas: 1, template: { a: 1 } } };
    const live = {
      spec: { replicas: 7, template: { a: 2 } },
      ...object(
        entry("mine", "Apply", { "f:spec": { "f:template": { "f:a": {} } } }),
        entry("autoscaler", "Update", { "f:spec": { "f:replicas": {} } }),
      ),
    };

    it("are not sent if they belong to others only", () => {
      assert.deepEqual(withoutIgnored(inputs, live, ["spec.replicas"], "mine"), { spec: { template: { a: 1 } } });
    });

    it("are sent as they are on the object if they are ours", () => {
      assert.deepEqual(withoutIgnored(inputs, live, ["spec.template"], "mine"), {
        spec: { replicas: 1, template: { a: 2 } },
      });
    });

    it("stay as the engine gave them below a list", () => {
      assert.deepEqual(withoutIgnored(inputs, live, ["spec.containers[0].image"], "mine"), inputs);
    });
  });
});

describe("a resource type", () => {
  it("names a kind", () => {
    assert.deepEqual(kindOfType("kubernetes:core/v1:Secret"), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(kindOfType("kubernetes:apps/v1:StatefulSet"), { apiVersion: "apps/v1", kind: "StatefulSet" });
    assert.throws(() => kindOfType("kubernetes:nonsense:X"), /kubernetes:<group>\/<version>:<Kind>/);
  });

  it("is a patch if it is called after the kind it patches", () => {
    assert.ok(isPatchType("kubernetes:core/v1:ConfigMapPatch", { apiVersion: "v1", kind: "ConfigMap" }));
    assert.ok(!isPatchType("kubernetes:example.org/v1:Patch", { apiVersion: "example.org/v1", kind: "Patch" }));
    assert.equal(textAt({ a: [{ b: "x" }] }, "a", 0, "b"), "x");
  });
});
