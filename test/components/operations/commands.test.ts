import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Commands, commands } from "../../../components/operations";
import { mounts } from "../../../components/workload";
import { withStandIns } from "../../support/standIns";
import { settingsOf } from "../workload/samples";

const username = "admin-2";
const password = "$(id)'&|%s;0123456789abcdef";
const token = "eyJh.bGci.OiJI";

/** How a program was started. */
interface Start {
  readonly program: string;
  readonly args: readonly string[];
  /** What it was told by its environment or its input. */
  readonly told: string;
}

/** Stands for every program: it writes down how it was started, and answers as the real one would. */
const standIn = `
const { readFileSync, writeFileSync } = require("node:fs");
const { basename, dirname } = require("node:path");
const [, file, ...args] = process.argv;
const program = basename(file);
const values = ${JSON.stringify({ username, password })};
const told = program === "curl" && args.includes("-K") ? readFileSync(0, "utf8") : (process.env.CLUSTER_CREDENTIALS ?? "");
writeFileSync(dirname(file) + "/start-" + process.hrtime.bigint(), JSON.stringify({ program, args, told }));
if (program === "curl") console.log('{"token":"${token}"}');
if (program === "kubectl" && args.includes("get")) {
  const template = args.at(-1).replace("go-template=", "");
  process.stdout.write(template.replace(/{{.data.(\\w+) [|] base64decode}}/g, (_, key) => values[key] + "\\n"));
}
if (program === "kubectl" && args.includes("exec")) {
  const [command, ...words] = args.slice(args.indexOf("--") + 1);
  require("node:child_process").spawnSync(command, words, { stdio: "inherit" });
}
`;

/** Runs a command as people do, with a stand-in for each program; those that a pod runs have its Secrets as files. */
function started(command: string): Start[] {
  const programs = ["kubectl", "curl", "ipfs", "ipfs-cluster-ctl"];
  const scripts = Object.fromEntries(programs.map((program) => [program, `#!${process.execPath}\n${standIn}`]));
  return withStandIns(scripts, ({ home, PATH }) => {
    const mounted = path.join(home, "rest-credentials");
    mkdirSync(mounted);
    for (const [key, value] of Object.entries({ username, password }))
      writeFileSync(path.join(mounted, key), `${value}\n`);
    const typed = command.replaceAll(mounts.restCredentials, mounted).replace("<cid>", "bafkqaaa");
    const { status, stderr } = spawnSync("sh", ["-c", typed], { env: { PATH }, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""], typed);
    return readdirSync(home)
      .filter((file) => file.startsWith("start-"))
      .map((file) => JSON.parse(readFileSync(path.join(home, file), "utf8")));
  });
}

describe("commands for people", () => {
  for (const topology of ["paired", "colocated"] as const) {
    const all = commands(settingsOf({ topology }));

    it(`of a stack that is ${topology} make no secret an argument of any program`, () => {
      const names = Object.keys(all) as (keyof Commands)[];
      assert.equal(names.length, 9);
      for (const name of names) {
        const words = started(String(all[name])).flatMap(({ program, args }) => args.map((arg) => `${program} ${arg}`));
        assert.ok(words.length > 0, name);
        for (const secret of [username, password])
          assert.deepEqual(
            words.filter((word) => word.includes(secret)),
            [],
          );
        // kubo takes it in no other way.
        const tokens = words.filter((word) => word.includes(token));
        assert.deepEqual(tokens, name === "addRemotePinning" ? [`ipfs ${token}`] : []);
      }
    });
  }

  const all = commands(settingsOf({}));
  const ofCtl = (command: string) => started(command).filter(({ program }) => program === "ipfs-cluster-ctl");
  const known = { program: "ipfs-cluster-ctl", told: `${username}:${password}` };

  it("give ipfs-cluster-ctl and curl the credentials all the same, without the line ends of the Secret's values", () => {
    assert.deepEqual(ofCtl(all.ctl), [{ ...known, args: ["--force-http", "peers", "ls"] }]);
    for (const command of [all.add, String(all.addRemotePinning)]) {
      const [{ args, told }] = started(command).filter(({ program }) => program === "curl");
      assert.equal(told, `user = "${username}:${password}"`);
      assert.match(args.join(" "), /-K - /);
    }
  });

  it("pass any other command of ipfs-cluster-ctl on word for word, as printed and as docs/operations.md has it", () => {
    const page = readFileSync(path.join(__dirname, "..", "..", "..", "docs", "operations.md"), "utf8");
    const [documented] = /^ {4}ctl\(\) \{\n[\s\S]*?^ {4}\}\n/m.exec(page) ?? [];
    for (const ctl of [`ctl() { ${all.ctl.replace(/peers ls$/, '"$@"')}; }`, `ns=ipfs\n${documented}`]) {
      const starts = ofCtl(`${ctl}\nctl pin add --name "a b'c \\$d" cid`);
      assert.deepEqual(starts, [{ ...known, args: ["--force-http", "pin", "add", "--name", "a b'c $d", "cid"] }]);
    }
  });
});
