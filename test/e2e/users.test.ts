import assert from "node:assert/strict";
import { waitFor } from "../../local/waitFor";
import { addFiles, readable, samePinset } from "./support/content";
import { settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

/** An id as OpenShift gives to a namespace: no image knows it, and its group is root's. */
const openShiftUser = 1000650000;

describe("the user of the pods", function () {
  this.timeout(600_000);
  let stack: Stack;
  let content: Awaited<ReturnType<typeof addFiles>>;
  const one = { ...settings, replicas: 1, identities: 1, replication: { min: 1, max: 1 } };
  const as = (user: number | string) => stack.configure({ ...one, podSecurity: { user } });

  before(async () => {
    await theNode();
    stack = await Stack.init("users", "e2e");
    await as(1000);
    await stack.up();
    await settled(stack);
    content = await addFiles(await stack.peers(), 2);
    assert.deepEqual(await identities(), ["1000 1000", "1000 1000"]);
  });
  after(() => stack.drop());

  it("may become another: it reads what the earlier one wrote, and writes", async () => {
    await as(10001);
    await stack.up();
    await readsAndWrites();
    assert.deepEqual(await identities(), ["10001 10001", "10001 10001"]);
  });

  it("may be whom the platform chooses, of group 0 and without a name", async () => {
    await as("platform");
    await Promise.all([stack.up(), chosenByPlatform("ipfs"), chosenByPlatform("cluster")]);
    await readsAndWrites();
    assert.deepEqual(await identities(), [`${openShiftUser} 0`, `${openShiftUser} 0`]);
  });

  async function readsAndWrites(): Promise<void> {
    await settled(stack);
    const peers = await stack.peers();
    await samePinset(peers, content.pinset);
    await readable(peers, 0, content.files);
    const more = await addFiles(peers, 1);
    await readable(peers, 0, more.files);
    content = { files: new Map([...content.files, ...more.files]), pinset: more.pinset };
  }

  /** What OpenShift's admission does to each pod, done to the template once it is there. */
  async function chosenByPlatform(set: string): Promise<void> {
    const securityContext = { runAsUser: openShiftUser, fsGroup: openShiftUser };
    const patch = JSON.stringify({ spec: { template: { spec: { securityContext } } } });
    const who = ["get", "statefulset", set, "-o", "jsonpath={.spec.template.spec.securityContext.runAsUser}"];
    await waitFor(`${set} to name no user`, 60, async () => (await stack.kubectl(...who)) === "");
    await stack.kubectl("patch", "statefulset", set, "--patch", patch);
  }

  /** User and group of both programs' processes. */
  function identities(): Promise<string[]> {
    const of = async (pod: string, container: string) =>
      (await stack.kubectl("exec", pod, "-c", container, "--", "stat", "-c", "%u %g", "/proc/1")).trim();
    return Promise.all([of("ipfs-0", "kubo"), of("cluster-0", "cluster")]);
  }
});
