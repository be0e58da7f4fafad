import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { libp2pPrivateKeyOfPem, peerIdOfPrivateKey } from "../../../components/identity/peerKey";
import { publicKeyOfPeerId } from "../../../components/peerId";
import { serviceJson } from "../../../components/workload";
import { template } from "../../../components/workload/compose";
import {
  clusterIsReady,
  configureKubo,
  rpcAnswersHere,
  startCluster,
  startKubo,
} from "../../../components/workload/scripts";
import { peerIdsOf, samples, settingsOf } from "./samples";

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

/** A peer's key, in the forms that pods get. */
interface Peer {
  readonly id: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

function newPeer(): Peer {
  const pem = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  const privateKey = libp2pPrivateKeyOfPem(pem);
  const id = peerIdOfPrivateKey(privateKey);
  return { id, privateKey, publicKey: publicKeyOfPeerId(id)?.toString("base64") ?? "" };
}

const [me, other] = [newPeer(), newPeer()];
const [swarmKey, otherKey] = ["5a".repeat(32), "0f".repeat(32)];
const swarmKeyFile = (hex: string) => `/key/swarm/psk/1.0.0/\n/base16/\n${hex}\n`;

interface Outcome {
  readonly status: number | null;
  readonly stderr: string;
  /** What the pod's status would say. */
  readonly termination: string;
}

/** Runs a pod's script with its directories below `home`. */
function runScript(
  script: string,
  home: string,
  variables: Readonly<Record<string, string>>,
  shell: readonly string[] = ["sh"],
  uid?: number,
): Outcome {
  const termination = path.join(home, "termination-log");
  rmSync(termination, { force: true });
  const moved = script
    .replaceAll("/etc/ipfs-cluster", `${home}/etc`)
    .replaceAll("/etc/ipfs", `${home}/etc`)
    .replaceAll("/run/ipfs-cluster", `${home}/run`)
    .replaceAll("/dev/termination-log", termination);
  const env = { ...variables, POD_INDEX: "0", PATH: `${home}/bin:${process.env.PATH}` };
  const { status, stderr } = spawnSync(shell[0], [...shell.slice(1), "-c", moved], {
    env,
    uid,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, stderr, termination: existsSync(termination) ? readFileSync(termination, "utf8") : "" };
}

describe("the script that puts a kubo repository in order", () => {
  let home: string;
  let repository: string;

  before(function () {
    if (!isThere(["sh"])) this.skip();
  });

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "configure-"));
    repository = path.join(home, "repository");
    for (const folder of ["repository", "etc", "etc/swarm-key", "bin"]) mkdirSync(path.join(home, folder));
    mount(me, swarmKey);
    // As `ipfs init FILE` does: refuses a repository that is there, and writes version last.
    const ipfs = `#!/bin/sh\nset -e\n[ ! -e config ]\ncp "$2" config\nchmod 600 config\nmkdir -p blocks datastore\necho {} >datastore_spec\necho 18 >version\n`;
    writeFileSync(path.join(home, "bin", "ipfs"), ipfs);
    chmodSync(path.join(home, "bin", "ipfs"), 0o755);
  });

  afterEach(() => rmSync(home, { recursive: true }));

  function mount(peer: Peer, hexKey: string, generation = 1): void {
    const files = {
      "config.json": kuboTemplate(peer.id),
      peer: `${peer.id} ${peer.publicKey} ${generation}\n`,
      "private-key": peer.privateKey,
      "swarm-key/swarm.key": swarmKeyFile(hexKey),
    };
    for (const [name, content] of Object.entries(files)) {
      rmSync(path.join(home, "etc", name), { force: true });
      writeFileSync(path.join(home, "etc", name), content, { mode: 0o440 });
    }
  }

  const kuboTemplate = (peerId: string) =>
    JSON.stringify({ Identity: { PeerID: peerId, PrivKey: "@private-key@" } }, null, 2);
  const config = ({ id, privateKey }: Peer) =>
    `${JSON.stringify({ Identity: { PeerID: id, PrivKey: privateKey } }, null, 2)}\n`;
  const read = (name: string) => readFileSync(path.join(repository, name), "utf8");
  const inRepository = (name: string) => path.join(repository, name);

  function boot(raw: Record<string, unknown> = {}, uid?: number): Outcome {
    return runScript(configureKubo(settingsOf(raw)), home, { IPFS_PATH: repository }, ["sh"], uid);
  }

  function boots(raw: Record<string, unknown> = {}): void {
    const { status, stderr } = boot(raw);
    assert.equal(status, 0, stderr);
  }

  it("makes one where there is none", () => {
    boots();
    assert.equal(read("config"), config(me));
    assert.equal(read("swarm.key"), swarmKeyFile(swarmKey));
    assert.equal(read("version"), "18\n");
  });

  it("only replaces config and swarm key where there is one", () => {
    boots();
    writeFileSync(inRepository("blocks/one"), "block");
    writeFileSync(inRepository("config"), `${config(me)}drifted`);
    mount(me, otherKey);
    boots();
    assert.equal(read("config"), config(me));
    assert.equal(read("swarm.key"), swarmKeyFile(otherKey));
    assert.equal(read("blocks/one"), "block");
  });

  it("starts over where making one was cut short", () => {
    for (const name of ["blocks", "datastore"]) mkdirSync(inRepository(name));
    writeFileSync(inRepository("config"), config(me));
    boots();
    assert.equal(read("version"), "18\n");
  });

  it("refuses what was copied and is not complete, and touches none of it", () => {
    for (const part of ["blocks", "datastore"]) {
      mkdirSync(inRepository("blocks"), { recursive: true });
      mkdirSync(inRepository("datastore"), { recursive: true });
      writeFileSync(inRepository(`${part}/one`), "content");
      const { status, stderr } = boot();
      assert.equal(status, 1);
      assert.match(stderr, /no file version: a copy that is not complete/);
      assert.equal(read(`${part}/one`), "content");
      rmSync(inRepository(part), { recursive: true });
    }
    boots();
  });

  it("goes on where replacing the config was cut short", () => {
    boots();
    writeFileSync(inRepository("config.new"), "half a con", { mode: 0o440 });
    boots();
    assert.equal(read("config"), config(me));
    assert.equal(existsSync(inRepository("config.new")), false);
  });

  it("takes the swarm key away from a network that turns public, and brings it back", () => {
    boots();
    boots({ network: "public" });
    assert.equal(existsSync(inRepository("swarm.key")), false);
    boots();
    assert.equal(read("swarm.key"), swarmKeyFile(swarmKey));
  });

  it("refuses another peer's volume, changes nothing of it and says in the pod's status what to do", () => {
    boots();
    mount(other, otherKey);
    const { status, stderr, termination } = boot();
    assert.equal(status, 1);
    assert.ok(termination.includes(`belongs to another peer than ${other.id}: "PeerID": "${me.id}"`), termination);
    assert.match(termination, /pulumi config set --path ipfs-cluster:volumes.acceptOtherIdentities true/);
    assert.equal(stderr, termination);
    assert.equal(read("config"), config(me));
    assert.equal(read("swarm.key"), swarmKeyFile(swarmKey));
  });

  it("refuses the volume of another peer of the stack, whose config names all of them", () => {
    boots();
    writeFileSync(inRepository("config"), `${read("config")}\n"Peering": { "Peers": [{ "ID": "${other.id}" }] }`);
    mount(other, swarmKey);
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

  it("lets a peer's volume follow it to a new key, once, and no other peer's", () => {
    boots();
    writeFileSync(inRepository("blocks/one"), "block");
    mount(other, swarmKey, 2);
    boots();
    assert.equal(read("config"), config(other));
    assert.equal(read("blocks/one"), "block");
    assert.equal(read("identity-generation"), "2\n");
    mount(me, swarmKey, 2);
    assert.equal(boot().status, 1);
    mount(other, swarmKey, 2);
    boots();
    // Another peer of the stack, as its config says.
    mount(me, swarmKey, 3);
    const named = JSON.stringify({ Peering: { Peers: [{ ID: other.id, Addrs: [] }] } }, null, 2);
    rmSync(path.join(home, "etc/config.json"));
    writeFileSync(path.join(home, "etc/config.json"), named);
    assert.match(boot().termination, /belongs to another peer/);
  });

  it("takes another peer's volume when told to", () => {
    boots();
    writeFileSync(inRepository("blocks/one"), "block");
    mount(other, otherKey);
    boots({ volumes: { acceptOtherIdentities: true } });
    assert.equal(read("config"), config(other));
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
        writeFileSync(path.join(home, "ipfs-cluster-service"), '#!/bin/sh\necho "became $*"\n', { mode: 0o755 });
        const env = { IPFS_CLUSTER_PATH: home, POD_INDEX: "0", PATH: `${home}:${process.env.PATH}` };
        const whole = startCluster(settingsOf({ replicas: 1, identities: 1, replication: "everywhere" }));
        // What comes before it, configuration, is looked at below.
        // A function, as busybox takes its own nc before any program's; that one would want a port of this machine.
        const script = `nc() { exec sleep 30; }\n${whole.split("\nset +e\n")[1]}`;
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

describe("the script that puts ipfs-cluster's configuration together", function () {
  this.timeout(120_000);
  let home: string;

  before(function () {
    if (!isThere(["sh"])) this.skip();
  });

  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), "compose-"));
    for (const folder of ["etc", "etc/cluster-secret", "etc/rest-credentials", "bin", "run", "data"])
      mkdirSync(path.join(home, folder));
    write("etc/peer", `${me.id} ${me.publicKey} 1\n`);
    write("etc/private-key", me.privateKey);
    write("etc/service.json", serviceTemplate());
    write("etc/cluster-secret/cluster-secret", clusterSecret);
    write("etc/rest-credentials/username", "admin");
    write("etc/rest-credentials/password", password);
  });

  afterEach(() => rmSync(home, { recursive: true }));

  const clusterSecret = "c0".repeat(32);
  const password = "correct-horse-$(battery)&/'`%s|*";
  const settings = settingsOf({ identities: 3, cluster: { proxy: true } });
  const serviceTemplate = (raw: Record<string, unknown> = {}) => {
    const changed = settingsOf({ identities: 3, ...raw });
    return template(serviceJson(changed, peerIdsOf(changed)));
  };
  const write = (name: string, content: string | Uint8Array) => writeFileSync(path.join(home, name), content);
  const run = (name: string) => readFileSync(path.join(home, "run", name), "utf8");

  // What comes after it dials the others.
  const script = startCluster(settings).split("\nset +e\n")[0];
  const boot = (shell?: readonly string[]) => runScript(script, home, { IPFS_CLUSTER_PATH: `${home}/data` }, shell);

  for (const shell of shells.filter(isThere)) {
    it(`makes whole files of it in ${shell.join(" ")}`, () => {
      const { status, stderr } = boot(shell);
      assert.equal(status, 0, stderr);
      const made = JSON.parse(readFileSync(path.join(home, "data/service.json"), "utf8"));
      const expected = JSON.parse(serviceTemplate());
      expected.cluster.secret = clusterSecret;
      for (const api of ["restapi", "pinsvcapi"]) expected.api[api].basic_auth_credentials = { admin: password };
      assert.deepEqual(made, expected);
      assert.deepEqual(JSON.parse(readFileSync(path.join(home, "data/identity.json"), "utf8")), {
        id: me.id,
        private_key: me.privateKey,
      });
      assert.equal(run("authorization"), `Authorization: Basic ${Buffer.from(`admin:${password}`).toString("base64")}`);
    });

    it(`takes no value that could be anything else than it should, in ${shell.join(" ")}`, () => {
      const form = /^[!-~]+$/;
      const sound = (text: string, least: number) =>
        form.test(text) && !/[:,"\\]/.test(text) && text.length >= least && text.length <= 256;
      const hostile = fc.oneof(
        fc.string({ unit: fc.constantFrom(..."\"\\$`&/|;\n\r\t\u0000 {}:,%'*?[]!#~=ä😀a0"), maxLength: 40 }),
        fc.stringMatching(/^[!-~]{16,40}$/),
        fc.constant(`${"x".repeat(20)}\n`),
        fc.constant("$(touch ../escaped)`touch escaped`"),
        fc.constant(`x", "admin2": "${"y".repeat(20)}`),
      );
      const stripped = (text: string) => text.replace(/\n+$/, "");
      fc.assert(
        fc.property(hostile, hostile, hostile, (username, secret, word) => {
          fc.pre(![username, secret, word].some((text) => text.includes("\u0000")));
          write("etc/rest-credentials/username", username);
          write("etc/rest-credentials/password", word);
          write("etc/cluster-secret/cluster-secret", secret.length % 2 ? secret : clusterSecret);
          const { status, stderr, termination } = boot(shell);
          const good = secret.length % 2 === 0 && sound(stripped(username), 1) && sound(stripped(word), 16);
          assert.equal(status === 0, good, stderr);
          assert.ok(!existsSync(path.join(home, "escaped")) && !existsSync("escaped") && !existsSync("../escaped"));
          if (good) {
            const { cluster, api } = JSON.parse(run("service.json"));
            assert.equal(cluster.secret, clusterSecret);
            assert.deepEqual(api.restapi.basic_auth_credentials, { [stripped(username)]: stripped(word) });
          } else {
            assert.match(termination, /^(username|password|cluster-secret) .*docs\/secrets\.md\.\n$/);
            for (const text of [username, secret, word]) assert.ok(text.length < 16 || !stderr.includes(text));
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it("puts a secret where it belongs and nowhere else, whatever the stack file says", () => {
    const tag = "@cluster-secret@";
    const headers = { "X-A": [tag, '"@rest-credentials@"', '    "secret": "@cluster-secret@",'] };
    write("etc/service.json", serviceTemplate({ cluster: { config: { api: { restapi: { headers } } } } }));
    assert.equal(boot().status, 0);
    const { api } = JSON.parse(run("service.json"));
    assert.deepEqual(api.restapi.headers, headers);
    assert.deepEqual(api.restapi.basic_auth_credentials, { admin: password });
  });

  it("lets the credentials of before count as well, under a name of their own", () => {
    write("etc/rest-credentials/previous-username", "former");
    write("etc/rest-credentials/previous-password", "former-password-1234");
    assert.equal(boot().status, 0);
    const users = { admin: password, former: "former-password-1234" };
    assert.deepEqual(JSON.parse(run("service.json")).api.restapi.basic_auth_credentials, users);
    write("etc/rest-credentials/previous-username", "admin");
    assert.match(boot().termination, /previous-username .* are the same/);
  });

  it("says which key a Secret lacks", () => {
    rmSync(path.join(home, "etc/rest-credentials/password"));
    assert.match(boot().termination, /^The Secret of secrets\.restCredentials has no key password\./);
    rmSync(path.join(home, "etc/private-key"));
    // What the kubelet makes of a key that there is not.
    mkdirSync(path.join(home, "etc/private-key"));
    assert.match(boot().termination, /^There is no key cluster-0 in the Secret of secrets\.identities\.cluster\./);
  });

  it("refuses a key that does not belong to its peer id, and one that is none, and prints neither", () => {
    for (const [key, reason] of [
      [other.privateKey, `is not the key of peer id ${me.id}`],
      [me.privateKey.slice(0, 80), "is not an Ed25519 private key"],
      [`CAES${"A".repeat(88)}`, "is not an Ed25519 private key"],
      ["", "is not an Ed25519 private key"],
    ] as const) {
      write("etc/private-key", key);
      const { status, stderr } = boot();
      assert.equal(status, 1);
      assert.ok(stderr.includes(reason), stderr);
      assert.ok(key === "" || !stderr.includes(key));
    }
  });

  it("leaves nothing that others may read, and nothing on the volume", () => {
    assert.equal(boot().status, 0);
    for (const name of ["service.json", "identity.json", "authorization"])
      assert.equal(statSync(path.join(home, "run", name)).mode & 0o777, 0o600, name);
    for (const name of ["service.json", "identity.json"])
      assert.ok(lstatSync(path.join(home, "data", name)).isSymbolicLink());
    assert.equal(boot().status, 0, "a second time");
  });
});
