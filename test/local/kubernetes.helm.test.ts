import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "../../local/plugins/kubernetes/cluster/kubeconfig";
import { HelmError, helm } from "../../local/plugins/kubernetes/helm/command";
import { installArguments, uninstallArguments, upgradeArguments } from "../../local/plugins/kubernetes/helm/flags";
import { releaseInputs } from "../../local/plugins/kubernetes/helm/inputs";
import { resourceNames } from "../../local/plugins/kubernetes/helm/release";
import { Asset, Secret, secret, unknown } from "../../local/plugins/protocol";

describe("the inputs of a release", () => {
  const settle = (given: Parameters<typeof releaseInputs>[0], old = {}) => releaseInputs(given, old, "web", "mine");

  it("get a name, a namespace and a time-out, and lose what says nothing", () => {
    const { name, ...rest } = settle({
      chart: "c",
      compat: "true",
      atomic: false,
      description: "",
      values: {},
      maxHistory: 0,
    });
    assert.match(String(name), /^web-[0-9a-f]{8}$/);
    assert.deepEqual(rest, { chart: "c", maxHistory: 0, namespace: "mine", timeout: 300 });
  });

  it("keep the name they were given before", () => {
    assert.equal(settle({ chart: "c" }, { name: "web-12345678" }).name, "web-12345678");
    assert.equal(settle({ chart: "c", name: "mine" }, { name: "web-12345678" }).name, "mine");
  });

  it("have no time-out if nothing is waited for", () => {
    assert.equal(settle({ chart: "c", skipAwait: true }).timeout, undefined);
  });

  it("have values files merged under the values, later files over earlier ones", () => {
    const files = [
      new Asset("1", { text: "a: 1\nb: {x: 1, y: 1}\n" }),
      new Asset("2", { text: "b: {y: 2}\nc: [1]\n" }),
    ];
    const { values } = settle({ chart: "c", valueYamlFiles: files, values: { c: [2], d: null } });
    assert.deepEqual(values, { a: 1, b: { x: 1, y: 2 }, c: [2], d: null });
  });

  it("have secret values if a file or the values are secret, and unknown ones if a file is unknown", () => {
    const file = new Asset("1", { text: "a: 1" });
    assert.ok(settle({ chart: "c", valueYamlFiles: [secret(file)] }).values instanceof Secret);
    assert.ok(settle({ chart: "c", valueYamlFiles: [file], values: secret({ b: 1 }) }).values instanceof Secret);
    assert.equal(settle({ chart: "c", valueYamlFiles: [unknown] }).values, unknown);
  });

  it("do not quote a values file that is malformed", () => {
    const file = new Asset("1", { text: "password: 'hunter2\n" });
    assert.throws(
      () => settle({ chart: "c", valueYamlFiles: [file] }),
      (error: Error) => !error.message.includes("hunter2"),
    );
  });
});

describe("the arguments of helm", () => {
  const release = {
    chart: "ingress-nginx",
    version: "4.15.1",
    repositoryOpts: { repo: "https://charts.example.org", caFile: "ca.pem" },
    name: "web",
    namespace: "n",
    values: { password: "hunter2" },
    timeout: 60,
  };
  const chart = ["ingress-nginx", "--repo", "https://charts.example.org", "--ca-file", "ca.pem", "--version", "4.15.1"];
  const wait = ["--wait", "--timeout", "60s"];

  it("say which chart, and to wait for it", () => {
    assert.deepEqual(installArguments(release), [...chart, ...wait]);
    assert.deepEqual(upgradeArguments(release), [...chart, "--history-max", "0", ...wait]);
    assert.deepEqual(uninstallArguments(release), wait);
  });

  it("follow the release's options, each for the command that has it", () => {
    const options = {
      ...release,
      atomic: true,
      createNamespace: true,
      cleanupOnFail: true,
      maxHistory: 5,
      waitForJobs: true,
    };
    assert.deepEqual(installArguments(options), [
      ...chart,
      "--atomic",
      "--create-namespace",
      "--wait",
      "--wait-for-jobs",
      "--timeout",
      "60s",
    ]);
    assert.deepEqual(upgradeArguments(options), [
      ...chart,
      "--atomic",
      "--cleanup-on-fail",
      "--history-max",
      "5",
      "--wait",
      "--wait-for-jobs",
      "--timeout",
      "60s",
    ]);
    assert.deepEqual(installArguments({ ...release, skipAwait: true }), chart);
    assert.deepEqual(uninstallArguments({ ...release, skipAwait: true }), []);
  });

  it("never hold values", () => {
    for (const args of [installArguments(release), upgradeArguments(release)])
      assert.ok(!args.join().includes("hunter2"));
  });
});

describe("the helm program", () => {
  let directory: string;
  const path = process.env.PATH;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "helm-"));
    process.env.PATH = `${directory}${delimiter}${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(directory, { recursive: true });
  });

  /** Puts a script in helm's place. */
  function fake(script: string): void {
    writeFileSync(join(directory, "helm"), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, "helm"), 0o755);
  }

  const connection: Connection = {
    server: "https://10.0.0.1:6443",
    ca: Buffer.from("PEM"),
    serverName: undefined,
    insecure: false,
    cert: undefined,
    key: undefined,
    authorization: async () => "Bearer t0ken",
    namespace: "default",
  };

  it("gets values and credentials in files that only the user can read, and that are gone afterwards", async () => {
    fake(
      `while [ $# -gt 0 ]; do case $1 in --values) cp -p "$2" ${directory}/values; echo "$2" ;; --kubeconfig) cp -p "$2" ${directory}/config ;; esac; shift; done`,
    );
    const given = (await helm(["install"], connection, { values: { password: "hunter2" } })).trim();
    assert.deepEqual(JSON.parse(readFileSync(join(directory, "values"), "utf8")), { password: "hunter2" });
    const { users, clusters } = JSON.parse(readFileSync(join(directory, "config"), "utf8"));
    assert.equal(users[0].user.token, "t0ken");
    assert.equal(clusters[0].cluster["certificate-authority-data"], Buffer.from("PEM").toString("base64"));
    for (const file of ["values", "config"]) assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600);
    assert.ok(!existsSync(given));
  });

  it("fails with its own words", async () => {
    fake('echo "level=WARN noise" >&2; echo "Error: release: not found" >&2; exit 1');
    await assert.rejects(helm(["status"]), (error) => {
      assert.ok(error instanceof HelmError);
      assert.deepEqual([error.message, error.isNotFound], ["release: not found", true]);
      return true;
    });
  });

  it("is interrupted when the update is", async () => {
    const ready = join(directory, "ready");
    fake(`trap 'echo "Error: interrupted" >&2; exit 1' INT; touch ${ready}; while :; do sleep 0.05; done`);
    const abort = new AbortController();
    const interrupted = assert.rejects(helm(["install"], undefined, { signal: abort.signal }), /interrupted/);
    while (!existsSync(ready)) await sleep(10);
    abort.abort();
    await interrupted;
  });

  it("is asked for if it is not there", async () => {
    process.env.PATH = directory;
    await assert.rejects(helm(["version"]), /need the program `helm`/);
  });
});

describe("the objects of a release", () => {
  it("are listed by kind and version", () => {
    const object = (apiVersion: string, kind: string, name: string, namespace?: string) => ({
      apiVersion,
      kind,
      metadata: { name, ...(namespace && { namespace }) },
    });
    const names = resourceNames([
      object("v1", "Secret", "b"),
      object("v1", "Secret", "a", "n"),
      object("apps/v1", "Deployment", "web"),
    ]);
    assert.deepEqual(names, { "Secret/v1": ["b", "n/a"], "Deployment.apps/apps/v1": ["web"] });
  });
});
