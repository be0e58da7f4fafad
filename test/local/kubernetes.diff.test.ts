import assert from "node:assert/strict";
import fc from "fast-check";
import { diffInputs, formatPath, parsePath } from "../../local/plugins/kubernetes/objects/diff";
import { immutablePatterns } from "../../local/plugins/kubernetes/objects/immutable";
import type { KubernetesObject } from "../../local/plugins/kubernetes/objects/object";
import { unknown } from "../../local/plugins/protocol";

const defaults = { configMaps: false, secrets: false };

/** Each change as `path: kind`, those that replace the object with an exclamation mark. */
function changes(kind: string, before: KubernetesObject, after: KubernetesObject, mutability = defaults): string[] {
  const [apiVersion = "", name = ""] = kind.split(/\/(?=[^/]+$)/);
  const named = (object: KubernetesObject) => ({ apiVersion, kind: name, ...object });
  const patterns = immutablePatterns(named(after), mutability);
  return Object.entries(diffInputs(named(before), named(after), patterns)).map(
    ([path, change]) => `${path}: ${change.kind}${change.replace ? "!" : ""}`,
  );
}

describe("the difference of two inputs", () => {
  it("names what was added, removed and changed", () => {
    const before = { spec: { replicas: 1, paused: true, ports: [{ port: 1 }, { port: 2 }] } };
    const after = { spec: { replicas: 2, minReadySeconds: 3, ports: [{ port: 1 }] } };
    assert.deepEqual(changes("apps/v1/Deployment", before, after), [
      "spec.replicas: update",
      "spec.paused: delete",
      "spec.ports[1]: delete",
      "spec.minReadySeconds: add",
    ]);
  });

  it("is empty for equal inputs", () => {
    const inputs = { spec: { a: [1, { b: null }], c: {} } };
    assert.deepEqual(changes("apps/v1/Deployment", inputs, structuredClone(inputs)), []);
  });

  it("takes what a preview does not know for changed", () => {
    assert.deepEqual(changes("apps/v1/Deployment", { spec: { replicas: 1 } }, { spec: { replicas: unknown } }), [
      "spec.replicas: update",
    ]);
    assert.deepEqual(changes("v1/Service", { spec: {} }, { spec: { clusterIP: unknown } }), ["spec.clusterIP: add!"]);
    assert.deepEqual(changes("apps/v1/StatefulSet", { spec: { serviceName: "a" } }, { spec: unknown }), [
      "spec: update",
    ]);
  });

  const container = (image: string) => ({
    spec: {
      containers: [
        { name: "a", image: "x" },
        { name: "b", image },
      ],
    },
  });
  const replacing: [string, string, KubernetesObject, KubernetesObject, string[]][] = [
    [
      "a name",
      "v1/ServiceAccount",
      { metadata: { name: "a" } },
      { metadata: { name: "b" } },
      ["metadata.name: update!"],
    ],
    [
      "the selector of a Deployment",
      "apps/v1/Deployment",
      { spec: { selector: { matchLabels: { app: "a" } } } },
      { spec: { selector: { matchLabels: { app: "b" } } } },
      ["spec.selector.matchLabels.app: update!"],
    ],
    [
      "the claim templates and service of a StatefulSet, but not its replicas",
      "apps/v1/StatefulSet",
      { spec: { replicas: 1, serviceName: "a", volumeClaimTemplates: [{ spec: { storageClassName: "a" } }] } },
      { spec: { replicas: 2, serviceName: "b", volumeClaimTemplates: [{ spec: { storageClassName: "b" } }] } },
      [
        "spec.replicas: update",
        "spec.serviceName: update!",
        "spec.volumeClaimTemplates[0].spec.storageClassName: update!",
      ],
    ],
    ["the image of a Pod", "v1/Pod", container("1"), container("2"), ["spec.containers[1].image: update!"]],
    [
      "a whole spec with an immutable field in it",
      "v1/PersistentVolumeClaim",
      {},
      { spec: { storageClassName: "a" } },
      ["spec: add!"],
    ],
    [
      "the class of a claim, but not its size",
      "v1/PersistentVolumeClaim",
      { spec: { storageClassName: "a", resources: { requests: { storage: "1Gi" } } } },
      { spec: { storageClassName: "b", resources: { requests: { storage: "2Gi" } } } },
      ["spec.storageClassName: update!", "spec.resources.requests.storage: update"],
    ],
    [
      "the template of a Job",
      "batch/v1/Job",
      { spec: { template: { a: 1 } } },
      { spec: { template: {} } },
      ["spec.template.a: delete!"],
    ],
    [
      "the role of a binding",
      "rbac.authorization.k8s.io/v1/RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
      ["roleRef.name: update!"],
    ],
    [
      "the type of a Service is not one",
      "v1/Service",
      { spec: { type: "ClusterIP" } },
      { spec: { type: "NodePort" } },
      ["spec.type: update"],
    ],
  ];
  for (const [what, kind, before, after, expected] of replacing) {
    it(`replaces for ${what}`, () => assert.deepEqual(changes(kind, before, after), expected));
  }

  describe("of a ConfigMap or Secret", () => {
    const [before, after] = [{ data: { "a.b": "1" } }, { data: { "a.b": "2" } }];
    const mutable = { configMaps: true, secrets: true };
    for (const kind of ["v1/ConfigMap", "v1/Secret"]) {
      it(`replaces a ${kind} for new data, unless the provider calls it mutable`, () => {
        assert.deepEqual(changes(kind, before, after), ['data["a.b"]: update!']);
        assert.deepEqual(changes(kind, before, after, mutable), ['data["a.b"]: update']);
      });

      it(`replaces a ${kind} that is immutable in any case`, () => {
        const frozen = { immutable: true };
        assert.deepEqual(changes(kind, { ...before, ...frozen }, { ...after, ...frozen }, mutable), [
          'data["a.b"]: update!',
        ]);
      });
    }
  });
});

describe("a property path", () => {
  it("is read as it is written", () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !text.includes("\\"));
    const path = fc.tuple(key, fc.array(fc.oneof(key, fc.nat()))).map(([first, rest]) => [first, ...rest]);
    fc.assert(fc.property(path, (steps) => assert.deepEqual(parsePath(formatPath(steps)), steps)));
  });

  it("is refused with its text when it is none", () => {
    assert.throws(() => parsePath("spec..x["), /"spec\.\.x\[" is not a property path/);
  });
});
