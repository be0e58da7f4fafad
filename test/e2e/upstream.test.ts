import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  clusterEnvironment,
  type Knob,
  kuboConfig,
  serviceJson,
  settingFor,
  unknownKnobs,
} from "../../components/upstream";
import { buildToolchain, type Tools } from "../../local/toolchain/build";

const root = resolve(__dirname, "../..");

describe("the tables of upstream's names", function () {
  this.timeout("30m"); // the first run builds kubo and ipfs-cluster

  let tools: Tools["programs"];
  let scratch: string;
  before(async () => {
    scratch = mkdtempSync(join(tmpdir(), "upstream-"));
    ({ programs: tools } = await buildToolchain(console.error));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it("are those of the versions that local/toolchain pins", () => {
    execFileSync("go", ["-C", join(root, "local/upstream"), "run", ".", scratch], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    for (const file of ["kubo.generated.json", "ipfsCluster.generated.json"]) {
      const committed = readFileSync(join(root, "components/upstream", file), "utf8");
      assert.equal(
        committed,
        readFileSync(join(scratch, file), "utf8"),
        "run `npm run upstream` and commit what it writes",
      );
    }
  });

  for (const profile of [
    "default-networking",
    "server",
    "test",
    "lowpower",
    "pebbleds-measure",
    "autoconf-off",
    "unixfs-v1-2025",
  ]) {
    it(`fit the config that kubo makes with profile ${profile}`, () => {
      assert.deepEqual(unknownKnobs(kuboConfig, initKubo("--profile", profile).config, "kubo"), []);
    });
  }

  it("have the kinds by which kubo reads its config: another one at any setting, and it does not start", () => {
    const { config, file, ipfs } = initKubo();
    const started = ipfs("id", "--offline");
    assert.equal(started.status, 0, started.stderr);
    const wrong = {
      string: 1,
      strings: 1,
      boolean: "true",
      integer: "1",
      duration: 30,
      size: 10,
      bytes: true,
      priority: true,
    };
    const checked = leaves(kuboConfig).filter(
      ([path, kind]) => (Array.isArray(kind) || String(kind) in wrong) && path[0] !== "Identity",
    );
    assert(checked.length > 150);
    for (const [path, kind] of checked) {
      const value = Array.isArray(kind) ? 1 : wrong[kind as keyof typeof wrong];
      const bent = withValue(config, path, value);
      assert.equal(unknownKnobs(kuboConfig, bent, "kubo").length, 1, path.join("."));
      writeFileSync(file, JSON.stringify(bent));
      assert.match(
        ipfs("id", "--offline").stderr,
        /failure to decode config|cannot unmarshal/,
        `${path.join(".")}: ${JSON.stringify(value)}`,
      );
    }
  });

  for (const datastore of ["pebble", "badger3", "badger", "leveldb"]) {
    it(`hold all CLUSTER_ variables at their settings, with ${datastore}`, () => {
      const before = initCluster(datastore, {});
      const env = variables(before);
      const after = initCluster(datastore, env);
      // What `init` writes, it can read; but for one key, which it writes, then ignores.
      const ignored = "service.datastore.pebble.pebble_options.flush_delay_range_key";
      assert.deepEqual(
        unknownKnobs(serviceJson, after, "service").filter(({ path }) => path !== ignored),
        [],
      );
      for (const name of Object.keys(env)) {
        const path = settingPath(name);
        assert.notDeepEqual(
          valueAt(after, path),
          valueAt(before, path),
          `${name}=${env[name]} does not change ${path.join(".")}`,
        );
      }
    });
  }

  function initKubo(...options: string[]) {
    const directory = mkdtempSync(join(scratch, "kubo-"));
    const ipfs = (...args: string[]) =>
      spawnSync(tools.ipfs, args, { env: { ...process.env, IPFS_PATH: directory }, encoding: "utf8" });
    const { status, stderr } = ipfs("init", "--empty-repo", ...options);
    assert.equal(status, 0, stderr);
    const file = join(directory, "config");
    return { config: JSON.parse(readFileSync(file, "utf8")) as unknown, file, ipfs };
  }

  function initCluster(datastore: string, env: Record<string, string>): unknown {
    const directory = mkdtempSync(join(scratch, "cluster-"));
    const args = ["--config", directory, "init", "--consensus", "crdt", "--datastore", datastore];
    const { status, stderr } = spawnSync(tools["ipfs-cluster-service"], args, {
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return JSON.parse(readFileSync(join(directory, "service.json"), "utf8"));
  }
});

/** The settings of a table that have a kind, with their paths; a map stands with a name of our own. */
function leaves(known: Knob, path: string[] = []): [path: string[], kind: Knob][] {
  if (typeof known === "string" || Array.isArray(known)) return [[path, known]];
  return Object.entries(known).flatMap(([name, below]: [string, Knob]) =>
    leaves(below, [...path, name === "*" ? "ours" : name]),
  );
}

function withValue(config: unknown, [name, ...rest]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  const object = (config ?? {}) as Record<string, unknown>;
  return { ...object, [name]: withValue(object[name], rest, value) };
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], config);
}

function settingPath(variable: string): string[] {
  const path = settingFor(serviceJson, variable);
  assert(path, variable);
  return path.split(".");
}

const peer = "12D3KooWPJRL6bbkBsbGAPx6gpWFYaXLLLKHkvCVsCTLc3GjXeoa";

/** Values where the kind alone does not say what ipfs-cluster takes. */
const special: Record<string, string> = {
  CLUSTER_SECRET: "11".repeat(32),
  CLUSTER_REPLICATIONFACTORMIN: "2",
  CLUSTER_REPLICATIONFACTORMAX: "3",
  CLUSTER_CONNECTIONMANAGER_HIGHWATER: "999",
  CLUSTER_PEERADDRESSES: `/ip4/10.0.0.1/tcp/9096/p2p/${peer}`,
  CLUSTER_CRDT_TRUSTEDPEERS: peer,
  CLUSTER_DISK_METRICTYPE: "reposize",
  CLUSTER_METRICS_PROMETHEUSENDPOINT: "/ip4/0.0.0.0/tcp/8888",
  CLUSTER_TRACING_JAEGERAGENTENDPOINT: "/ip4/10.0.0.1/udp/6831",
  CLUSTER_PEBBLE_PEBBLEOPTIONS_FLUSHDELAYDELETERANGE: "5s",
  CLUSTER_PEBBLE_PEBBLEOPTIONS_FORMATMAJORVERSION: "14",
  CLUSTER_BADGER_BADGEROPTIONS_TABLELOADINGMODE: "1",
  CLUSTER_BADGER_BADGEROPTIONS_VALUELOGLOADINGMODE: "1",
};

/** Variables that ask for more than their own value: a peer id beside its key, files that exist, not both of two. */
const bound =
  /^CLUSTER_((RESTAPI_|PINSVCAPI_)?(ID|PRIVATEKEY|LIBP2PLISTENMULTIADDRESS|SSL\w+)|PINONLYONUNTRUSTEDPEERS)$/;

/** A value for every CLUSTER_ variable of the components in a service.json, other than the one that it has there. */
function variables(service: unknown): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of clusterEnvironment) {
    if (!name.startsWith("CLUSTER_") || bound.test(name)) continue;
    const path = settingPath(name);
    const present = valueAt(service, path[0] === "cluster" ? ["cluster"] : path.slice(0, 2)) !== undefined;
    const was = valueAt(service, path);
    // Options of a database that are on cannot be switched off: ipfs-cluster takes false for "not set".
    if (!present || (path[0] === "datastore" && was === true)) continue;
    env[name] = special[name] ?? other(valueAt(serviceJson, path) as Knob, path, was);
  }
  return env;
}

function other(kind: Knob, path: readonly string[], was: unknown): string {
  if (kind === "strings" || /multiaddress/.test(path.join("."))) return "/ip4/10.0.0.1/tcp/1234";
  if (kind === "boolean") return String(was !== true);
  if (kind === "duration") return "77s";
  if (kind === "integer" || kind === "unsigned") return String(Number(was ?? 0) + 7);
  if (kind === "number") return "0.77";
  if (Array.isArray(kind)) return kind[0] === "number" ? "1,2" : "a,b";
  return kind === "string" ? "other" : "a:b";
}
