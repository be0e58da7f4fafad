import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { resolveSettings, settingsOfStackFile } from "../../../components/settings";
import { configPrefix, rawSettings } from "../../../components/settings/read";

describe("settings: reading", () => {
  it("goes by the project's name", () => {
    const project = parse(readFileSync(path.join(__dirname, "..", "..", "..", "Pulumi.yaml"), "utf8"));
    assert.equal(project.name, configPrefix);
  });

  it("takes back what Pulumi has made text of", () => {
    const config = {
      "ipfs-cluster:environment": "dev",
      "ipfs-cluster:replicas": "5",
      "ipfs-cluster:repinning": "true",
      "ipfs-cluster:replication": '{"min":2,"max":3}',
      "ipfs-cluster:allocateBy": '["tag:group","freespace"]',
      "ipfs-cluster:clusterDomain": "cluster.local",
    };
    assert.deepEqual(rawSettings(config), {
      environment: "dev",
      replicas: 5,
      repinning: true,
      replication: { min: 2, max: 3 },
      allocateBy: ["tag:group", "freespace"],
      clusterDomain: "cluster.local",
    });
    assert.equal(resolveSettings(rawSettings(config), { stack: "test" }).replicas, 5);
  });

  it("leaves text that only begins like something else as it is", () => {
    for (const text of ["3rd", "truest", "{", "[a", "-", "007", "1.2.3"]) {
      assert.deepEqual(rawSettings({ "ipfs-cluster:x": text }), { x: text });
    }
  });

  it("passes by other namespaces and by secrets", () => {
    const config = {
      "kubernetes:context": "kind",
      "pulumi:disable-default-providers": ["*"],
      "ipfs-cluster:identity": "{}",
    };
    assert.deepEqual(rawSettings(config), {});
  });

  it("of a stack file gives the same as Pulumi does", () => {
    const file = parse(`
config:
  ipfs-cluster:environment: prod
  ipfs-cluster:replicas: "4"
  ipfs-cluster:kubo:
    volume: { size: 1Ti }
  ipfs-cluster:identity:
    secure: v1:abc
encryptionsalt: v1:x
`);
    assert.deepEqual(settingsOfStackFile(file), {
      environment: "prod",
      replicas: 4,
      kubo: { volume: { size: "1Ti" } },
    });
  });

  it("of a stack file with nothing in it finds nothing", () => {
    for (const file of [null, undefined, {}, { config: null }, "text"]) assert.deepEqual(settingsOfStackFile(file), {});
  });
});
