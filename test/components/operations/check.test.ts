import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { check } from "../../../components/operations/check";

const root = path.join(__dirname, "..", "..", "..");

describe("check", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "check-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (stack: string, text: string) => writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), text);

  it("run by npm lists what the stack dev would create", async function () {
    this.timeout(60_000); // a process of its own, on a machine that may be busy
    const script = require("../../../package.json").scripts.check.split(" ").slice(1);
    const tsNode = path.join(root, "node_modules", "ts-node", "dist", "bin.js");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [tsNode, ...script, "dev"], { cwd: root });
    assert.equal(stderr, "");
    assert.equal(
      stdout,
      `warning: ipfs-cluster:exposure.rest sends its credentials in clear
warning: ipfs-cluster:exposure.pinning sends its credentials in clear
Pulumi.dev.yaml is sound. It would create 63 resources:
    1 ipfs-cluster:index:IpfsCluster: dev
   20 tls:index/privateKey:PrivateKey: dev-kubo-key-0, dev-kubo-key-1, dev-kubo-key-2, ... dev-cluster-key-9
    3 random:index/randomPassword:RandomPassword: dev-rest-password, dev-cluster-secret, dev-swarm-key
    1 core/v1:Namespace: ipfs-dev
    3 core/v1:ServiceAccount: ipfs, cluster, top-up
   11 core/v1:Service: gateway, rest, pinning, ... cluster-2
    6 core/v1:PersistentVolumeClaim: data-ipfs-0, data-ipfs-1, data-ipfs-2, data-cluster-0, data-cluster-1, data-cluster-2
    6 core/v1:Secret: dev-rest-credentials, cluster-credentials, dev-cluster-secret, dev-swarm-key, dev-kubo-keys, dev-cluster-keys
    4 networking.k8s.io/v1:NetworkPolicy: default-deny, top-up, ipfs, cluster
    2 policy/v1:PodDisruptionBudget: ipfs, cluster
    3 core/v1:ConfigMap: dev-cluster-config, dev-top-up, dev-ipfs-config-0
    2 apps/v1:StatefulSet: cluster, ipfs
    1 batch/v1:CronJob: top-up
`,
    );
  });

  it("tells every fault of a stack file", async () => {
    write("broken", "config:\n  ipfs-cluster:replicas: 0\n  ipfs-cluster:kubo: { volume: { size: 10 GB } }\n");
    assert.deepEqual(await check("broken", folder), {
      sound: false,
      text: `The settings of stack broken have 3 faults; nothing was changed.
  ipfs-cluster:environment: missing: must be dev, staging or prod
    fix: pulumi config set ipfs-cluster:environment dev
  ipfs-cluster:replicas 0: must be at least 1
  ipfs-cluster:kubo.volume.size "10 GB": must be a Kubernetes quantity: did you mean "10G"?`,
    });
  });

  it("tells where a stack file is not YAML", async () => {
    write("torn", "config:\n  ipfs-cluster:kubo: {\n");
    const { sound, text } = await check("torn", folder);
    assert.equal(sound, false);
    assert.match(text, /^Pulumi.torn.yaml is not YAML; nothing was changed.\n.* at line 3/);
  });

  it("tells how to make a stack file that is not there", async () => {
    assert.deepEqual(await check("nowhere", folder), {
      sound: false,
      text: "There is no Pulumi.nowhere.yaml here. Make it: pulumi stack init nowhere",
    });
  });

  it("passes warnings on", async () => {
    write("small", "config:\n  ipfs-cluster:environment: dev\n  ipfs-cluster:kubo: { volume: { size: 500Mi } }\n");
    const { sound, text } = await check("small", folder);
    assert.equal(sound, true);
    assert.match(
      text,
      /^warning: ipfs-cluster:kubo.volume.size 500Mi is less than the 1Gi .*\nPulumi.small.yaml is sound/,
    );
  });
});
