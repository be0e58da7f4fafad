import assert from "node:assert/strict";
import { waitFor } from "../../local/waitFor";
import { TestNode, webServer } from "../support/node";
import { theNode, node as theNodesName } from "./support/shared";

const node = new TestNode(theNodesName, "disks");
const fill = (file: string, megabytes: number) => `dd if=/dev/zero of=/data/${file} bs=1M count=${megabytes}`;

describe("a volume of class small", function () {
  this.timeout(180_000);

  before(async () => {
    await theNode();
    await node.kubectl(["create", "namespace", node.namespace]);
    await node.apply(...webServer("small", { storageClass: "small", size: "32Mi" }));
    await node.addressOf("small");
  });
  after(() => node.kubectl(["delete", "namespace", node.namespace]));

  const size = async () => Number((await node.shell("small", "df -m /data | tail -n 1")).split(/\s+/)[1]);

  it("is empty, belongs to the pod's group, and has the size of its claim", async () => {
    assert.equal(await node.shell("small", "ls -A /data; stat -c %g /data"), "1000");
    assert.ok((await size()) > 20 && (await size()) <= 32, `${await size()} MiB`);
  });

  it("takes no more than that", async () => {
    await node.shell("small", fill("first", 16));
    await assert.rejects(node.shell("small", fill("second", 32)), /No space left on device/);
    assert.equal(await node.shell("small", "wc -c < /data/first"), String(16 * 2 ** 20));
  });

  it("has room again when its claim has grown, under the pod that uses it", async () => {
    const claim = '{"spec":{"resources":{"requests":{"storage":"96Mi"}}}}';
    await node.kubectl(["patch", "pvc", "small", "-p", claim]);
    const capacity = () => node.kubectl(["get", "pvc", "small", "-o", "jsonpath={.status.capacity.storage}"]);
    await waitFor("the claim to grow", 20, async () => (await capacity()) === "96Mi");
    await node.shell("small", fill("second", 32));
    assert.ok((await size()) > 64, `${await size()} MiB`);
    const restarts = "jsonpath={.status.containerStatuses[0].restartCount}";
    assert.equal(await node.kubectl(["get", "pod", "small", "-o", restarts]), "0");
  });
});
