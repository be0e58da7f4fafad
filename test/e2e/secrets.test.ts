import assert from "node:assert/strict";
import type { IdentityBundle } from "../../components/identity";
import { settings, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

describe("the secret values of a running stack", () => {
  let stack: Stack;
  let secrets: Map<string, string>;

  before(async () => {
    stack = await theStack();
    const bundle = JSON.parse(await stack.identity()) as IdentityBundle;
    const basic = Buffer.from(`admin:${bundle.restPassword}`).toString("base64");
    secrets = new Map([
      ["cluster secret", bundle.clusterSecret],
      ["swarm key", bundle.swarmKey],
      ["REST password", bundle.restPassword],
      ["REST authorization", basic],
      ...bundle.kubo.map((key, ordinal): [string, string] => [`kubo key ${ordinal}`, key]),
      ...bundle.cluster.map((key, ordinal): [string, string] => [`cluster key ${ordinal}`, key]),
    ]);
    assert.equal(secrets.size, 4 + 2 * settings.identities);
  });

  it("are where they belong, so that the search below would find them", async () => {
    const all = await stack.kubectl("get", "secrets", "-o", "json");
    const values = JSON.parse(all).items.flatMap(({ data }: { data?: Record<string, string> }) =>
      Object.values(data ?? {}),
    );
    const text = values.map((value: string) => Buffer.from(value, "base64").toString()).join("\n");
    for (const [name, value] of secrets) assert.ok(text.includes(value), `${name} is in no Secret`);
  });

  it("are in no other object, no event, no log, no environment and no command line", async () => {
    const kinds =
      "all,configmaps,persistentvolumeclaims,serviceaccounts,endpointslices,poddisruptionbudgets,events,controllerrevisions";
    assertNone("the namespace's objects", await stack.kubectl("get", kinds, "-o", "json"));
    for (const peer of [0, 1, 2]) {
      for (const [pod, container] of [
        [`ipfs-${peer}`, "kubo"],
        [`cluster-${peer}`, "cluster"],
      ]) {
        assertNone(`the log of ${pod}`, await stack.kubectl("logs", pod, "--all-containers"));
        const process = await stack.kubectl(
          "exec",
          pod,
          "-c",
          container,
          "--",
          "sh",
          "-c",
          "cat /proc/1/environ /proc/1/cmdline",
        );
        assert.ok(process.includes("POD_INDEX"), "the environment was read");
        assertNone(`processes of ${pod}`, process);
      }
    }
  });

  it("are encrypted in the state and hidden in what pulumi prints", async () => {
    const state = await stack.exported();
    assert.match(state, /"ciphertext"/);
    assertNone("the exported state", state);
    assertNone("the outputs", await stack.must("stack", "output"));
    assertNone("a preview with every detail", await stack.must("preview", "--diff", "--show-sames", "--show-config"));
    await stack.configure({ ...settings, cluster: { ...settings.cluster, monitorPingInterval: "3s" } });
    assertNone("a preview of a change", await stack.must("preview", "--diff"));
    await stack.configure(settings);
  });

  function assertNone(where: string, text: string): void {
    for (const [name, value] of secrets) {
      // Never print the value itself.
      assert.ok(!text.includes(value), `${name} is in ${where}`);
      assert.ok(!text.includes(Buffer.from(value).toString("base64")), `${name} is in ${where}, in base64`);
    }
  }
});
