import assert from "node:assert/strict";
import { objectFaults } from "../support/objectFaults";
import { graphOf } from "./graphs";
import { type KubernetesObject, objectNamed } from "./objects";

type Change = (part: never) => unknown;

/** Sound objects made unsound, and what an API server would say. */
const unsound: Readonly<Record<string, [kind: string, name: string, change: Change, fault: RegExp]>> = {
  "a field that there is not": ["StatefulSet", "ipfs", (set: Any) => (set.spec.replica = 3), /replica/],
  "a number for text": ["Service", "ipfs", (service: Any) => (service.spec.clusterIP = 5), /must be string/],
  "a name that is too long": ["Service", "ipfs", (service: Any) => (service.metadata.name = "a".repeat(64)), /name/],
  "a name too long for its pods": ["StatefulSet", "ipfs", (set: Any) => (set.metadata.name = "a".repeat(53)), /name/],
  "a label's value": ["Service", "ipfs", (service: Any) => (service.metadata.labels.a = "a b"), /is no label's value/],
  "a label's name": [
    "StatefulSet",
    "ipfs",
    (set: Any) => (pod(set).nodeSelector = { "a..b/c": "" }),
    /no label's name/,
  ],
  "an annotation's name": [
    "Service",
    "ipfs",
    (service: Any) => (service.metadata.annotations = { "a b": "" }),
    /annot/,
  ],
  "too many annotations": [
    "Service",
    "ipfs",
    (service: Any) => (service.metadata.annotations = { a: "x".repeat(262145) }),
    /too much for annotations/,
  ],
  "a port out of range": ["Service", "ipfs", (service: Any) => (service.spec.ports[0].port = 65536), /is no port/],
  "a node port out of range": ["Service", "ipfs", (service: Any) => (service.spec.ports[0].nodePort = 80), /nodePort/],
  "a port's name": ["Service", "ipfs", (service: Any) => (service.spec.ports[0].name = "much-too-long-a-name"), /name/],
  "two ports alike": [
    "Service",
    "ipfs",
    (service: Any) => service.spec.ports.push(service.spec.ports[0]),
    /two ports alike/,
  ],
  "an amount": ["StatefulSet", "ipfs", (set: Any) => (first(set).resources.limits.memory = "1 Gi"), /no amount/],
  "more than its limit": ["StatefulSet", "ipfs", (set: Any) => (first(set).resources.requests.cpu = "9"), /than its/],
  "a variable twice": ["StatefulSet", "ipfs", (set: Any) => first(set).env.push({ name: "HOME" }), /variable twice/],
  "a variable's value": [
    "StatefulSet",
    "ipfs",
    (set: Any) => first(set).env.push({ name: "A", value: "\0" }),
    /no variable's value/,
  ],
  "a command": ["StatefulSet", "ipfs", (set: Any) => first(set).command.push("\0"), /is no command/],
  "a toleration of nothing": ["StatefulSet", "ipfs", (set: Any) => (pod(set).tolerations = [{}]), /no taint in part/],
  "a toleration of no time": [
    "StatefulSet",
    "ipfs",
    (set: Any) => (pod(set).tolerations = [{ key: "a", tolerationSeconds: 1 }]),
    /seconds without NoExecute/,
  ],
  "two containers alike": ["StatefulSet", "ipfs", (set: Any) => pod(set).containers.push(first(set)), /has containers/],
  "two mounts at a place": [
    "StatefulSet",
    "ipfs",
    (set: Any) => first(set).volumeMounts.push(first(set).volumeMounts[0]),
    /mounts twice/,
  ],
  "a file's name": [
    "Secret",
    "cluster-credentials",
    (secret: Any) => (secret.stringData["a/b"] = ""),
    /no file's name/,
  ],
  "too much in a Secret": [
    "Secret",
    "cluster-credentials",
    (secret: Any) => (secret.stringData.a = "x".repeat((1 << 20) + 1)),
    /too much for a Secret/,
  ],
  "a range": [
    "Service",
    "ipfs",
    (service: Any) => (service.spec.loadBalancerSourceRanges = ["10.0.0.0/08"]),
    /is no range/,
  ],
};

// biome-ignore lint/suspicious/noExplicitAny: objects are taken apart in ways that no type foresees.
type Any = any;

const pod = (set: Any) => set.spec.template.spec;
const first = (set: Any) => pod(set).containers[0];

describe("what an API server would say to an object", () => {
  const settings = { environment: "dev" };

  it("is nothing, if it is sound", async () => {
    assert.deepEqual(objectFaults(objectNamed(await graphOf(settings), "StatefulSet", "ipfs")), []);
  });

  for (const [about, [kind, name, change, fault]] of Object.entries(unsound)) {
    it(`names ${about}`, async () => {
      const object = structuredClone(objectNamed(await graphOf(settings), kind, name)) as KubernetesObject;
      change(object as never);
      assert.match(objectFaults(object).join("\n"), fault);
    });
  }
});
