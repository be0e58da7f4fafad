import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, Client, UnreachableError } from "../../local/plugins/kubernetes/cluster/client";
import { type Change, UnknownKindError } from "../../local/plugins/kubernetes/cluster/cluster";
import { connect } from "../../local/plugins/kubernetes/cluster/kubeconfig";
import { type KubernetesObject, nameOf } from "../../local/plugins/kubernetes/objects/object";
import { untilGone } from "../../local/plugins/kubernetes/ready/gone";
import { NotReadyError, untilReady } from "../../local/plugins/kubernetes/ready/waiting";
import type { Call } from "../../local/plugins/protocol";
import { FakeApi } from "./kubernetes.fakeApi";

const pods = "/api/v1/pods";
const sets = "/apis/apps/v1/statefulsets";

describe("the client of an API server", () => {
  let api: FakeApi;
  beforeEach(async () => {
    api = await FakeApi.start();
  });
  afterEach(() => api.stop());

  const pod = (name: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "n", uid: `uid-${name}` },
  });

  it("sends credentials, and the length of each body, so that none is taken for the next request", async () => {
    const cluster = api.cluster();
    api.set(pods, pod("a"));
    await cluster.send(pod("a"), { method: "DELETE", body: { propagationPolicy: "Orphan" } });
    await cluster.get(pod("a"));
    const deletion = api.received.find(({ method }) => method === "DELETE");
    assert.equal(deletion?.body, '{"propagationPolicy":"Orphan"}');
    assert.equal(deletion?.headers["content-length"], "30");
    assert.equal(deletion?.headers.authorization, "Bearer token");
  });

  it("tries again when the server is busy", async () => {
    api.set(pods, pod("a"));
    let refused = 0;
    api.intercept = ({ path }) =>
      path.endsWith("/a") && refused++ === 0
        ? { code: 429, body: { details: { retryAfterSeconds: 0.01 } } }
        : undefined;
    assert.equal(nameOf(await api.cluster().get(pod("a"))), "a");
    assert.equal(refused, 2);
  });

  it("tells the server's refusal in its own words", async () => {
    const refusal = { message: 'pods "a" already exists', reason: "AlreadyExists", details: { kind: "pods" } };
    api.intercept = ({ method }) => (method === "POST" ? { code: 409, body: refusal } : undefined);
    await assert.rejects(api.cluster().send(pod("a"), { method: "POST", body: pod("a") }), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual(
        [error.code, error.reason, error.about, error.message],
        [409, "AlreadyExists", "pods", refusal.message],
      );
      return true;
    });
  });

  it("passes on what the server warns of", async () => {
    const warning = '299 - "unknown field \\"spec.typo\\""';
    api.intercept = ({ method }) =>
      method === "POST" ? { code: 201, body: pod("a"), headers: { warning } } : undefined;
    const warnings: string[] = [];
    await api.cluster().send(pod("a"), { method: "POST", body: pod("a"), onWarning: (text) => warnings.push(text) });
    assert.deepEqual(warnings, ['unknown field "spec.typo"']);
  });

  it("says which server it cannot reach", async () => {
    const connection = connect({
      kubeconfig: JSON.stringify({
        "current-context": "x",
        contexts: [{ name: "x", context: { cluster: "c" } }],
        clusters: [{ name: "c", cluster: { server: "http://127.0.0.1:1" } }],
      }),
    });
    await assert.rejects(new Client(connection).json("/version"), (error) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(error.message, /http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
      return true;
    });
  });

  it("learns of a kind that comes later, and names one that does not", async () => {
    const cluster = api.cluster();
    const widget = { apiVersion: "example.org/v1", kind: "Widget" };
    await assert.rejects(cluster.get({ ...widget, metadata: { name: "w" } }), UnknownKindError);
    assert.equal(await cluster.isNamespaced(widget), undefined);
    const resources = [
      { name: "widgets", kind: "Widget", namespaced: false },
      { name: "widgets/status", kind: "Widget" },
    ];
    api.intercept = ({ path }) => (path === "/apis/example.org/v1" ? { code: 200, body: { resources } } : undefined);
    assert.equal(await cluster.isNamespaced(widget), false);
  });

  it("watches on after the connection is lost, and notices what was deleted in between", async () => {
    api.set(pods, pod("a"));
    api.set(pods, pod("b"));
    const stop = new AbortController();
    const seen: string[] = [];
    const describe = (change: Change) =>
      change.type === "listed" ? "listed" : `${change.type} ${nameOf(change.object)}`;
    for await (const change of api.cluster().watch({ apiVersion: "v1", kind: "Pod", namespace: "n" }, stop.signal)) {
      seen.push(describe(change));
      if (seen.length === 3) setTimeout(() => api.set(pods, pod("c")), 20);
      if (seen.length === 4) {
        api.remove(pods, "b", { silently: true });
        api.dropWatches();
      }
      if (seen.length === 8) stop.abort();
    }
    assert.deepEqual(seen, ["set a", "set b", "listed", "set c", "deleted b", "set a", "set c", "listed"]);
  });
});

describe("waiting", () => {
  let api: FakeApi;
  let statuses: string[];
  let abort: AbortController;
  let call: Call;
  beforeEach(async () => {
    api = await FakeApi.start();
    statuses = [];
    abort = new AbortController();
    call = {
      signal: abort.signal,
      timeoutSeconds: undefined,
      log: () => undefined,
      status: (text) => statuses.push(text),
    };
  });
  afterEach(() => api.stop());

  const set = (readyReplicas: number, generation = 1): KubernetesObject => ({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "set", namespace: "n", uid: "uid-set", generation },
    spec: { replicas: 1 },
    status: {
      observedGeneration: generation,
      replicas: 1,
      currentReplicas: 1,
      readyReplicas,
      currentRevision: "r",
      updateRevision: "r",
    },
  });
  const brokenPod: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "set-0", namespace: "n", uid: "uid-0", ownerReferences: [{ uid: "uid-set" }] },
    status: {
      conditions: [{ type: "Ready", status: "False", message: "containers with unready status: [main]" }],
      containerStatuses: [
        {
          name: "main",
          ready: false,
          state: { waiting: { reason: "CrashLoopBackOff" } },
          lastState: { terminated: { exitCode: 2, reason: "Error" } },
        },
      ],
    },
  };
  const warning = (message: string, uid: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `event-${uid}`, namespace: "n", uid: `uid-event-${uid}` },
    involvedObject: { uid, kind: "Pod", name: "set-0" },
    reason: "FailedMount",
    message,
    lastTimestamp: new Date().toISOString(),
  });
  const wait = (object: KubernetesObject, timeoutSeconds = 20, inputs = object) =>
    untilReady(api.cluster(), { object, inputs, timeoutSeconds }, call);

  it("ends when the object is ready, telling how far it is meanwhile", async () => {
    const waiting = wait(api.set(sets, set(0)));
    while (!statuses.includes("waiting for StatefulSet set: 0/1 Pods ready")) await sleep(5);
    api.set(sets, set(1));
    const live = await waiting;
    assert.equal((live.status as KubernetesObject).readyReplicas, 1);
    assert.equal(statuses.at(-1), "");
  });

  it("does not believe an older version of the object", async () => {
    api.set(sets, set(1, 1));
    setTimeout(() => api.set(sets, set(1, 2)), 50);
    const live = await wait(set(0, 2));
    assert.equal((live.metadata as KubernetesObject).generation, 2);
  });

  it("fails when the time is up, with pods' faults, warnings and log lines", async () => {
    const written = api.set(sets, set(0));
    api.set(pods, brokenPod);
    api.set("/api/v1/events", warning("no such volume", "uid-0"));
    api.set("/api/v1/events", warning("of someone else", "uid-9"));
    api.intercept = ({ path, query }) =>
      path.endsWith("/set-0/log") && query.get("previous") === "true"
        ? { code: 200, body: { fatal: "no config" } }
        : undefined;
    await assert.rejects(wait(written, 1), (error) => {
      assert.ok(error instanceof NotReadyError);
      assert.equal(error.message, "StatefulSet set did not become ready within 1 s");
      const reasons = error.reasons.join("\n");
      assert.match(reasons, /0 out of 1 replicas succeeded readiness checks/);
      assert.match(reasons, /\[Pod n\/set-0\]: container "main" is waiting: \[CrashLoopBackOff\]/);
      assert.match(reasons, /\[Pod n\/set-0\]: container "main" last terminated with exit code 2 \(Error\)/);
      assert.match(reasons, /\[FailedMount\] Pod set-0: no such volume/);
      assert.match(reasons, /last lines of container "main":\n {4}\{"fatal":"no config"\}/);
      assert.ok(!reasons.includes("of someone else"));
      return true;
    });
    assert.ok(statuses.some((status) => status.includes("CrashLoopBackOff")));
  });

  it("ends when it is called off", async () => {
    const written = api.set(sets, set(0));
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(wait(written), /waiting for StatefulSet set was cancelled/);
  });

  it("ends when the object is deleted, be it before the watch began", async () => {
    const written = api.set(sets, set(0));
    setTimeout(() => api.remove(sets, "set"), 50);
    await assert.rejects(wait(written), /StatefulSet set was deleted while it was waited for/);
    await assert.rejects(wait(written), /StatefulSet set was deleted while it was waited for/);
  });

  it("is left out with the annotation skipAwait, and for kinds that are ready at once", async () => {
    const annotations = { "pulumi.com/skipAwait": "true" };
    const written = api.set(sets, set(0));
    await wait(written, 20, { ...set(0), metadata: { name: "set", annotations } });
    const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "n" } };
    await wait(configMap);
    assert.equal(api.received.length, 0);
  });

  it("for a deletion ends when the object is gone", async () => {
    const written = api.set(sets, set(1));
    setTimeout(() => api.remove(sets, "set"), 50);
    await untilGone(api.cluster(), written, 20, call);
    await untilGone(api.cluster(), written, 20, call);
  });

  it("for a deletion takes another object of the same name for no longer being there", async () => {
    api.set(sets, { ...set(1), metadata: { name: "set", namespace: "n", uid: "uid-new" } });
    await untilGone(api.cluster(), set(1), 20, call);
  });

  it("for a deletion fails when the time is up, and names the finalizers", async () => {
    const held = {
      ...set(1),
      metadata: { name: "set", namespace: "n", uid: "uid-set", finalizers: ["example.org/hold"] },
    };
    const written = api.set(sets, held);
    await assert.rejects(
      untilGone(api.cluster(), written, 0.2, call),
      /still there after 0\.2 s; it is held by finalizer example\.org\/hold/,
    );
  });
});
