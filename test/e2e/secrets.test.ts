import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { IdentityBundle } from "../../components/identity";
import { libp2pPrivateKeyOfPem, peerIdOfPrivateKey } from "../../components/identity/peerKey";
import { waitFor } from "../../local/waitFor";
import { addFiles, readable, samePinset } from "./support/content";
import { node, settings, settled, theNode, theStack } from "./support/shared";
import { Stack } from "./support/stack";

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
    for (const [name, value] of secrets) {
      if (name !== "REST authorization") assert.ok(text.includes(value), `${name} is in no Secret`);
    }
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

describe("secret values", function () {
  this.timeout(300_000);
  let stack: Stack;
  const values = new Map<string, string>();
  const namespace = "ipfs-mine";
  const peer = () => {
    const pem = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    const privateKey = libp2pPrivateKeyOfPem(pem);
    return { privateKey, id: peerIdOfPrivateKey(privateKey) };
  };
  const kubo = [peer(), peer()];
  const cluster = [peer(), peer()];
  const mine = {
    environment: "dev",
    replicas: 2,
    identities: 2,
    namespace: { name: namespace, create: false },
    cluster: settings.cluster,
    secrets: {
      clusterSecret: { source: "existing", name: "mine" },
      swarmKey: { source: "existing", name: "mine" },
      restCredentials: { source: "existing", name: "cluster-credentials" },
      identities: {
        kubo: { source: "existing", name: "mine", ids: kubo.map(({ id }) => id) },
        cluster: { source: "existing", name: "mine", ids: cluster.map(({ id }) => id) },
      },
    },
  };

  async function secret(name: string, stringData: Record<string, string>): Promise<void> {
    const manifest = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData };
    for (const [key, value] of Object.entries(stringData)) values.set(key, value.trim());
    await stack.apply(manifest);
  }

  before(async () => {
    await theNode();
    stack = await Stack.init("mine", node);
    await stack.shell(`kubectl create namespace ${namespace}`);
    await secret("mine", {
      "cluster-secret": `${randomBytes(32).toString("hex")}\n`,
      "swarm.key": `/key/swarm/psk/1.0.0/\n/base16/\n${randomBytes(32).toString("hex")}`,
      ...Object.fromEntries(kubo.map(({ privateKey }, n) => [`kubo-${n}`, privateKey])),
      ...Object.fromEntries(cluster.map(({ privateKey }, n) => [`cluster-${n}`, privateKey])),
    });
    await secret("cluster-credentials", { username: "me", password: `$(id)'&|%s${randomBytes(16).toString("hex")}` });
  });
  after(async () => {
    await stack.pulumi("destroy", "--yes", "--skip-preview");
    await stack.remove();
    await stack.shell(`kubectl delete namespace ${namespace} --wait=false`);
  });

  it("from Secrets of the user's make peers that pin, and a key of another peer's is refused with the reason", async () => {
    await stack.configure(mine);
    await stack.up();
    await settled(stack);
    const peers = await stack.peers();
    const content = await addFiles(peers, 2);
    for (const n of [0, 1]) await readable(peers, n, content.files);
    const running = (await stack.outputs()).peers.map(({ ipfsId, clusterId }) => [ipfsId, clusterId]);
    assert.deepEqual(
      running,
      [0, 1].map((n) => [kubo[n].id, cluster[n].id]),
    );

    // Nothing of them is known to Pulumi, encrypted or not.
    const state = await stack.must("stack", "export", "--show-secrets");
    const printed = await stack.must("preview", "--diff", "--show-sames", "--show-secrets");
    for (const [name, value] of values) {
      if (name === "username") continue;
      for (const form of [value, Buffer.from(value).toString("base64")])
        assert.ok(!state.includes(form) && !printed.includes(form), `${name} is known to Pulumi`);
    }

    await secret("swapped", { "cluster-0": cluster[1].privateKey, "cluster-1": cluster[0].privateKey });
    const { identities } = mine.secrets;
    const swapped = { ...identities, cluster: { ...identities.cluster, name: "swapped" } };
    await stack.configure({ ...mine, secrets: { ...mine.secrets, identities: swapped } });
    const up = stack.background("pulumi up --yes --skip-preview --non-interactive", { ofStack: true });
    try {
      const message = `cluster-1 in the Secret of secrets.identities.cluster is not the key of peer id ${cluster[1].id}`;
      await waitFor("the pod to say why it does not start", 120, async () => {
        const { status } = JSON.parse(await stack.kubectl("get", "pod", "cluster-1", "-o", "json"));
        return status.containerStatuses?.[0]?.lastState?.terminated?.message?.includes(message);
      });
    } finally {
      await up.stop("SIGINT");
    }
    // The other one still runs on what it had; the right keys bring the first back.
    await stack.configure(mine);
    await stack.up();
    await settled(stack);
    await samePinset(peers, content.pinset);
  });
});
