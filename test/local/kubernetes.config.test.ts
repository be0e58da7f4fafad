import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../local/plugins/kubernetes/cluster/kubeconfig";
import { clusterChange, providerConfig } from "../../local/plugins/kubernetes/config";
import { invoke } from "../../local/plugins/kubernetes/invoke";
import { KubernetesProvider } from "../../local/plugins/kubernetes/provider";
import { Session } from "../../local/plugins/kubernetes/session";
import { type PropertyMap, secret, unknown } from "../../local/plugins/protocol";

const kubeconfig = (server = "https://10.0.0.1:6443", user: object = { token: "t0ken" }, cluster: object = {}) =>
  JSON.stringify({
    "current-context": "dev",
    contexts: [
      { name: "dev", context: { cluster: "one", user: "me", namespace: "mine" } },
      { name: "prod", context: { cluster: "two" } },
    ],
    clusters: [
      { name: "one", cluster: { server, ...cluster } },
      { name: "two", cluster: { server: "https://10.0.0.2:6443/" } },
    ],
    users: [{ name: "me", user }],
  });

describe("a kubeconfig", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("is given as contents, and its context chosen", async () => {
    const current = connect({ kubeconfig: kubeconfig() });
    assert.deepEqual([current.server, current.namespace], ["https://10.0.0.1:6443", "mine"]);
    assert.equal(await current.authorization(), "Bearer t0ken");
    const other = connect({ kubeconfig: kubeconfig(), context: "prod" });
    assert.deepEqual([other.server, other.namespace], ["https://10.0.0.2:6443", "default"]);
    assert.equal(await other.authorization(), undefined);
  });

  it("is given as a path, or by $KUBECONFIG; files in it are looked for beside it", async () => {
    writeFileSync(join(directory, "ca.crt"), "PEM");
    writeFileSync(join(directory, "token"), "from-file\n");
    const path = join(directory, "config");
    writeFileSync(path, kubeconfig(undefined, { tokenFile: "token" }, { "certificate-authority": "ca.crt" }));
    const before = process.env.KUBECONFIG;
    process.env.KUBECONFIG = path;
    try {
      for (const connection of [connect({ kubeconfig: path }), connect({})]) {
        assert.equal(connection.ca?.toString(), "PEM");
        assert.equal(await connection.authorization(), "Bearer from-file");
      }
    } finally {
      if (before === undefined) delete process.env.KUBECONFIG;
      else process.env.KUBECONFIG = before;
    }
  });

  it("may ask a command for its credentials", async () => {
    const credential = JSON.stringify({ status: { token: "from-command" } });
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "echo", args: [credential] };
    assert.equal(await connect({ kubeconfig: kubeconfig(undefined, { exec }) }).authorization(), "Bearer from-command");
  });

  it("that is missing, or lacks what is asked for, is told by name", () => {
    assert.throws(() => connect({ kubeconfig: "/no/such/file" }), /there is no kubeconfig file "\/no\/such\/file"/);
    assert.throws(() => connect({ kubeconfig: kubeconfig(), context: "x" }), /no context "x" \(it has: dev, prod\)/);
  });

  it("that is malformed does not show up in the error", () => {
    const broken = "users: [{token: s3cret\n";
    assert.throws(
      () => connect({ kubeconfig: broken }),
      (error: Error) => !error.message.includes("s3cret"),
    );
  });

  it("that leads nowhere is an error only for what needs the cluster", async () => {
    const session = new Session(providerConfig({ kubeconfig: "/no/such/file" }));
    assert.match((await session.unreachable()) ?? "", /no kubeconfig file/);
    await assert.rejects(session.cluster(), /configured Kubernetes cluster is unreachable/);
  });
});

describe("the configuration of the provider", () => {
  it("has the official defaults", () => {
    const { mutability, patchForce, upsertExistingObjects, deleteUnreachable } = providerConfig({});
    assert.deepEqual(
      [mutability, patchForce, upsertExistingObjects, deleteUnreachable],
      [{ configMaps: false, secrets: false }, false, false, false],
    );
  });

  it("takes flags as the SDK writes them, as texts", () => {
    const config = providerConfig({
      enableConfigMapMutable: "true",
      enableSecretMutable: "false",
      upsertExistingObjects: secret("true"),
    });
    assert.deepEqual(config.mutability, { configMaps: true, secrets: false });
    assert.equal(config.upsertExistingObjects, true);
  });

  it("replaces every resource when it leads to another cluster", () => {
    const [here, there] = [kubeconfig(), kubeconfig("https://10.9.9.9:6443")];
    assert.deepEqual(clusterChange({ kubeconfig: here }, { kubeconfig: there }), ["kubeconfig"]);
    assert.deepEqual(clusterChange({ kubeconfig: here }, { kubeconfig: here, context: "prod" }), ["context"]);
    assert.deepEqual(clusterChange({ kubeconfig: here }, { kubeconfig: unknown }), ["kubeconfig"]);
    assert.deepEqual(clusterChange({ kubeconfig: secret(here) }, { kubeconfig: here }), []);
    assert.deepEqual(clusterChange({ kubeconfig: here }, { kubeconfig: kubeconfig(undefined, { token: "new" }) }), []);
  });

  it("lets the clusterIdentifier decide, if there is one before and after", () => {
    const [here, there] = [kubeconfig(), kubeconfig("https://10.9.9.9:6443")];
    const same = { clusterIdentifier: "a" };
    assert.deepEqual(clusterChange({ kubeconfig: here, ...same }, { kubeconfig: there, ...same }), []);
    assert.deepEqual(clusterChange({ kubeconfig: here, ...same }, { kubeconfig: here, clusterIdentifier: "b" }), [
      "clusterIdentifier",
    ]);
    assert.deepEqual(clusterChange({ kubeconfig: here }, { kubeconfig: here, ...same }), []);
  });
});

describe("the provider's own resource", () => {
  const provider = new KubernetesProvider();
  const resource = {
    urn: "urn:pulumi:dev::p::pulumi:providers:kubernetes::k8s",
    type: "pulumi:providers:kubernetes",
    name: "k8s",
  };
  const diff = async (oldInputs: PropertyMap, inputs: PropertyMap) =>
    (await provider.diffConfig({ ...resource, id: "x", oldInputs, oldOutputs: oldInputs, inputs, ignoreChanges: [] }))
      .detailedDiff;

  it("changes when an argument does, secret or not, and is replaced with its cluster", async () => {
    const there = kubeconfig("https://10.9.9.9:6443");
    assert.deepEqual(await diff({ kubeconfig: secret(kubeconfig()) }, { kubeconfig: secret(kubeconfig()) }), {});
    assert.deepEqual(await diff({ kubeconfig: secret(kubeconfig()) }, { kubeconfig: secret(there), namespace: "n" }), {
      kubeconfig: { kind: "update", replace: true, inputDiff: true },
      namespace: { kind: "update", replace: false, inputDiff: true },
    });
  });

  it("refuses what only the official provider can do", async () => {
    const { failures } = await provider.checkConfig({
      ...resource,
      oldInputs: {},
      inputs: { enableServerSideApply: "false", renderYamlToDirectory: "out" },
    });
    assert.deepEqual(
      failures?.map(({ property }) => property),
      ["enableServerSideApply", "renderYamlToDirectory"],
    );
    assert.deepEqual(
      (await provider.checkConfig({ ...resource, oldInputs: {}, inputs: { enableServerSideApply: "true" } })).failures,
      [],
    );
  });
});

describe("the functions of the package", () => {
  const call = (token: string, text: string) => invoke({ token, args: { text }, preview: false }, undefined);

  it("decode a manifest, without its empty documents", async () => {
    const text = "kind: A\napiVersion: v1\n---\n# nothing\n---\nkind: B\napiVersion: v1\n";
    const { result } = await call("kubernetes:yaml:decode", text);
    assert.deepEqual(result, {
      result: [
        { kind: "A", apiVersion: "v1" },
        { kind: "B", apiVersion: "v1" },
      ],
    });
  });

  it("refuse a malformed manifest without quoting it, and what only the official provider can do", async () => {
    await assert.rejects(call("kubernetes:yaml:decode", "password: 'hunter2\n"), (error: Error) => {
      assert.match(error.message, /not valid YAML/);
      assert.ok(!error.message.includes("hunter2"));
      return true;
    });
    await assert.rejects(call("kubernetes:helm:template", ""), /use helm\.v3\.Release/);
  });
});
