import assert from "node:assert/strict";
import { certManagerValues } from "../../../components/platform/certManager";
import { releaseArgs } from "../../../components/platform/chart";
import { ingressNginxValues } from "../../../components/platform/ingressNginx";
import type { ChartSettings } from "../../../components/settings";
import { everythingThrough, letsEncrypt, ofKind, platformGraph, settingsOf } from "./stacks";

const chart: ChartSettings = {
  install: "install",
  namespace: "edge",
  chart: "proxy",
  repository: "https://charts.example.org",
  version: "1.2.3",
  values: {},
};

describe("a release", () => {
  it("is of an exact version under a fixed name, and in a namespace of its own", () => {
    const args = releaseArgs("proxy", chart, {});
    assert.deepEqual(
      [args.name, args.namespace, args.createNamespace, args.chart, args.version],
      ["proxy", "edge", true, "proxy", "1.2.3"],
    );
  });

  it("is waited for with its hooks and jobs, and undone when it fails", () => {
    const { skipAwait, waitForJobs, timeout, atomic, cleanupOnFail } = releaseArgs("proxy", chart, {});
    assert.deepEqual([skipAwait, waitForJobs, timeout, atomic, cleanupOnFail], [false, true, 600, true, true]);
  });

  it("comes from a repository, an OCI registry or a local archive", () => {
    const repositoryOf = (changes: Partial<ChartSettings>) =>
      releaseArgs("proxy", { ...chart, ...changes }, {}).repositoryOpts;
    assert.deepEqual(repositoryOf({}), { repo: "https://charts.example.org" });
    assert.equal(repositoryOf({ chart: "oci://registry.example.org/proxy", repository: undefined }), undefined);
    assert.equal(repositoryOf({ chart: "./charts/proxy-1.2.3.tgz", repository: undefined }), undefined);
  });

  it("has the stack file's values over this program's, key by key", () => {
    const own = { controller: { replicas: 2, image: { tag: "a" }, list: [1, 2] }, other: true };
    const values = { controller: { image: { tag: "b" }, list: [3], extra: null } };
    assert.deepEqual(releaseArgs("proxy", { ...chart, values }, own).values, {
      controller: { replicas: 2, image: { tag: "b" }, list: [3], extra: null },
      other: true,
    });
    assert.deepEqual(own.controller.image, { tag: "a" });
  });
});

describe("ingress-nginx's values", () => {
  const valuesOf = (raw: Record<string, unknown>) =>
    ingressNginxValues(settingsOf({ tls: letsEncrypt, ...everythingThrough("ingress"), ...raw })).controller;

  it("make a class that no other controller of the cluster serves", () => {
    const { ingressClass, ingressClassResource } = valuesOf({ ingressController: { class: "edge" } });
    assert.equal(ingressClass, "edge");
    assert.deepEqual(ingressClassResource, { name: "edge", controllerValue: "k8s.io/ingress-edge" });
    assert.equal(valuesOf({}).ingressClassResource.controllerValue, "k8s.io/ingress-nginx");
  });

  it("have two replicas apart behind a load balancer, and one at a node port in dev", () => {
    const { replicaCount, minAvailable, service, topologySpreadConstraints } = valuesOf({});
    assert.deepEqual([replicaCount, minAvailable, service.type], [2, 1, "LoadBalancer"]);
    assert.equal(topologySpreadConstraints.length, 2);
    const dev = valuesOf({ environment: "dev" });
    assert.deepEqual([dev.replicaCount, dev.service.type, dev.topologySpreadConstraints], [1, "NodePort", []]);
  });

  it("keep the clients' addresses, which limits and allowed ranges go by", () => {
    for (const environment of ["dev", "prod"]) {
      assert.equal(valuesOf({ environment }).service.externalTrafficPolicy, "Local");
    }
  });

  it("let no annotation put text into the configuration", () => {
    const values = valuesOf({});
    assert.equal(values.allowSnippetAnnotations, false);
    assert.equal(values.enableAnnotationValidations, true);
    assert.equal(values.config["annotations-risk-level"], "High");
    assert.equal(values.config["strict-validate-path-type"], "true");
    assert.deepEqual(values.admissionWebhooks, { enabled: true, failurePolicy: "Fail" });
  });

  it("give the ConfigMap nothing but texts", () => {
    for (const value of Object.values(valuesOf({}).config)) assert.equal(typeof value, "string");
  });
});

describe("cert-manager's values", () => {
  const valuesOf = (raw: Record<string, unknown>) =>
    certManagerValues(settingsOf({ tls: letsEncrypt, ...everythingThrough("ingress"), ...raw }));

  it("bring its definitions, and leave them when it goes", () => {
    assert.deepEqual(valuesOf({}).crds, { enabled: true, keep: true });
  });

  it("wait until its webhook answers", () => {
    assert.deepEqual(valuesOf({}).startupapicheck, { enabled: true });
  });

  it("have two replicas of every part with a disruption budget, and in dev one without", () => {
    const budgets = (raw: Record<string, unknown>) => {
      const values = valuesOf(raw);
      return [values, values.webhook, values.cainjector].map((part) => [
        part.replicaCount,
        part.podDisruptionBudget.enabled,
      ]);
    };
    assert.deepEqual(budgets({}), Array(3).fill([2, true]));
    assert.deepEqual(budgets({ environment: "dev" }), Array(3).fill([1, false]));
  });

  it("turn Gateway API on where a host is behind one, and only there", () => {
    assert.equal(valuesOf({}).config, undefined);
    assert.deepEqual(valuesOf(everythingThrough("gatewayApi")).config?.gatewayAPI, { enabled: true });
  });

  it("elect its leader in its own namespace", () => {
    const { global } = valuesOf({ certManager: { namespace: "certificates" } });
    assert.equal(global.leaderElection.namespace, "certificates");
  });
});

describe("the controllers of a stack", () => {
  const releases = async (raw: Record<string, unknown>) =>
    ofKind(await platformGraph(settingsOf(raw)), "Release")
      .map(({ inputs }) => inputs.name)
      .sort();

  it("are installed where a host needs them", async () => {
    const raw = { tls: letsEncrypt, ...everythingThrough("ingress") };
    assert.deepEqual(await releases(raw), ["cert-manager", "ingress-nginx"]);
    assert.deepEqual(await releases({ tls: letsEncrypt, ...everythingThrough("gatewayApi") }), ["cert-manager"]);
    assert.deepEqual(await releases({}), []);
  });

  it("are left to others where the stack file says so", async () => {
    const existing = { ingressController: { install: "existing" }, certManager: { install: "existing" } };
    assert.deepEqual(await releases({ tls: letsEncrypt, ...everythingThrough("ingress"), ...existing }), []);
  });

  it("can be a fork with other images, of another chart", async () => {
    const values = { controller: { image: { registry: "registry.example.org" } } };
    const ingressController = { chart: "oci://ghcr.io/fork/charts/ingress-nginx", version: "5.0.0", values };
    const raw = { tls: letsEncrypt, ...everythingThrough("ingress"), ingressController };
    const releases = ofKind(await platformGraph(settingsOf(raw)), "Release");
    const release = releases.find(({ inputs }) => inputs.name === "ingress-nginx");
    assert.ok(release);
    assert.deepEqual([release.inputs.chart, release.inputs.version], [ingressController.chart, "5.0.0"]);
    assert.equal(release.inputs.repositoryOpts, undefined);
    const { controller } = release.inputs.values as { controller: { image: Record<string, unknown> } };
    assert.deepEqual(controller.image, {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      registry: "registry.example.org",
    });
  });
});
