import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { node, theNode } from "./support/shared";
import { Stack } from "./support/stack";

const good = { environment: "dev", replicas: 2, identities: 2, replication: { min: 1, max: 2 } };
// Settings that the program itself takes: any registry, and no NetworkPolicies where somebody says that others are in force.
const bad = { ...good, cluster: { image: "registry.example.org/ipfs/ipfs-cluster:v1.1.6" } };
const unfenced = { ...good, networkPolicies: { enabled: false, acceptOpenRpc: true } };

describe("the policy pack, under the real engine", () => {
  let stack: Stack;
  let folder: string;
  before(async () => {
    await theNode();
    stack = await Stack.init("policies", node);
    folder = await mkdtemp(join(tmpdir(), "policies-"));
  });
  after(async () => {
    await stack.pulumi("destroy", "--yes");
    await stack.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const withPolicies = (...command: string[]) => stack.pulumi(...command, "--policy-pack", "policies");

  async function created(): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.exported()) as { deployment: { resources?: { type: string }[] } };
    return (deployment.resources ?? []).map(({ type }) => type).filter((type) => type.startsWith("kubernetes:"));
  }

  it("lets a good stack pass in a preview, and says what that does not know yet", async () => {
    await stack.configure(good);
    const { code, text } = await withPolicies("preview");
    assert.equal(code, 0, text);
    assert.doesNotMatch(text, /\[mandatory\]/);
    assert.match(text, /\[advisory\] {2}judged-in-full/);
    assert.match(text, /stringData: is not known yet, and not judged by .*no-trust-in-everyone/);
  });

  it("stops a bad stack in a preview, and says what, where, why and what to do", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("preview");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}allowed-registries {2}\(kubernetes:apps\/v1:StatefulSet: policies-cluster\)/);
    assert.match(text, /Whoever writes an image runs what they like beside the data/);
    assert.match(text, /StatefulSet ipfs-policies\/cluster, spec\.template\.spec\.containers\[0\]\.image: /);
    assert.match(text, /"registry\.example\.org\/ipfs\/ipfs-cluster:v1\.1\.6" is from elsewhere\. Fix: use an image/);
  });

  it("stops a stack in a preview that only all of its resources show to be bad", async () => {
    await stack.configure(unfenced);
    const { code, text } = await withPolicies("preview");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}network-policies {2}\(kubernetes:apps\/v1:StatefulSet: policies-ipfs\)/);
    assert.match(text, /StatefulSet ipfs-policies\/ipfs, \S+: no NetworkPolicy governs Ingress and Egress of its pods/);
  });

  it("stops an update of a bad stack before anything is created", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("up", "--yes");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}allowed-registries/);
    assert.deepEqual(await created(), []);
  });

  it("stops an update without a preview before the bad resource is created", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}allowed-registries/);
    const peers = JSON.parse(await stack.exported()) as { deployment: { resources: { urn: string }[] } };
    assert.ok(!peers.deployment.resources.some(({ urn }) => urn.endsWith("StatefulSet::policies-cluster")));
  });

  it("judges everything in an update, and lets a good stack pass", async () => {
    await stack.configure(good);
    const { code, text } = await withPolicies("up", "--yes", "--skip-preview");
    assert.equal(code, 0, text);
    assert.doesNotMatch(text, /\[(mandatory|advisory)\]/);
    assert.ok((await created()).includes("kubernetes:apps/v1:StatefulSet"));
  });

  it("takes levels, parameters and exemptions from a file", async () => {
    await stack.configure(bad);
    const file = join(folder, "policies.json");
    const preview = async (configuration: object) => {
      await writeFile(file, JSON.stringify(configuration));
      return withPolicies("preview", "--policy-pack-config", file);
    };
    const exempt = [{ stack: "policies", resource: "StatefulSet */cluster", reason: "to see that it is possible" }];
    const registries = ["docker.io", "registry.example.org/ipfs"];
    assert.equal((await preview({ "allowed-registries": { exempt } })).code, 0);
    assert.equal((await preview({ "allowed-registries": { registries } })).code, 0);
    const advice = await preview({ "allowed-registries": "advisory" });
    assert.equal(advice.code, 0);
    assert.match(advice.text, /\[advisory\] {2}allowed-registries/);
    const nameless = await preview({ "allowed-registries": { exempt: [{ stack: "policies" }] } });
    assert.notEqual(nameless.code, 0);
    assert.match(nameless.text, /allowed-registries: exempt\.0: reason is required/);
  });
});
