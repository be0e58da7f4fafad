import assert from "node:assert/strict";
import { type KubernetesObject, kindOf, nameOf, uidOf } from "../../local/plugins/kubernetes/objects/object";
import { ruleOfExpressions } from "../../local/plugins/kubernetes/ready/expression";
import { crashedContainers, podFaults } from "../../local/plugins/kubernetes/ready/pod";
import type { Scene } from "../../local/plugins/kubernetes/ready/rule";
import { ruleFor } from "../../local/plugins/kubernetes/ready/rules";
import recorded from "../fixtures/kubernetes/rollouts.generated.json";

/** What a watch of every kind brought, in order, while objects were created, updated after 20 s, and some failed: a real cluster's own words. */
const events = recorded as unknown as { type: "set" | "deleted"; object: KubernetesObject }[];

/** The verdicts on an object after each event, repetitions left out: its progress, `ready` or `failed`. */
function story(kind: string, name: string, settled = false): string[] {
  const objects = new Map<string, KubernetesObject>();
  const told: string[] = [];
  for (const { type, object } of events) {
    if (type === "deleted") objects.delete(uidOf(object));
    else objects.set(uidOf(object), object);
    const object_ = [...objects.values()].find((found) => kindOf(found).kind === kind && nameOf(found) === name);
    const verdict = object_ && ruleFor(kindOf(object_))?.judge(sceneOf(object_, objects, settled));
    const line = verdict?.ready ? "ready" : verdict?.failed ? "failed" : (verdict?.progress.split(": ").at(-1) ?? "");
    if (line !== (told.at(-1) ?? "")) told.push(line);
  }
  return told;
}

function sceneOf(object: KubernetesObject, objects: ReadonlyMap<string, KubernetesObject>, settled: boolean): Scene {
  const related = (kind: string) => [...objects.values()].filter((found) => kindOf(found).kind === kind);
  return { object, before: undefined, related, settled };
}

const scene = (object: KubernetesObject, ...others: KubernetesObject[]): Scene =>
  sceneOf(object, new Map(others.map((other, i) => [String(i), other])), true);

const judge = (object: KubernetesObject, ...others: KubernetesObject[]) =>
  ruleFor(kindOf(object))?.judge(scene(object, ...others));

describe("a recorded rollout", () => {
  it("of a StatefulSet is ready when both pods are, and again when both are of the new revision", () => {
    assert.deepEqual(story("StatefulSet", "set"), [
      "waiting for the StatefulSet controller to see the change",
      "0/2 Pods ready",
      "1/2 Pods ready",
      "ready",
      "waiting for the StatefulSet controller to see the change",
      "0/2 Pods ready",
      "1/2 Pods ready",
      "ready",
    ]);
  });

  it("of a Deployment is ready when its pods are available, and again when the new ReplicaSet's are", () => {
    const rollout = ["waiting for the Deployment controller to see the change", "0/2", "1/2", "2/2", "ready"];
    const told = story("Deployment", "dep").map((line) => line.replace(" Pods available", ""));
    assert.deepEqual(told, [...rollout, ...rollout]);
  });

  it("of a DaemonSet is ready when each node has its pod, old or new", () => {
    const told = story("DaemonSet", "dae");
    assert.deepEqual(
      told.filter((line) => !line.includes(" of ")),
      [
        "waiting for the DaemonSet controller to see the change",
        "ready",
        "waiting for the DaemonSet controller to see the change",
        "ready",
      ],
    );
  });

  it("of a Job is ready when it is complete, and fails at once when its retries are used up", () => {
    assert.equal(story("Job", "good").at(-1), "ready");
    assert.equal(story("Job", "bad").at(-1), "failed");
  });

  it("of a claim is ready when it is bound", () => {
    assert.equal(story("PersistentVolumeClaim", "pvc").at(-1), "ready");
  });

  it("of a Service is ready only once its endpoints have settled and none is pending", () => {
    assert.ok(!story("Service", "svc", false).includes("ready"));
    // It is ready without any endpoint, not while pods start: the first two together, then two one after the other.
    const oneMore = ["waiting for the Pods of Service svc", "ready"];
    assert.deepEqual(story("Service", "svc", true), ["ready", ...oneMore, ...oneMore, ...oneMore]);
  });

  it("of pods tells what is wrong with the broken ones", () => {
    const faultsOf = (name: string) => {
      const seen = events.filter(({ object }) => kindOf(object).kind === "Pod" && nameOf(object) === name);
      return seen.flatMap(({ object }) => podFaults(object)).join("\n");
    };
    assert.match(
      faultsOf("noimage"),
      /\[Pod rec\/noimage\]: container "main" is waiting: \[ErrImagePull\] .*docker\.io\/ipfs\/none:v0/,
    );
    assert.match(faultsOf("crash"), /container "main" last terminated with exit code 7/);
    assert.match(faultsOf("crash"), /CrashLoopBackOff/);
    assert.match(faultsOf("nofit"), /0\/1 nodes are available/);
    const last = events.filter(({ object }) => nameOf(object) === "mount").at(-1);
    assert.deepEqual(podFaults(last?.object ?? {}), []);
  });

  it("finds the containers whose logs tell more", () => {
    const crashes = events
      .filter(({ object }) => nameOf(object) === "crash")
      .flatMap(({ object }) => crashedContainers(object));
    assert.ok(crashes.some(({ previous }) => previous));
    assert.ok(crashes.some(({ previous }) => !previous));
    const fine = events
      .filter(({ object }) => nameOf(object) === "mount")
      .flatMap(({ object }) => crashedContainers(object));
    assert.deepEqual(fine, []);
  });
});

describe("readiness", () => {
  const status = {
    replicas: 2,
    readyReplicas: 2,
    currentReplicas: 0,
    currentRevision: "a",
    updateRevision: "b",
    observedGeneration: 2,
  };
  const set = (type: string): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "set", generation: 2 },
    spec: { replicas: 2, updateStrategy: { type } },
    status,
  });

  it("of a StatefulSet that is updated by hand does not wait for the new revision", () => {
    assert.equal(judge(set("OnDelete"))?.ready, true);
    assert.equal(judge(set("RollingUpdate"))?.ready, false);
    assert.match(
      judge(set("RollingUpdate"))?.missing.join() ?? "",
      /failed to advance from revision "a" to revision "b"/,
    );
  });

  const claim = (phase: string, storageClassName?: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data" },
    spec: { ...(storageClassName && { storageClassName }) },
    status: { phase },
  });
  const storageClass = (volumeBindingMode: string): KubernetesObject => ({
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "disk" },
    volumeBindingMode,
  });

  it("of a claim does not wait for a class that waits for a pod", () => {
    assert.equal(judge(claim("Pending", "disk"), storageClass("WaitForFirstConsumer"))?.ready, true);
    assert.equal(judge(claim("Pending", "disk"), storageClass("Immediate"))?.ready, false);
    assert.equal(judge(claim("Pending"))?.ready, false);
    assert.match(judge(claim("Pending", "disk"))?.progress ?? "", /of class disk, which does not exist/);
  });

  const service = (spec: KubernetesObject, ingress: KubernetesObject[] = []): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "api" },
    spec,
    status: { loadBalancer: { ingress } },
  });
  const endpoints: KubernetesObject = {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { name: "api" },
    subsets: [{ notReadyAddresses: [{ ip: "10.0.0.1" }] }],
  };

  it("of a Service waits for pods only if it selects some and balances between them", () => {
    const selector = { app: "api" };
    assert.equal(judge(service({ selector }), endpoints)?.ready, false);
    assert.equal(judge(service({ selector, clusterIP: "None" }), endpoints)?.ready, true);
    assert.equal(judge(service({ selector, type: "ExternalName" }), endpoints)?.ready, true);
    assert.equal(judge(service({}), endpoints)?.ready, true);
  });

  it("of a Service with a load balancer waits for its address", () => {
    assert.equal(judge(service({ type: "LoadBalancer" }))?.ready, false);
    assert.equal(judge(service({ type: "LoadBalancer" }, [{ ip: "192.0.2.1" }]))?.ready, true);
  });

  it("of an Ingress waits for an address", () => {
    const ingress = (addresses: KubernetesObject[]): KubernetesObject => ({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "web" },
      status: { loadBalancer: { ingress: addresses } },
    });
    assert.equal(judge(ingress([]))?.ready, false);
    assert.match(judge(ingress([]))?.missing.join() ?? "", /skipAwait/);
    assert.equal(judge(ingress([{ hostname: "example.org" }]))?.ready, true);
  });

  it("of other kinds is theirs as soon as they exist", () => {
    assert.equal(ruleFor({ apiVersion: "v1", kind: "ConfigMap" }), undefined);
    assert.equal(ruleFor({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" }), undefined);
  });
});

describe("the annotation waitFor", () => {
  const object = {
    metadata: { generation: 2 },
    status: {
      phase: "Live",
      parts: [{ name: "a", up: true }],
      conditions: [{ type: "Ready", status: "True", observedGeneration: 2 }],
    },
  };
  const holds = (annotation: string, on: KubernetesObject = object) =>
    ruleOfExpressions(annotation).judge(scene(on)).ready;

  const expressions: [string, boolean][] = [
    ["condition=Ready", true],
    ["condition=ready=true", true],
    ["condition=Ready=False", false],
    ["condition=Other", false],
    ["jsonpath={.status.phase}=Live", true],
    ["jsonpath={$.status['phase']}", true],
    ["jsonpath={.status.phase}=Dead", false],
    ["jsonpath={.status.missing}", false],
    ["jsonpath={.status.parts[0].up}=true", true],
    ['jsonpath={.status.parts[?(@.name=="a")].up}=true', true],
    ["jsonpath={.status.parts[?@.name=='b'].up}=true", false],
    ["jsonpath={.status.parts[*].name}=a", true],
    ['["condition=Ready", "jsonpath={.status.phase}=Live"]', true],
    ['["condition=Ready", "jsonpath={.status.phase}=Dead"]', false],
  ];
  for (const [expression, expected] of expressions) {
    it(`${expected ? "holds" : "does not hold"} for ${expression}`, () => assert.equal(holds(expression), expected));
  }

  it("does not believe a status of an older version of the object", () => {
    const stale = { ...object, metadata: { generation: 3 } };
    assert.equal(holds("condition=Ready", stale), false);
    const staleStatus = { metadata: { generation: 3 }, status: { phase: "Live", observedGeneration: 2 } };
    assert.equal(holds("jsonpath={.status.phase}=Live", staleStatus), false);
  });

  for (const wrong of ["Ready", "jsonpath=.status", "jsonpath={.a..b}", "[]"]) {
    it(`refuses ${wrong}`, () => assert.throws(() => ruleOfExpressions(wrong), /pulumi\.com\/waitFor/));
  }
});
