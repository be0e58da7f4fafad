import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { crdFaults } from "../../support/crds";

const route = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "gateway", namespace: "ipfs", labels: { a: "b" } },
  spec: { hostnames: ["gw.example.org"], rules: [{ backendRefs: [{ name: "gateway", port: 8080 }] }] },
};
const parents = (...names: string[]) => ({ ...route, spec: { parentRefs: names.map((name) => ({ name })) } });
const withSpec = (spec: object) => ({ ...route, spec: { ...route.spec, ...spec } });

describe("the schemas of custom resources", () => {
  it("are those of every kind that the generator lists", () => {
    const files = readdirSync(join(__dirname, "..", "..", "fixtures", "crds")).filter((file) => file.endsWith(".json"));
    assert.equal(files.length, 19);
    for (const file of files) {
      const [group, version, kind] = file.replace(/\.json$/, "").split("_");
      const faults = crdFaults({ apiVersion: `${group}/${version}`, kind, metadata: { name: "x" }, nothing: 1 });
      assert.ok(
        faults.some((fault) => fault.endsWith("nothing")),
        file,
      );
    }
  });

  it("let a sound object pass", () => {
    assert.deepEqual(crdFaults(route), []);
  });

  const faulty: Readonly<Record<string, object>> = {
    "a field that there is not": withSpec({ hostname: "gw.example.org" }),
    "a field that there is not, below lists": withSpec({ rules: [{ timeout: "0s" }] }),
    "a value of another type": withSpec({ hostnames: "gw.example.org" }),
    "a value out of range": withSpec({ rules: [{ backendRefs: [{ name: "gateway", port: 99999999 }] }] }),
    "a value that is none of those allowed": withSpec({
      rules: [{ matches: [{ path: { type: "Prefix", value: "/" } }] }],
    }),
    "a host that is none": withSpec({ hostnames: ["GW example"] }),
    "metadata that nobody has": { ...route, metadata: { ...route.metadata, label: {} } },
    "an annotation that is no text": { ...route, metadata: { ...route.metadata, annotations: { a: true } } },
    "no metadata": { ...route, metadata: undefined },
  };
  for (const [about, object] of Object.entries(faulty)) {
    it(`refuse ${about}`, () => assert.equal(crdFaults(object).length > 0, true));
  }

  it("know that items of a list are told apart by their keys", () => {
    assert.deepEqual(crdFaults(parents("a", "b")), []);
    const listeners = [80, 81].map((port) => ({ name: "http", protocol: "HTTP", port }));
    const gateway = { ...route, kind: "Gateway", spec: { gatewayClassName: "x", listeners } };
    assert.match(crdFaults(gateway).join(), /listeners: has two items with the same keys/);
  });

  it("take numbers and texts where an API server does, and any JSON where it keeps it", () => {
    const issuer = (webhook: object) => ({
      apiVersion: "cert-manager.io/v1",
      kind: "Issuer",
      metadata: { name: "acme" },
      spec: {
        acme: {
          server: "https://example.org",
          privateKeySecretRef: { name: "key" },
          solvers: [{ dns01: { webhook: { groupName: "a", solverName: "b", ...webhook } } }],
        },
      },
    });
    assert.deepEqual(crdFaults(issuer({ config: { any: [1, { thing: true }] } })), []);
    assert.notDeepEqual(crdFaults(issuer({ configuration: {} })), []);
    const buffer = (bufferLimit: unknown) => ({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "ClientTrafficPolicy",
      metadata: { name: "a" },
      spec: {
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "a" },
        connection: { bufferLimit },
      },
    });
    for (const limit of [32768, "32Ki"]) assert.deepEqual(crdFaults(buffer(limit)), []);
    assert.notDeepEqual(crdFaults(buffer(true)), []);
  });

  it("know how short a duration may be", () => {
    const service = (timeout: string) => ({
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "a" },
      spec: { hosts: ["a"], http: [{ timeout, route: [{ destination: { host: "a" } }] }] },
    });
    for (const timeout of ["1ms", "1h30m", "3600s"]) assert.deepEqual(crdFaults(service(timeout)), [], timeout);
    for (const timeout of ["0s", "1", "soon"]) assert.match(crdFaults(service(timeout)).join(), /too short/, timeout);
  });

  it("that are missing are said to be", () => {
    assert.throws(() => crdFaults({ ...route, kind: "GRPCRoute" }), /GRPCRoute/);
  });
});
