import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { platform } from "../../components/platform";
import { issuerRef } from "../../components/platform/issuer";
import { resolveSettings } from "../../components/settings";
import { environment } from "../../local";
import { waitFor } from "../../local/waitFor";
import { node, theNode } from "./support/shared";
import { type Outcome, TestStack } from "./support/testStack";

const run = promisify(execFile);

type Raw = Record<string, unknown>;

/** A class that nothing else on the node has. */
const ingressClass = "releases";
const [proxies, certificates, home] = ["releases-proxies", "releases-certificates", "releases-home"];
const definitions = ["issuers.cert-manager.io", "certificates.cert-manager.io"];

/** The charts are stand-ins, but what installs them, and what it says to them, is the program's own. */
describe("what the platform installs", function () {
  this.timeout("10m"); // the first run builds the toolchain

  let variables: Record<string, string>;
  let stack: TestStack;
  let archives: string;

  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout } = await run("kubectl", args, { env: { ...process.env, ...variables } });
    return stdout.trim();
  };
  const removed = (kind: string, ...names: string[]) => kubectl("delete", kind, ...names, "--ignore-not-found");

  before(async () => {
    await theNode();
    variables = await environment(node);
    process.env.PATH = variables.PATH; // where the automation API looks for pulumi
    archives = await mkdtemp(join(tmpdir(), "charts-"));
    await kubectl("create", "namespace", home);
  });
  after(async () => {
    await removed("customresourcedefinition", ...definitions);
    await removed("namespace", proxies, certificates, home);
    await rm(archives, { recursive: true });
  });

  // The tests of a group go on with one stack, in their order.
  const newStack = async () => {
    stack = await TestStack.create("releases", variables);
  };
  const dispose = () => stack.dispose();

  /** Packs the fixture as a chart of some version; returns the archive's path. */
  async function archive(version: string): Promise<string> {
    const sources = await mkdtemp(join(tmpdir(), "chart-"));
    const chart = join(sources, "controller");
    await cp(resolve(__dirname, "../fixtures/charts/controller"), chart, { recursive: true });
    const description = await readFile(join(chart, "Chart.yaml"), "utf8");
    await writeFile(join(chart, "Chart.yaml"), description.replace(/^version: .*$/m, `version: ${version}`));
    const packed = join(archives, `controller-${version}.tgz`);
    await run("tar", ["-czf", packed, "-C", sources, "controller"]);
    await rm(sources, { recursive: true });
    return packed;
  }

  const exposure = { gateway: { way: "ingress", host: "gateway.example.org" } };

  /** A stack in dev whose gateway is behind an ingress controller that it brings from an archive. */
  async function withController(version: string, values: Raw = {}): Promise<Raw> {
    const chart = await archive(version);
    return { exposure, ingressController: { chart, version, values, namespace: proxies, class: ingressClass } };
  }

  const settingsOf = (raw: Raw) =>
    resolveSettings({ environment: "dev", namespace: { name: home, create: false }, ...raw }, { stack: "releases" });

  /** A program that is a stack's platform and nothing else. */
  const installing = (raw: Raw) => async () => {
    const settings = settingsOf(raw);
    const provider = new k8s.Provider("k8s", { kubeconfig: variables.KUBECONFIG });
    const parent = new pulumi.ComponentResource(
      "test:index:Platform",
      "p",
      {},
      {
        provider,
        // Ten minutes are for machines that pull images.
        transformations: [
          ({ type, props, opts }) =>
            type === "kubernetes:helm.sh/v3:Release" ? { props: { ...props, timeout: 20 }, opts } : undefined,
        ],
      },
    );
    const { ready, caCertificate } = platform("p", settings, home, parent);
    const releases = ready.filter((each) => each instanceof k8s.helm.v3.Release);
    return { status: pulumi.all(releases.map(({ status }) => status)), caCertificate };
  };

  const statusOf = ({ outputs }: Outcome) =>
    (outputs.status as Raw[]).map(({ name, revision, status, version }) => [name, revision, status, version]);
  const of = (kind: string, path: string, name = "ingress-nginx") =>
    kubectl("--namespace", proxies, "get", kind, name, "--output", `jsonpath=${path}`);
  const deployment = (path: string) => of("deployment", path);
  const podUids = async () => {
    const selector = ["-l", "app.kubernetes.io/instance=ingress-nginx", "-o", "jsonpath={.items[*].metadata.uid}"];
    return (await kubectl("--namespace", proxies, "get", "pods", ...selector)).split(" ").sort().join(" ");
  };

  describe("an ingress controller from an archive", () => {
    before(newStack);
    after(dispose);

    it("that can't be installed leaves nothing behind, so that the next try can have its name", async () => {
      const broken = await withController("1.0.0", { hook: { exitCode: 3 } });
      assert.match(await stack.failingUp(installing(broken)), /post-install|BackoffLimit/);
      assert.equal(await kubectl("--namespace", proxies, "get", "deployments,services", "-o", "name"), "");
    });

    it("is there with its hooks done and its pods ready when the update ends, and is left alone by the next", async () => {
      const raw = await withController("1.0.0", { controller: { config: { "hide-headers": "X" } } });
      assert.deepEqual(statusOf(await stack.up(installing(raw))), [["ingress-nginx", 1, "deployed", "1.0.0"]]);
      assert.equal(await deployment("{.status.availableReplicas}"), "1");
      assert.equal(await of("job", "{.status.succeeded}", "ingress-nginx-check"), "1");
      assert.deepEqual((await stack.up(installing(raw))).steps, []);
    });

    it("has the program's values, and the stack file's over them", async () => {
      assert.equal(await of("ingressclass", "{.spec.controller}", ingressClass), `k8s.io/ingress-${ingressClass}`);
      assert.equal(await of("service", "{.spec.type} {.spec.externalTrafficPolicy}"), "NodePort Local");
      const config = JSON.parse(await of("configmap", "{.data}"));
      assert.equal(config["hide-headers"], "X");
      assert.equal(config["annotations-risk-level"], "High");
    });

    it("is upgraded to another version and other values, and waited for", async () => {
      const before = await podUids();
      const raw = await withController("1.1.0", { controller: { replicaCount: 2 } });
      const upgraded = await stack.up(installing(raw));
      assert.deepEqual(upgraded.steps, ["update Release p-ingress-nginx"]);
      assert.deepEqual(statusOf(upgraded), [["ingress-nginx", 2, "deployed", "1.1.0"]]);
      assert.equal(await deployment("{.status.updatedReplicas} {.status.availableReplicas}"), "2 2");
      assert.notEqual(await podUids(), before);
    });

    for (const { fault, values, reason } of [
      { fault: "whose image is nowhere", values: { image: "docker.io/ipfs/no-such-image:v0" }, reason: /ImagePull/ },
      { fault: "whose hook fails", values: { hook: { exitCode: 3 } }, reason: /post-upgrade|BackoffLimit/ },
    ]) {
      it(`keeps running as it was when an upgrade comes ${fault}, and the error says what was wrong`, async () => {
        const before = await podUids();
        const raw = await withController("1.1.0", { controller: { replicaCount: 2 }, ...values });
        assert.match(await stack.failingUp(installing(raw)), reason);
        assert.equal(await deployment("{.spec.template.spec.containers[0].image}"), "docker.io/ipfs/kubo:v0.42.0");
        assert.equal(await deployment("{.status.availableReplicas}"), "2");
        await waitFor("nothing but the old pods", 30, async () => (await podUids()) === before);
      });
    }

    it("takes the next upgrade after failed ones", async () => {
      const [[, , ...healed]] = statusOf(await stack.up(installing(await withController("1.2.0"))));
      assert.deepEqual(healed, ["deployed", "1.2.0"]);
    });

    it("goes with the stack; its namespace stays, empty", async () => {
      await stack.destroy();
      assert.equal(await kubectl("--namespace", proxies, "get", "deployments,services", "-o", "name"), "");
      assert.equal(await kubectl("get", "ingressclass", ingressClass, "--ignore-not-found"), "");
      assert.equal(await kubectl("get", "namespace", proxies, "-o", "name"), `namespace/${proxies}`);
    });
  });

  describe("cert-manager from an archive", () => {
    before(newStack);
    after(dispose);

    const signed = async (kind: string) => ({
      tls: { issuer: { kind, ...(kind === "letsEncrypt" ? { email: "ops@example.org" } : {}) } },
      certManager: { chart: await archive("1.0.0"), version: "1.0.0", namespace: certificates },
      exposure,
      ingressController: { install: "existing" },
    });
    const inHome = (...args: string[]) => kubectl("--namespace", home, ...args);

    /** Does what cert-manager would do to an object, as soon as it is there. */
    const madeReady = (kind: string, name: string) =>
      waitFor(`${kind} ${name}`, 120, async () => {
        const status = { status: { conditions: [{ type: "Ready", status: "True" }] } };
        await inHome("patch", kind, name, "--type=merge", "--patch", JSON.stringify(status));
        return true;
      });

    it("can be previewed before its definitions are there", async () => {
      const { changes } = await stack.preview(installing(await signed("selfSigned")));
      assert.equal(changes.create, 8, "the stack, its provider and component, the release, 2 issuers, 2 certificates");
    });

    it("doesn't keep the way in waiting for a certificate of ACME, which comes through it", async () => {
      const raw = await signed("letsEncrypt");
      const issuer = issuerRef(settingsOf(raw)).name;
      await Promise.all([stack.up(installing(raw)), madeReady("issuers.cert-manager.io", issuer)]);
      assert.equal(await inHome("get", "certificates.cert-manager.io", "gateway-tls", "-o", "jsonpath={.status}"), "");
    });

    it("leaves its definitions when it goes", async () => {
      await stack.destroy();
      const left = await kubectl("get", "customresourcedefinitions", ...definitions, "-o", "name");
      assert.equal(left.split("\n").length, 2);
      assert.equal(await inHome("get", "issuers.cert-manager.io,certificates.cert-manager.io", "-o", "name"), "");
    });

    it("takes them up when it comes again, and each object waits until the one it needs is Ready", async () => {
      const cluster = (async () => {
        await madeReady("issuers.cert-manager.io", `${home}-self-signed`);
        await madeReady("certificates.cert-manager.io", `${home}-ca`);
        await waitFor("the issuer", 60, () => inHome("get", "issuers.cert-manager.io", home));
        // Time enough to be there, if it did not wait.
        await new Promise((done) => setTimeout(done, 3000));
        assert.equal(await inHome("get", "certificates.cert-manager.io", "gateway-tls", "--ignore-not-found"), "");
        await madeReady("issuers.cert-manager.io", home);
        await madeReady("certificates.cert-manager.io", "gateway-tls");
      })();
      const raw = await signed("selfSigned");
      await Promise.all([stack.up(installing(raw)), cluster]);
      assert.deepEqual((await stack.up(installing(raw))).steps, []);
    });
  });

  describe("certificates of a generated authority", () => {
    before(newStack);
    after(dispose);

    it("are signed by the tls provider, stored by the API server and trusted by whoever trusts the authority", async () => {
      const raw = { exposure, ingressController: { install: "existing" } };
      const { outputs } = await stack.up(installing(raw));
      const ca = String(outputs.caCertificate);
      const secret = JSON.parse(
        await kubectl("--namespace", home, "get", "secret", "gateway-generated-tls", "-o", "json"),
      );
      assert.equal(secret.type, "kubernetes.io/tls");
      const chain = Buffer.from(secret.data["tls.crt"], "base64").toString();
      assert.ok(chain.endsWith(ca));
      const [trusted, shown] = [join(archives, "ca.pem"), join(archives, "chain.pem")];
      await Promise.all([writeFile(trusted, ca), writeFile(shown, chain)]);
      const verify = ["verify", "-x509_strict", "-verify_hostname", "gateway.example.org", "-CAfile", trusted, shown];
      assert.match((await run("openssl", verify)).stdout, /OK/);
      assert.ok(!(await stack.state()).text.includes("PRIVATE KEY"));
      assert.deepEqual((await stack.up(installing(raw))).steps, []);
    });
  });
});
