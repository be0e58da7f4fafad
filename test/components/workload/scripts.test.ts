import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  clusterIsReady,
  configureKubo,
  rpcAnswersHere,
  startCluster,
  startKubo,
} from "../../../components/workload/scripts";
import { samples, settingsOf } from "./samples";

/** The images' shell is busybox's; whoever reads the scripts should be able to try them in any. */
const shells = [["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"]];

const isThere = ([shell, ...words]: readonly string[]) =>
  spawnSync(shell, [...words, "-c", "exit 7"], { encoding: "utf8" }).status === 7;

describe("shell scripts", () => {
  for (const shell of shells) {
    const name = shell.join(" ");
    if (!isThere(shell)) {
      it.skip(`are read by ${name} (not installed here)`);
      continue;
    }
    it(`are read by ${name}`, () => {
      const scripts = new Set(
        samples.flatMap(({ settings }) => [
          configureKubo(settings),
          startKubo(settings),
          startCluster(settings),
          clusterIsReady(),
          rpcAnswersHere(),
        ]),
      );
      for (const script of scripts) {
        const { status, stderr } = spawnSync(shell[0], [...shell.slice(1), "-n"], { input: script, encoding: "utf8" });
        assert.equal(status, 0, `${stderr}\n${script}`);
      }
    });
  }
});

describe("the script that puts a kubo repository in order", () => {
  let home: string;
  let repository: string;

  before(function () {
    if (!isThere(["sh"])) this.skip();
  });

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "configure-"));
    repository = path.join(home, "repository");
    for (const folder of ["repository", "etc", "bin"]) mkdirSync(path.join(home, folder));
    mount("12D3KooWme", "a key");
    // As `ipfs init FILE` does: refuses a repository that is there, and writes version last.
    const ipfs = `#!/bin/sh\nset -e\n[ ! -e config ]\ncp "$2" config\nchmod 600 config\nmkdir blocks datastore\necho {} >datastore_spec\necho 18 >version\n`;
    writeFileSync(path.join(home, "bin", "ipfs"), ipfs);
    chmodSync(path.join(home, "bin", "ipfs"), 0o755);
  });

  afterEach(() => rmSync(home, { recursive: true }));

  function mount(peerId: string, swarmKey: string): void {
    const files = { "config.json": config(peerId), "peer-id": peerId, "swarm.key": swarmKey };
    for (const [name, content] of Object.entries(files)) {
      rmSync(path.join(home, "etc", name), { force: true });
      writeFileSync(path.join(home, "etc", name), content, { mode: 0o440 });
    }
  }

  const config = (peerId: string) => JSON.stringify({ Identity: { PeerID: peerId } }, null, 2);
  const read = (name: string) => readFileSync(path.join(repository, name), "utf8");
  const inRepository = (name: string) => path.join(repository, name);

  function boot(
    raw: Record<string, unknown> = {},
    uid?: number,
  ): { status: number | null; stderr: string; termination: string } {
    const termination = path.join(home, "termination-log");
    const script = configureKubo(settingsOf(raw))
      .replaceAll("/etc/ipfs/", `${home}/etc/`)
      .replaceAll("/dev/termination-log", termination);
    const env = { IPFS_PATH: repository, PATH: `${home}/bin:${process.env.PATH}` };
    const { status, stderr } = spawnSync("sh", ["-c", script], { env, uid, encoding: "utf8" });
    return { status, stderr, termination: existsSync(termination) ? readFileSync(termination, "utf8") : "" };
  }

  function boots(raw: Record<string, unknown> = {}): void {
    const { status, stderr } = boot(raw);
    assert.equal(status, 0, stderr);
  }

  it("makes one where there is none", () => {
    boots();
    assert.equal(read("config"), config("12D3KooWme"));
    assert.equal(read("swarm.key"), "a key");
    assert.equal(read("version"), "18\n");
  });

  it("only replaces config and swarm key where there is one", () => {
    boots();
    writeFileSync(inRepository("blocks/one"), "block");
    writeFileSync(inRepository("config"), `${config("12D3KooWme")}drifted`);
    mount("12D3KooWme", "another key");
    boots();
    assert.equal(read("config"), config("12D3KooWme"));
    assert.equal(read("swarm.key"), "another key");
    assert.equal(read("blocks/one"), "block");
  });

  it("starts over where making one was cut short", () => {
    for (const name of ["blocks", "datastore"]) mkdirSync(inRepository(name));
    writeFileSync(inRepository("config"), config("12D3KooWme"));
    boots();
    assert.equal(read("version"), "18\n");
  });

  it("goes on where replacing the config was cut short", () => {
    boots();
    writeFileSync(inRepository("config.new"), "half a con", { mode: 0o440 });
    boots();
    assert.equal(read("config"), config("12D3KooWme"));
    assert.equal(existsSync(inRepository("config.new")), false);
  });

  it("takes the swarm key away from a network that turns public, and brings it back", () => {
    boots();
    boots({ network: "public" });
    assert.equal(existsSync(inRepository("swarm.key")), false);
    boots();
    assert.equal(read("swarm.key"), "a key");
  });

  it("refuses another peer's volume, changes nothing of it and says in the pod's status what to do", () => {
    boots();
    mount("12D3KooWother", "another key");
    const { status, stderr, termination } = boot();
    assert.equal(status, 1);
    assert.match(termination, /belongs to another peer than 12D3KooWother: "PeerID": "12D3KooWme"/);
    assert.match(termination, /pulumi config set --path ipfs-cluster:volumes.acceptOtherIdentities true/);
    assert.equal(stderr, termination);
    assert.equal(read("config"), config("12D3KooWme"));
    assert.equal(read("swarm.key"), "a key");
  });

  it("refuses the volume of another peer of the stack, whose config names all of them", () => {
    boots();
    writeFileSync(inRepository("config"), `${read("config")}\n"Peering": { "Peers": [{ "ID": "12D3KooWother" }] }`);
    mount("12D3KooWother", "a key");
    assert.equal(boot().status, 1);
  });

  it("says whose a volume is that its user may not use, and what to do", () => {
    boots();
    chmodSync(inRepository("config"), 0o000);
    // Root may do everything, so another has to try.
    if (process.getuid?.() === 0) for (const folder of [home, repository]) chmodSync(folder, 0o777);
    const { status, termination } = boot({}, process.getuid?.() === 0 ? 12345 : undefined);
    assert.equal(status, 1);
    assert.match(termination, /^User \d+ of groups [\d ]+ may not use this volume, which is of user and group \d+:\d+/);
    assert.match(termination, /Bring the earlier podSecurity.user back/);
  });

  it("takes another peer's volume when told to", () => {
    boots();
    writeFileSync(inRepository("blocks/one"), "block");
    mount("12D3KooWother", "another key");
    boots({ volumes: { acceptOtherIdentities: true } });
    assert.equal(read("config"), config("12D3KooWother"));
    assert.equal(read("blocks/one"), "block");
  });

  it("leaves nothing that others may read", () => {
    boots();
    boots();
    for (const name of ["config", "swarm.key"]) {
      assert.equal(statSync(inRepository(name)).mode & 0o777, 0o600, name);
    }
  });
});

describe("the script that starts a cluster peer", () => {
  for (const [shell, ...words] of shells) {
    it(`becomes the daemon at once where there is nobody to meet, in ${[shell, ...words].join(" ")}`, function () {
      if (!isThere([shell, ...words])) return this.skip();
      const home = mkdtempSync(path.join(tmpdir(), "start-"));
      try {
        for (const [name, line] of [
          ["nc", "exec sleep 30"],
          ["ipfs-cluster-service", 'echo "became $*"'],
        ]) {
          writeFileSync(path.join(home, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
        }
        const env = { IPFS_CLUSTER_PATH: home, POD_INDEX: "0", PATH: `${home}:${process.env.PATH}` };
        const script = startCluster(settingsOf({ replicas: 1, identities: 1, replication: "everywhere" }));
        // Who ends a process that has only just begun may be too early for it; that is a matter of luck.
        for (let tries = 0; tries < 10; tries++) {
          const args = [...words, "-c", script, "cluster", "--debug"];
          const { stdout, stderr } = spawnSync(shell, args, {
            env,
            stdio: ["ignore", "pipe", "pipe"],
            encoding: "utf8",
            timeout: 5000,
          });
          // busybox's shell has an nc of its own, which really listens, where the machine's port is free.
          const complaint = stderr.replace("nc: bind: Address already in use\n", "");
          assert.deepEqual([stdout, complaint], ["became daemon --debug\n", ""]);
        }
      } finally {
        rmSync(home, { recursive: true });
      }
    });
  }
});
