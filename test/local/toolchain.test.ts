import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { clusterImage, kuboImage, nodeImage } from "../../components/settings";
import { machineFaults } from "../../local/requirements";
import { imageReferences } from "../../local/toolchain/images";
import {
  ingressModules,
  modules,
  olderKuboModules,
  pinnedVersions,
  sourceDirectory,
  workflowModules,
} from "../../local/toolchain/modules";

describe("the toolchain", () => {
  it("pins every module with a go.sum", () => {
    for (const module of [...modules, ...ingressModules, ...workflowModules, ...olderKuboModules]) {
      for (const file of ["go.mod", "go.sum"]) assert.ok(existsSync(join(sourceDirectory(module), file)), module.name);
    }
  });

  it("makes each program in one module only", () => {
    const programs = [...modules, ...ingressModules, ...workflowModules].flatMap(
      (module) => module.programs as readonly string[],
    );
    assert.deepEqual(programs, [...new Set(programs)]);
  });

  it("gives the images that the program asks for by default", () => {
    const { kubo, ipfsCluster, node } = imageReferences();
    const complete = (name: string) => `docker.io/${name.replace(/^docker\.io\//, "")}`;
    assert.equal(kubo, complete(kuboImage));
    assert.equal(ipfsCluster, complete(clusterImage));
    assert.equal(node, complete(nodeImage));
  });

  it("builds the Pulumi engine of the SDK's version", () => {
    const pulumi = modules.find(({ name }) => name === "pulumi");
    assert.ok(pulumi);
    const { version } = require("@pulumi/pulumi/package.json") as { version: string };
    assert.equal(pinnedVersions(pulumi)("github.com/pulumi/pulumi/pkg/v3"), `v${version}`);
  });

  it("tells Kubernetes its version", () => {
    const [kube] = modules;
    assert.deepEqual(
      kube.versionFlags(() => "v1.34.4"),
      [
        "k8s.io/component-base/version.gitVersion=v1.34.4",
        "k8s.io/component-base/version.gitMajor=1",
        "k8s.io/component-base/version.gitMinor=34",
      ],
    );
  });

  it("does not take a replaced or missing requirement for a pinned one", () => {
    assert.throws(() => pinnedVersions(modules[0])("example.org/none"), /does not require example.org\/none/);
  });
});

describe("a machine", () => {
  const good = { platform: "linux", root: true, node: "20.19.0", go: "1.26.0" };

  it("that has everything has no faults", () => {
    assert.deepEqual(machineFaults(good), []);
    assert.deepEqual(machineFaults({ ...good, node: "24.1.0", go: "1.30" }), []);
  });

  it("is told everything it lacks at once", () => {
    assert.deepEqual(machineFaults({ platform: "darwin", root: false, node: "18.20.1", go: undefined }), [
      "it needs Linux, this is darwin",
      "it needs Node 20.19 or newer, this is 18.20.1",
      "it needs Go 1.26 or newer, there is none",
    ]);
    assert.deepEqual(machineFaults({ ...good, root: false, node: "20.9.0", go: "1.9.7" }), [
      "it needs root (sudo), for network namespaces and mounts",
      "it needs Node 20.19 or newer, this is 20.9.0",
      "it needs Go 1.26 or newer, there is 1.9.7",
    ]);
  });
});
