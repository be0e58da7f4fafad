import assert from "node:assert/strict";
import { providerConfig } from "../../local/plugins/kubernetes/config";
import { ObjectResource } from "../../local/plugins/kubernetes/objectResource";
import { Session } from "../../local/plugins/kubernetes/session";
import { type Call, InitializationError, type PropertyMap, Secret, unknown } from "../../local/plugins/protocol";
import { FakeApi } from "./kubernetes.fakeApi";

describe("a resource that is an object", () => {
  let api: FakeApi;
  let resource: ObjectResource;
  const warnings: string[] = [];
  const call: Call = {
    signal: new AbortController().signal,
    timeoutSeconds: undefined,
    log: (_severity, text) => warnings.push(text),
    status: () => undefined,
  };

  beforeEach(async () => {
    api = await FakeApi.start();
    resource = new ObjectResource(new Session(providerConfig({ kubeconfig: kubeconfig(api.address), namespace: "n" })));
  });
  afterEach(() => api.stop());

  const kubeconfig = (server: string) =>
    JSON.stringify({
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server } }],
    });
  const about = (type: string) => ({ urn: `urn:pulumi:dev::p::${type}::x`, type, name: "x" });
  const configMapType = "kubernetes:core/v1:ConfigMap";
  const configMap = (properties: PropertyMap = {}): PropertyMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    ...properties,
  });
  const check = (inputs: PropertyMap, type = configMapType) =>
    resource.check({ ...about(type), oldInputs: {}, inputs, autonaming: undefined, randomSeed: new Uint8Array([1]) });
  /** The API server's answer to writes: what was written. */
  const accept = () => {
    api.intercept = ({ method, path, body }) => {
      if (path === "/version") return { code: 200, body: {} };
      return method === "GET" ? undefined : { code: 200, body: { ...JSON.parse(body), status: { set: true } } };
    };
  };

  it("needs an apiVersion and a kind", async () => {
    assert.deepEqual((await check({ kind: "ConfigMap" })).failures, [{ property: "apiVersion", reason: "is not set" }]);
    assert.deepEqual((await check({ apiVersion: "v1" })).failures, [{ property: "kind", reason: "is not set" }]);
  });

  it("goes to the provider's namespace, if its kind has namespaces", async () => {
    accept();
    const { inputs } = await check(configMap());
    assert.equal((inputs.metadata as PropertyMap).namespace, "n");
    const own = await check(configMap({ metadata: { name: "a", namespace: "mine" } }));
    assert.deepEqual(own.inputs.metadata, { name: "a", namespace: "mine" });
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "a", namespace: "stray" } };
    assert.deepEqual((await check(node, "kubernetes:core/v1:Node")).inputs.metadata, { name: "a" });
    const unknownKind = { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "a" } };
    const widget = await check(unknownKind, "kubernetes:example.org/v1:Widget");
    assert.deepEqual(widget.inputs.metadata, { name: "a", namespace: "n" });
  });

  it("keeps its secrets and what is not known yet", async () => {
    accept();
    const { inputs } = await check(configMap({ data: { hidden: new Secret("x"), later: unknown } }));
    assert.deepEqual(inputs.data, { hidden: new Secret("x"), later: unknown });
    const type = "kubernetes:core/v1:Secret";
    const secret = await check({ apiVersion: "v1", kind: "Secret", stringData: { a: "x" } }, type);
    assert.deepEqual(secret.inputs.data, new Secret({ a: "eA==" }));
  });

  it("is previewed by a dry run, or not at all where that cannot be", async () => {
    accept();
    const create = (inputs: PropertyMap) => resource.create({ ...about(configMapType), inputs, preview: true }, call);
    const inputs = configMap({ metadata: { name: "a", namespace: "n" } });
    const { outputs } = await create(inputs);
    assert.equal(api.received.at(-1)?.query.get("dryRun"), "All");
    assert.deepEqual(outputs.metadata, inputs.metadata);
    assert.equal(outputs.status, undefined);
    const asked = api.received.length;
    const later = configMap({ metadata: { name: unknown } });
    assert.deepEqual((await create(later)).outputs, later);
    const widget = { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "a" } };
    assert.deepEqual((await create(widget)).outputs, widget);
    assert.ok(api.received.slice(asked).every(({ method }) => method === "GET"));
  });

  const limits: [string, number, object][] = [
    ["its namespace is yet to come", 404, { details: { kind: "namespaces" } }],
    ["it may not be written", 403, {}],
    ["it is to be replaced under the same name", 409, { reason: "AlreadyExists" }],
  ];
  for (const [why, code, body] of limits) {
    it(`is previewed as its inputs if ${why}`, async () => {
      api.intercept = ({ method, path }) =>
        path === "/version" ? { code: 200, body: {} } : method === "POST" ? { code, body } : undefined;
      const inputs = configMap({ metadata: { name: "a", namespace: "n" } });
      const created = await resource.create({ ...about(configMapType), inputs, preview: true }, call);
      assert.deepEqual(created.outputs, inputs);
    });
  }

  it("waits for its namespace when it is created", async () => {
    let refused = 0;
    api.intercept = ({ method, path, body }) => {
      if (path === "/version") return { code: 200, body: {} };
      if (method !== "POST") return undefined;
      return refused++ === 0
        ? { code: 404, body: { details: { kind: "namespaces" } } }
        : { code: 201, body: JSON.parse(body) };
    };
    const inputs = configMap({ metadata: { name: "a", namespace: "n" } });
    const { id } = await resource.create({ ...about(configMapType), inputs, preview: false }, call);
    assert.deepEqual([id, refused], ["n/a", 2]);
  });

  it("is in the state once it was written, whatever happens then", async () => {
    api.intercept = ({ method, path, body }) => {
      if (path === "/version") return { code: 200, body: {} };
      if (method === "POST") return { code: 201, body: JSON.parse(body) };
      return path.endsWith("/statefulsets") ? { code: 403, body: { message: "statefulsets is forbidden" } } : undefined;
    };
    const inputs = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "a", namespace: "n" }, spec: {} };
    const creation = resource.create({ ...about("kubernetes:apps/v1:StatefulSet"), inputs, preview: false }, call);
    await assert.rejects(creation, (error) => {
      assert.ok(error instanceof InitializationError);
      assert.deepEqual([error.id, error.reasons], ["n/a", ["statefulsets is forbidden"]]);
      assert.deepEqual(error.outputs.metadata, inputs.metadata);
      return true;
    });
  });

  describe("that is changed", () => {
    const inputs = configMap({ metadata: { name: "a", namespace: "n" }, data: { a: "1" } });
    const diff = (news: PropertyMap, ignoreChanges: string[] = [], olds = inputs) =>
      resource.diff({
        ...about(configMapType),
        id: "n/a",
        oldInputs: olds,
        oldOutputs: olds,
        inputs: news,
        ignoreChanges,
      });
    beforeEach(accept);

    it("is deleted before its replacement comes if both have the same name", async () => {
      const { deleteBeforeReplace } = await diff({ ...inputs, data: { a: "2" } });
      assert.equal(deleteBeforeReplace, true);
    });

    it("is deleted after its replacement came if the name or namespace is another, or was generated", async () => {
      const renamed = await diff({ ...inputs, metadata: { name: "b", namespace: "n" } });
      assert.deepEqual([renamed.detailedDiff["metadata.name"]?.replace, renamed.deleteBeforeReplace], [true, false]);
      const moved = await diff({ ...inputs, metadata: { name: "a", namespace: "m" } });
      assert.equal(moved.deleteBeforeReplace, false);
      const metadata = { name: "a", namespace: "n", annotations: { "pulumi.com/autonamed": "true" } };
      const generated = await diff({ ...inputs, metadata, data: { a: "2" } }, [], { ...inputs, metadata });
      assert.deepEqual([generated.detailedDiff["data.a"]?.replace, generated.deleteBeforeReplace], [true, false]);
    });

    it("is left alone where ignoreChanges says so", async () => {
      assert.deepEqual((await diff({ ...inputs, data: { a: "2" } }, ["data"])).detailedDiff, {});
    });
  });

  it("says what to do when it was deleted outside Pulumi", async () => {
    accept();
    const inputs = configMap({ metadata: { name: "a", namespace: "n" } });
    const request = {
      ...about(configMapType),
      id: "n/a",
      oldInputs: inputs,
      oldOutputs: inputs,
      inputs,
      ignoreChanges: [],
    };
    await assert.rejects(
      resource.update({ ...request, preview: false }, call),
      /ConfigMap n\/a was deleted outside Pulumi: run `pulumi refresh`/,
    );
  });

  it("is gone for a refresh if its kind is", async () => {
    accept();
    const outputs = { apiVersion: "example.org/v1", kind: "Widget", metadata: { name: "a", namespace: "n" } };
    const request = { ...about("kubernetes:example.org/v1:Widget"), id: "n/a", inputs: outputs, outputs };
    assert.equal(await resource.read(request, call), undefined);
  });
});
