import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { promisify } from "node:util";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { down, environment, up } from "../../local";
import { everything } from "./support/shared";
import { TestStack } from "./support/testStack";

const run = promisify(execFile);
const node = "provider";
const image = "docker.io/ipfs/kubo:v0.42.0";
/** New for each run, as one that was killed leaves its own behind. */
const namespace = `provider-${randomBytes(4).toString("hex")}`;
const skipAwait = { "pulumi.com/skipAwait": "true" };

describe("the kubernetes provider", function () {
  this.timeout("10m"); // the first run builds the toolchain

  let variables: Record<string, string>;
  let stack: TestStack;

  /** Runs kubectl in the namespace of the tests. */
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run("kubectl", ["--namespace", namespace, ...args], {
      env: { ...process.env, ...variables },
    });
    return stdout.trim();
  };

  before(async () => {
    await up(node);
    variables = await environment(node);
    process.env.PATH = variables.PATH; // where the automation API looks for pulumi
    await kubectl("create", "namespace", namespace);
  });
  after(() => down(node, { deleteData: true }));

  beforeEach(async () => {
    stack = await TestStack.create("e2e", variables);
  });
  afterEach(() => stack.dispose());

  /** A program whose resources go to the namespace of the tests, unless they name another. */
  const inNamespace =
    (
      program: (opts: pulumi.CustomResourceOptions) => pulumi.Input<Record<string, unknown>> | undefined,
      args: k8s.ProviderArgs = {},
    ) =>
    async () => {
      const provider = new k8s.Provider("k8s", {
        ...args,
        kubeconfig: variables.KUBECONFIG,
        namespace,
      });
      return program({ provider });
    };

  describe("objects of every kind", () => {
    it("change nothing when nothing changed: not in an update, not in a refresh, not in an update after it", async () => {
      const program = inNamespace(everyKind);
      const first = await stack.up(program);
      assert.ok((first.changes.create ?? 0) > 20);
      const unchanged = { same: first.changes.create };
      assert.deepEqual((await stack.up(program)).changes, unchanged);
      assert.deepEqual((await stack.refresh()).changes, unchanged);
      assert.deepEqual((await stack.up(program)).changes, unchanged);
    });
  });

  describe("a change to what the API server does not change in place", () => {
    const configMap = (name: string | undefined, value: string) =>
      inNamespace((opts) => {
        new k8s.core.v1.ConfigMap("settings", { metadata: name ? { name } : {}, data: { value } }, opts);
        return {};
      });

    it("replaces an object with a generated name by one with another name, the new one first", async () => {
      await stack.up(configMap(undefined, "a"));
      const { steps } = await stack.up(configMap(undefined, "b"));
      assert.deepEqual(steps, [
        "create-replacement ConfigMap settings",
        "replace ConfigMap settings",
        "delete-replaced ConfigMap settings",
      ]);
    });

    it("deletes an object with a fixed name before its replacement comes", async () => {
      await stack.up(configMap("fixed", "a"));
      const { steps } = await stack.up(configMap("fixed", "b"));
      assert.deepEqual(steps, [
        "delete-replaced ConfigMap settings",
        "replace ConfigMap settings",
        "create-replacement ConfigMap settings",
      ]);
      assert.equal(await kubectl("get", "configmap", "fixed", "-o", "jsonpath={.data.value}"), "b");
    });

    it("updates a ConfigMap in place if the provider says so", async () => {
      const program = (value: string) =>
        inNamespace(
          (opts) => {
            new k8s.core.v1.ConfigMap("settings", { metadata: { name: "mutable" }, data: { value } }, opts);
            return {};
          },
          { enableConfigMapMutable: true },
        );
      await stack.up(program("a"));
      assert.deepEqual((await stack.up(program("b"))).steps, ["update ConfigMap settings"]);
    });
  });

  describe("an object that exists already", () => {
    const claim = (args: k8s.ProviderArgs = {}) =>
      inNamespace((opts) => {
        new k8s.core.v1.ConfigMap("mine", { metadata: { name: "taken" }, data: { owner: "pulumi" } }, opts);
        return {};
      }, args);

    beforeEach(() => kubectl("create", "configmap", "taken", "--from-literal=owner=someone"));
    afterEach(() => kubectl("delete", "configmap", "taken", "--ignore-not-found"));

    it("is not taken over; the error says how it could be", async () => {
      const error = await stack.failingUp(claim());
      assert.match(error, /configmaps "taken" already exists/);
      assert.match(error, /upsertExistingObjects/);
      assert.equal(await kubectl("get", "configmap", "taken", "-o", "jsonpath={.data.owner}"), "someone");
    });

    it("is taken over with upsertExistingObjects and the annotation patchForce, else the conflict is told", async () => {
      assert.match(await stack.failingUp(claim({ upsertExistingObjects: true })), /field conflict.*kubectl-create/s);
      const forced = inNamespace(
        (opts) => {
          const annotations = { "pulumi.com/patchForce": "true" };
          new k8s.core.v1.ConfigMap(
            "mine",
            { metadata: { name: "taken", annotations }, data: { owner: "pulumi" } },
            opts,
          );
          return {};
        },
        { upsertExistingObjects: true },
      );
      await stack.up(forced);
      assert.equal(await kubectl("get", "configmap", "taken", "-o", "jsonpath={.data.owner}"), "pulumi");
    });

    it("can be imported by its id", async () => {
      const program = inNamespace((opts) => {
        const importing = { ...opts, import: `${namespace}/taken`, ignoreChanges: ["metadata"] };
        new k8s.core.v1.ConfigMap("mine", { metadata: { name: "taken" }, data: { owner: "someone" } }, importing);
        return {};
      });
      assert.deepEqual((await stack.up(program)).steps, ["import ConfigMap mine"]);
    });

    it("can be read without becoming the stack's own; what a Secret holds is secret", async () => {
      await kubectl("create", "secret", "generic", "theirs", "--from-literal=key=hidden-from-the-state");
      const program = inNamespace((opts) => {
        const map = k8s.core.v1.ConfigMap.get("map", `${namespace}/taken`, opts);
        const secret = k8s.core.v1.Secret.get("secret", `${namespace}/theirs`, opts);
        return { owner: map.data.owner, key: secret.data.key };
      });
      const { outputs } = await stack.up(program);
      const encoded = Buffer.from("hidden-from-the-state").toString("base64");
      assert.deepEqual(outputs, { owner: "someone", key: encoded });
      assert.ok(!(await stack.state()).text.includes(encoded));
      await stack.destroy();
      assert.equal(
        await kubectl("get", "configmap/taken", "secret/theirs", "-o", "name"),
        "configmap/taken\nsecret/theirs",
      );
      await kubectl("delete", "secret", "theirs");
    });

    it("can have single fields managed by a patch, which are given back in the end", async () => {
      const program = inNamespace((opts) => {
        const metadata = { name: "taken", labels: { patched: "yes" } };
        new k8s.core.v1.ConfigMapPatch("label", { metadata }, opts);
        return {};
      });
      await stack.up(program);
      assert.equal(await kubectl("get", "configmap", "taken", "-o", "jsonpath={.metadata.labels.patched}"), "yes");
      await stack.destroy();
      const left = JSON.parse(await kubectl("get", "configmap", "taken", "-o", "json"));
      assert.equal(left.metadata.labels, undefined);
      assert.deepEqual(left.data, { owner: "someone" });
    });
  });

  describe("an object that was changed outside Pulumi", () => {
    const program = inNamespace((opts) => {
      const annotations = { "pulumi.com/patchForce": "true" };
      const metadata = { name: "drifting", labels: { a: "1" }, annotations };
      new k8s.core.v1.ServiceAccount("account", { metadata, automountServiceAccountToken: false }, opts);
      return {};
    });

    it("is set right by the update after a refresh; what others added stays", async () => {
      await stack.up(program);
      await kubectl("label", "serviceaccount", "drifting", "--overwrite", "a=2", "b=3");
      assert.equal((await stack.refresh()).changes.update, 1);
      assert.deepEqual((await stack.up(program)).steps, ["update ServiceAccount account"]);
      const labels = JSON.parse(
        await kubectl("get", "serviceaccount", "drifting", "-o", "jsonpath={.metadata.labels}"),
      );
      assert.deepEqual(labels, { a: "1", b: "3" });
    });

    it("is created again by the update after a refresh that found it gone", async () => {
      await stack.up(program);
      await kubectl("delete", "serviceaccount", "drifting");
      assert.equal((await stack.refresh()).changes.delete, 1);
      assert.deepEqual((await stack.up(program)).steps, ["create ServiceAccount account"]);
    });

    it("loses a field that the program drops", async () => {
      const labelled = (labels: Record<string, string>) =>
        inNamespace((opts) => {
          new k8s.core.v1.ServiceAccount("account", { metadata: { name: "shrinking", labels } }, opts);
          return {};
        });
      await stack.up(labelled({ a: "1", b: "2" }));
      await stack.up(labelled({ a: "1" }));
      const labels = JSON.parse(
        await kubectl("get", "serviceaccount", "shrinking", "-o", "jsonpath={.metadata.labels}"),
      );
      assert.deepEqual(labels, { a: "1" });
    });
  });

  describe("a workload", () => {
    /** Seconds that are waited for a workload: few, where it never starts. */
    const patience = { some: 40, little: 10 };
    const statefulSet = (given: string, seconds = patience.some, claimSize = "1Gi", ignoreChanges: string[] = []) =>
      inNamespace((opts) => {
        new k8s.apps.v1.StatefulSet(
          "set",
          {
            metadata: { name: "set", annotations: { "pulumi.com/timeoutSeconds": `${seconds}` } },
            spec: {
              replicas: 1,
              serviceName: "set",
              selector: { matchLabels: { app: "set" } },
              template: {
                metadata: { labels: { app: "set" } },
                spec: {
                  terminationGracePeriodSeconds: 0,
                  containers: [
                    { name: "main", image: given, imagePullPolicy: "IfNotPresent", command: ["sleep", "86400"] },
                  ],
                },
              },
              volumeClaimTemplates: [
                {
                  metadata: { name: "data" },
                  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: claimSize } } },
                },
              ],
            },
          },
          { ...opts, ignoreChanges },
        );
        return {};
      });

    afterEach(() => kubectl("delete", "persistentvolumeclaims", "--all", "--wait=false"));

    it("that does not start fails the update with the reason, is kept in the state, and heals with the next update", async () => {
      const error = await stack.failingUp(statefulSet("docker.io/ipfs/no-such-image:v0", patience.little));
      assert.match(error, /StatefulSet set did not become ready within 10 s/);
      assert.match(error, /0 out of 1 replicas/);
      assert.match(error, /\[Pod provider-\w+\/set-0\].*(ErrImagePull|ImagePullBackOff)/);
      const stored = (await stack.state()).resources.find(({ type }) => type.endsWith(":StatefulSet"));
      assert.ok(stored?.initErrors?.some((reason) => reason.includes("0 out of 1 replicas")));
      // Kubernetes itself does not replace a broken pod of a StatefulSet that is rolled out in order.
      const deletion = new Promise((done) => setTimeout(done, 3000)).then(() => kubectl("delete", "pod", "set-0"));
      const { steps } = await stack.up(statefulSet(image));
      await deletion;
      assert.deepEqual(steps, ["update StatefulSet set"]);
      assert.deepEqual((await stack.up(statefulSet(image))).steps, []);
    });

    it("that crashes has the last lines of its log in the error", async () => {
      const error = await stack.failingUp(
        inNamespace((opts) => {
          const spec = {
            restartPolicy: "Never",
            containers: [{ name: "main", image, command: ["sh", "-c", "echo out of cheese; exit 3"] }],
          };
          const metadata = { annotations: { "pulumi.com/timeoutSeconds": "60" } };
          new k8s.batch.v1.Job("job", { metadata, spec: { backoffLimit: 0, template: { spec } } }, opts);
          return {};
        }),
      );
      assert.match(error, /BackoffLimitExceeded/);
      assert.match(error, /exit code 3/);
      assert.match(error, /out of cheese/);
    });

    it("keeps what ignoreChanges names as it is, be it immutable", async () => {
      await stack.up(statefulSet(image));
      const { steps } = await stack.up(statefulSet(image, patience.some, "2Gi", ["spec.volumeClaimTemplates"]));
      assert.deepEqual(steps, []);
      const scaled = await stack.up(
        inNamespace((opts) => {
          new k8s.apps.v1.StatefulSet(
            "set",
            {
              metadata: { name: "set" },
              spec: {
                replicas: 0,
                serviceName: "set",
                selector: { matchLabels: { app: "set" } },
                template: {
                  metadata: { labels: { app: "set" } },
                  spec: { containers: [{ name: "main", image, command: ["sleep", "86400"] }] },
                },
                volumeClaimTemplates: [],
              },
            },
            { ...opts, ignoreChanges: ["spec.volumeClaimTemplates"] },
          );
          return {};
        }),
      );
      assert.deepEqual(scaled.steps, ["update StatefulSet set"]);
      const size = "jsonpath={.spec.volumeClaimTemplates[0].spec.resources.requests.storage}";
      assert.equal(await kubectl("get", "statefulset", "set", "-o", size), "1Gi");
      assert.equal(
        (await stack.preview(statefulSet(image, patience.some, "2Gi"))).steps[0],
        "delete-replaced StatefulSet set",
      );
    });
  });

  describe("the deletion of an object", () => {
    const program = inNamespace((opts) => {
      new k8s.core.v1.ConfigMap("held", { metadata: { name: "held", finalizers: ["example.org/hold"] } }, opts);
      return {};
    });

    it("waits until finalizers let it go", async () => {
      await stack.up(program);
      let destroyed = false;
      const destroying = stack.destroy().then(() => {
        destroyed = true;
      });
      await waitFor(
        async () => (await kubectl("get", "configmap", "held", "-o", "jsonpath={.metadata.deletionTimestamp}")) !== "",
      );
      await new Promise((done) => setTimeout(done, 2000));
      assert.equal(destroyed, false);
      await kubectl("patch", "configmap", "held", "--type=merge", "--patch", '{"metadata":{"finalizers":null}}');
      await destroying;
      assert.equal(await kubectl("get", "configmap", "held", "--ignore-not-found"), "");
    });

    it("that is gone already succeeds", async () => {
      const account = inNamespace((opts) => {
        new k8s.core.v1.ServiceAccount("gone", { metadata: { name: "gone" } }, opts);
        return {};
      });
      await stack.up(account);
      await kubectl("delete", "serviceaccount", "gone");
      await stack.destroy();
    });

    it("does not happen with retainOnDelete", async () => {
      await stack.up(
        inNamespace((opts) => {
          new k8s.core.v1.ServiceAccount("kept", { metadata: { name: "kept" } }, { ...opts, retainOnDelete: true });
          return {};
        }),
      );
      await stack.destroy();
      assert.equal(await kubectl("get", "serviceaccount", "kept", "-o", "name"), "serviceaccount/kept");
      await kubectl("delete", "serviceaccount", "kept");
    });
  });

  it("keeps secrets out of the state, in whatever field they are", async () => {
    const value = "correct-horse-battery-staple";
    const program = inNamespace((opts) => {
      const hidden = pulumi.secret(value);
      const secret = new k8s.core.v1.Secret("secret", { stringData: { value: hidden } }, opts);
      const plain = new k8s.core.v1.Secret("plain", { stringData: { value } }, opts);
      new k8s.core.v1.ConfigMap("map", { data: { value: hidden, other: "visible" } }, opts);
      return { data: secret.data.value, plain: plain.data.value };
    });
    const { outputs } = await stack.up(program);
    const encoded = Buffer.from(value).toString("base64");
    assert.deepEqual(outputs, { data: encoded, plain: encoded });
    await stack.refresh();
    const { text } = await stack.state();
    assert.ok(text.includes("visible"));
    for (const form of [value, encoded, encoded.slice(2, -4)]) assert.ok(!text.includes(form));
  });

  it("creates a custom resource in the same update as its definition, and waits for what waitFor says", async () => {
    const program = inNamespace((opts) => {
      const schema = { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } };
      const definition = new k8s.apiextensions.v1.CustomResourceDefinition(
        "widgets",
        {
          metadata: { name: "widgets.example.org" },
          spec: {
            group: "example.org",
            names: { kind: "Widget", plural: "widgets" },
            scope: "Namespaced",
            versions: [{ name: "v1", served: true, storage: true, schema }],
          },
        },
        opts,
      );
      const annotations = { "pulumi.com/waitFor": 'jsonpath={.status.parts[?(@.name=="wheel")].state}=turning' };
      new k8s.apiextensions.CustomResource(
        "widget",
        { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "widget", annotations }, spec: { size: 3 } },
        { ...opts, dependsOn: [definition] },
      );
      return {};
    });
    const status = { status: { parts: [{ name: "axle" }, { name: "wheel", state: "turning" }] } };
    const turning = waitFor(async () => {
      await kubectl("patch", "widgets.example.org", "widget", "--type=merge", "--patch", JSON.stringify(status));
      return true;
    });
    const { changes } = await stack.up(program);
    await turning;
    assert.equal(changes.create, 4);
    assert.deepEqual((await stack.up(program)).steps, []);
  });

  it("finds faults in the preview that only the API server knows", async () => {
    const program = inNamespace((opts) => {
      new k8s.core.v1.Service("service", { spec: { ports: [{ port: 123456 }] } }, opts);
      return {};
    });
    await assert.rejects(stack.preview(program), /spec\.ports\[0\]\.port/);
  });

  describe("a Helm release", () => {
    const chart = resolve(__dirname, "../fixtures/charts/tiny");
    const password = "swordfish-on-rye";
    const nowhere = { image: "docker.io/ipfs/no-such-image:v0" };
    const release = (values: Record<string, unknown>, args: Partial<k8s.helm.v3.ReleaseArgs> = {}) =>
      inNamespace((opts) => {
        const all = { ...values, password: pulumi.secret(password) };
        const installed = new k8s.helm.v3.Release("tiny", { chart, values: all, timeout: 40, ...args }, opts);
        return { status: installed.status, names: installed.resourceNames };
      });

    it("is installed, left alone, upgraded and removed; its secret values stay secret", async () => {
      const first = await stack.up(release({ greeting: "hello" }));
      const { name, status, revision, version } = first.outputs.status as Record<string, unknown>;
      assert.deepEqual([status, revision, version], ["deployed", 1, "0.1.0"]);
      assert.deepEqual(first.outputs.names, { "Deployment.apps/apps/v1": [name], "Secret/v1": [name] });
      assert.deepEqual((await stack.up(release({ greeting: "hello" }))).steps, []);
      assert.deepEqual((await stack.refresh()).changes, { same: first.changes.create });
      const second = await stack.up(release({ greeting: "bye" }));
      assert.deepEqual(second.steps, ["update Release tiny"]);
      assert.equal((second.outputs.status as { revision: number }).revision, 2);
      const { text } = await stack.state();
      assert.ok(!text.includes(password));
      await stack.destroy();
      assert.equal(await kubectl("get", "deployments,secrets", "-o", "name"), "");
    });

    it("that fails leaves nothing if it is atomic; the error says what was wrong with its pods", async () => {
      const error = await stack.failingUp(release(nowhere, { atomic: true, timeout: 10 }));
      assert.match(error, /ImagePull/);
      assert.ok(!error.includes(password));
      assert.equal(await kubectl("get", "deployments,secrets", "-o", "name"), "");
    });

    it("is rolled back by an atomic upgrade that fails, and upgraded when the fault is gone", async function () {
      if (!everything) return this.skip();
      await stack.up(release({ greeting: "hello" }, { atomic: true }));
      const error = await stack.failingUp(release(nowhere, { atomic: true, timeout: 10 }));
      assert.match(error, /ImagePull/);
      assert.equal(await kubectl("get", "deployments", "-o", "jsonpath={..image}"), image);
      const { outputs } = await stack.up(release({ greeting: "again" }, { atomic: true }));
      assert.equal((outputs.status as { status: string }).status, "deployed");
    });

    it("that fails without atomic is kept in the state as failed, and removed with the stack", async function () {
      if (!everything) return this.skip();
      const error = await stack.failingUp(release(nowhere, { timeout: 10 }));
      assert.match(error, /is there, but failed/);
      assert.equal((await stack.state()).resources.filter(({ type }) => type.endsWith(":Release")).length, 1);
      await stack.destroy();
      assert.equal(await kubectl("get", "deployments,secrets", "-o", "name"), "");
    });
  });
});

async function waitFor(happened: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await happened().catch(() => false))) {
    if (Date.now() > end) throw new Error("it did not happen within 30 s");
    await new Promise((done) => setTimeout(done, 200));
  }
}

/** Objects of the kinds that programs are made of, with values said in other forms than the API server stores. */
function everyKind(opts: pulumi.CustomResourceOptions): Record<string, never> {
  const labels = { app: "every" };
  const container = {
    name: "main",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["sleep", "86400"],
    env: [{ name: "EMPTY", value: "" }],
    resources: { requests: { cpu: "0.01", memory: "16777216" }, limits: { cpu: "1000m", memory: "1024Mi" } },
  };
  const template = {
    metadata: { labels },
    spec: { hostNetwork: false, terminationGracePeriodSeconds: 0, volumes: [], containers: [container] },
  };
  const { core, apps, batch, policy, networking, rbac, scheduling, storage, autoscaling } = k8s;
  const namespace = new core.v1.Namespace("namespace", { metadata: { name: "provider-every" } }, opts);
  const meta = { namespace: namespace.metadata.name };
  new core.v1.ConfigMap("map", { metadata: meta, data: { "a.b": "1" }, immutable: true }, opts);
  new core.v1.Secret("secret", { metadata: meta, stringData: { a: "1" }, data: { b: "Mg==" } }, opts);
  new core.v1.ServiceAccount("account", { metadata: meta }, opts);
  new core.v1.Service(
    "service",
    { metadata: meta, spec: { selector: labels, ports: [{ port: 80, targetPort: "http" }] } },
    opts,
  );
  new core.v1.Service(
    "headless",
    { metadata: meta, spec: { clusterIP: "None", selector: labels, ports: [{ port: 80 }] } },
    opts,
  );
  new core.v1.Service(
    "external",
    { metadata: meta, spec: { type: "ExternalName", externalName: "example.org" } },
    opts,
  );
  new core.v1.LimitRange(
    "limits",
    { metadata: meta, spec: { limits: [{ type: "Pod", max: { memory: "2048Mi" } }] } },
    opts,
  );
  new core.v1.ResourceQuota(
    "quota",
    { metadata: meta, spec: { hard: { pods: "100", "requests.memory": "102400Mi" } } },
    opts,
  );
  new core.v1.PersistentVolumeClaim(
    "claim",
    { metadata: meta, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } } },
    opts,
  );
  new core.v1.Pod("pod", { metadata: meta, spec: template.spec }, opts);
  const selector = { matchLabels: labels };
  new apps.v1.StatefulSet(
    "set",
    { metadata: meta, spec: { replicas: 1, serviceName: "headless", selector, template } },
    opts,
  );
  new apps.v1.Deployment("deployment", { metadata: meta, spec: { replicas: 1, selector, template } }, opts);
  new apps.v1.DaemonSet("daemons", { metadata: meta, spec: { selector, template } }, opts);
  const oneOff = { spec: { restartPolicy: "Never", containers: [{ ...container, command: ["true"] }] } };
  new batch.v1.Job("job", { metadata: meta, spec: { template: oneOff } }, opts);
  new batch.v1.CronJob(
    "cron",
    { metadata: meta, spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: oneOff } } } },
    opts,
  );
  new policy.v1.PodDisruptionBudget("budget", { metadata: meta, spec: { maxUnavailable: "50%", selector } }, opts);
  new networking.v1.NetworkPolicy(
    "deny",
    { metadata: meta, spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [] } },
    opts,
  );
  const backend = { service: { name: "service", port: { number: 80 } } };
  const rules = [{ host: "example.org", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }];
  new networking.v1.Ingress("ingress", { metadata: { ...meta, annotations: skipAwait }, spec: { rules } }, opts);
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "none" };
  new autoscaling.v2.HorizontalPodAutoscaler(
    "scaler",
    { metadata: meta, spec: { maxReplicas: 2, scaleTargetRef } },
    opts,
  );
  const role = new rbac.v1.Role(
    "role",
    { metadata: meta, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] },
    opts,
  );
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name };
  new rbac.v1.RoleBinding(
    "binding",
    { metadata: meta, roleRef, subjects: [{ kind: "ServiceAccount", name: "default" }] },
    opts,
  );
  new rbac.v1.ClusterRole("clusterRole", { rules: [{ nonResourceURLs: ["/healthz"], verbs: ["get"] }] }, opts);
  new scheduling.v1.PriorityClass("priority", { value: 7, globalDefault: false }, opts);
  new storage.v1.StorageClass("class", { provisioner: "example.org/none", reclaimPolicy: "Delete" }, opts);
  return {};
}
