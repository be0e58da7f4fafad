import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import { check } from "../../../components/operations/check";
import { drainStack } from "../../../components/operations/drain";
import { resolveSettings, SettingsError, settingsOfStackFile } from "../../../components/settings";
import { runProgram } from "../../support/graph";

const secret = "x-api-key=0123456789";
const would = "would be in clear in the state, and for whoever may read pods";
const none = "set it without --secret if it is none (docs/secrets.md)";

const file = `config:
  ipfs-cluster:environment: dev
  ipfs-cluster:clusterDomain:
    secure: v1:abc
  ipfs-cluster:allocateBy:
    - freespace
    - secure: v1:def
  ipfs-cluster:kubo:
    environment:
      OTEL_EXPORTER_OTLP_HEADERS:
        secure: v1:ghi
    volume: { size: 10 GB }
  ipfs-cluster:identity:
    secure: v1:jkl
`;

/** What a stack file with encrypted settings is told. */
const told = `The settings of stack hidden have 4 faults; nothing was changed.
  ipfs-cluster:clusterDomain: it was set with --secret, and ${would}
    fix: pulumi config rm --path 'ipfs-cluster:clusterDomain', or ${none}
  ipfs-cluster:allocateBy[1]: it was set with --secret, and ${would}
    fix: pulumi config rm --path 'ipfs-cluster:allocateBy[1]', or ${none}
  ipfs-cluster:kubo.environment.OTEL_EXPORTER_OTLP_HEADERS: it was set with --secret, and ${would}
    fix: pulumi config rm --path 'ipfs-cluster:kubo.environment.OTEL_EXPORTER_OTLP_HEADERS', or ${none}
  ipfs-cluster:kubo.volume.size "10 GB": must be a Kubernetes quantity: did you mean "10G"?`;

async function refusal(program: Promise<unknown>): Promise<SettingsError> {
  try {
    await program;
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  assert.fail("it was taken");
}

describe("settings that were set with --secret", () => {
  it("are refused before they get anywhere in clear, with the other faults, and none is shown", async () => {
    const environment = { OTEL_EXPORTER_OTLP_HEADERS: secret };
    const { message } = await refusal(
      runProgram({
        stack: "hidden",
        settings: { environment: "dev", replicas: 0 },
        // Of a group Pulumi tells only that something in it is secret.
        secrets: { clusterDomain: secret, kubo: JSON.stringify({ environment, volume: { size: secret } }) },
      }),
    );
    assert.equal(
      message,
      `The settings of stack hidden have 3 faults; nothing was changed.
  ipfs-cluster:clusterDomain: it was set with --secret, and ${would}
    fix: pulumi config rm --path 'ipfs-cluster:clusterDomain', or ${none}
  ipfs-cluster:kubo: something in it was set with --secret, and ${would}
    fix: npm run check -- <stack> names it: remove it, or ${none}
  ipfs-cluster:replicas 0: must be at least 1`,
    );
  });

  it("are refused where they are needed, too, for being secret and not for being missing", async () => {
    const { faults } = await refusal(runProgram({ settings: {}, secrets: { environment: "dev" } }));
    assert.deepEqual(
      faults.map(({ path, reason }) => `${path}: ${reason}`),
      [`environment: it was set with --secret, and ${would}`],
    );
  });

  it("are refused in a stack file as it is, each by its whole path, by check and by drain", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "hidden-"));
    const place = path.join(folder, "Pulumi.hidden.yaml");
    try {
      writeFileSync(place, file);
      assert.deepEqual(await check("hidden", folder), { sound: false, text: told });
      const { message } = await refusal(drainStack("hidden", place, () => {}));
      assert.equal(message, told);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("are told from a setting that is only called so", () => {
    assert.throws(
      () => resolveSettings({ secure: "abc" }, { stack: "test" }),
      /^Error: .*\n {2}ipfs-cluster:environment: missing.*\n.*\n {2}ipfs-cluster:secure: no such setting/,
    );
  });

  it("are all but the identities, which come encrypted by right", () => {
    const identity = parse("config: { ipfs-cluster:environment: dev, ipfs-cluster:identity: { secure: v1:abc } }");
    assert.equal(resolveSettings(settingsOfStackFile(identity), { stack: "test" }).environment, "dev");
  });
});
