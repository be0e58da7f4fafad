import assert from "node:assert/strict";
import { addFiles, readable } from "./support/content";
import { settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

const name = "existing";
/** Claims that a stack of one peer has, and which volumes are meant for them. */
const claims = ["data-ipfs-0", "data-cluster-0"];

describe("volumes that were made by hand", function () {
  this.timeout(300_000);
  const existing = {
    ...settings,
    replicas: 1,
    identities: 1,
    replication: { min: 1, max: 1 },
    topUp: false,
    kubo: { volume: { size: "1Gi", class: "by-hand" } },
    cluster: { ...settings.cluster, volume: { size: "500Mi", class: "by-hand" } },
  };
  let stack: Stack;

  before(async () => {
    await theNode();
    stack = await Stack.init(name, "e2e");
    await stack.configure(existing);
    const node = (await stack.shell("kubectl get nodes -o jsonpath='{.items[0].metadata.name}'")).trim();
    await makeDirectories(node);
    for (const claim of claims) await stack.apply(volume(claim, node));
    await stack.up();
    await settled(stack);
  });
  after(async () => {
    await stack.drop();
    await stack.shell(`kubectl delete persistentvolume ${claims.map(volumeName).join(" ")}`);
  });

  it("are used where they name the stack's claims", async () => {
    const peers = await stack.peers();
    const content = await addFiles(peers, 1);
    await readable(peers, 0, content.files);
    for (const claim of claims) {
      assert.equal(
        await stack.kubectl("get", "pvc", claim, "-o", "jsonpath={.status.phase} {.spec.volumeName}"),
        `Bound ${volumeName(claim)}`,
      );
    }
  });

  /** The kubelet makes what a pod mounts from its machine. */
  async function makeDirectories(node: string): Promise<void> {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "directories", namespace: "default" },
      spec: {
        nodeName: node,
        restartPolicy: "Never",
        containers: [
          {
            name: "true",
            image: "docker.io/ipfs/kubo:v0.42.0",
            imagePullPolicy: "Never",
            command: ["true"],
            volumeMounts: claims.map((claim) => ({ name: claim, mountPath: `/${claim}` })),
          },
        ],
        volumes: claims.map((claim) => ({
          name: claim,
          hostPath: { path: directory(claim), type: "DirectoryOrCreate" },
        })),
      },
    };
    await stack.apply(pod);
    await stack.shell("kubectl -n default wait pod/directories --for=jsonpath={.status.phase}=Succeeded --timeout=60s");
    await stack.shell("kubectl -n default delete pod directories");
  }
});

const volumeName = (claim: string) => `by-hand-${claim}`;
const directory = (claim: string) => `/var/lib/volumes/by-hand/${claim}`;

/** As docs/operations.md has it. */
function volume(claim: string, node: string): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: volumeName(claim) },
    spec: {
      capacity: { storage: "1Gi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      storageClassName: "by-hand",
      claimRef: { namespace: `ipfs-${name}`, name: claim },
      local: { path: directory(claim) },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] },
          ],
        },
      },
    },
  };
}
