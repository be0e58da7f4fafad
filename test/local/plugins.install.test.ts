import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { translated } from "../../local/plugins/build";
import { findOfficial, installOfficial } from "../../local/plugins/official";
import { occupant, resourceExecutable, writeLauncher } from "../../local/plugins/pluginDirectory";

const plugin = { name: "random", version: "4.21.2" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "it's plugins-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string, mode = 0o644): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

describe("local plugins: launchers", () => {
  it("pass a plugin's arguments on to the command, whatever is in its path", async function () {
    if (process.platform === "win32") this.skip();
    const script = write("echo.js", "console.log(JSON.stringify(process.argv.slice(2)))");
    const executable = resourceExecutable(folder, plugin);
    await writeLauncher(executable, [process.execPath, script]);
    assert.deepEqual(JSON.parse(execFileSync(executable, ["127.0.0.1:1", "a b"], { encoding: "utf8" })), [
      "127.0.0.1:1",
      "a b",
    ]);
  });

  it("are told from official plugins", async () => {
    const executable = resourceExecutable(folder, plugin);
    assert.equal(executable, join(folder, "plugins", "resource-random-v4.21.2", "pulumi-resource-random"));
    assert.equal(await occupant(executable), "none");
    await writeLauncher(executable, ["anything"]);
    assert.equal(await occupant(executable), "launcher");
    writeFileSync(executable, "\x7fELF");
    assert.equal(await occupant(executable), "official");
  });
});

describe("local plugins: official ones", () => {
  const saved = { PULUMI_HOME: process.env.PULUMI_HOME, HTTPS_PROXY: process.env.HTTPS_PROXY };
  afterEach(() => {
    for (const [name, value] of Object.entries(saved)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("are found where the user's own Pulumi keeps them, and our launchers are not taken for them", async () => {
    process.env.PULUMI_HOME = folder;
    const executable = resourceExecutable(folder, { name: "nowhere-else", version: "1.0.0" });
    await writeLauncher(executable, ["anything"]);
    assert.equal(await findOfficial({ name: "nowhere-else", version: "1.0.0" }), undefined);
    writeFileSync(executable, "\x7fELF");
    assert.equal(await findOfficial({ name: "nowhere-else", version: "1.0.0" }), executable);
  });

  /** A `pulumi` that notes how it was called. Behind a proxy nothing is probed first, so it is always called. */
  function fakePulumi(exitCode: number) {
    process.env.HTTPS_PROXY = "http://127.0.0.1:9";
    const calls = join(folder, "calls");
    const pulumi = write("pulumi", `#!/bin/sh\necho "$PULUMI_HOME $*" >> "${calls}"\nexit ${exitCode}\n`, 0o755);
    return {
      options: { pulumi, home: join(folder, "home"), memory: join(folder, "memory") },
      calls: () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []),
    };
  }

  it("are downloaded by Pulumi itself into its home", async function () {
    if (process.platform === "win32") this.skip();
    const { options, calls } = fakePulumi(0);
    assert.equal(await installOfficial(plugin, options), true);
    assert.deepEqual(calls(), [`${options.home} plugin install resource random v4.21.2 --reinstall`]);
  });

  it("are not asked for again for a day when they cannot be had, and other versions are", async function () {
    if (process.platform === "win32") this.skip();
    const { options, calls } = fakePulumi(1);
    assert.equal(await installOfficial(plugin, options), false);
    assert.equal(await installOfficial(plugin, options), false);
    assert.equal(calls().length, 1);
    assert.equal(await installOfficial({ ...plugin, version: "4.22.0" }, options), false);
    assert.equal(calls().length, 2);
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000).toISOString();
    writeFileSync(join(options.memory, "resource-random-v4.21.2.unavailable"), twoDaysAgo);
    assert.equal(await installOfficial(plugin, options), false);
    assert.equal(calls().length, 3);
  });
});

describe("local plugins: translation", () => {
  it("makes modules that run, once for each state of the sources", async () => {
    write("sources/lib/answer.ts", "export const answer: number = 42;");
    const main = write(
      "sources/main.ts",
      'import { answer } from "./lib/answer"; process.stdout.write(String(answer));',
    );
    const sources = join(folder, "sources");
    const output = join(folder, "output");
    const first = await translated(sources, output);
    assert.equal(execFileSync(process.execPath, [join(first, "main.js")], { encoding: "utf8" }), "42");
    assert.equal(await translated(sources, output), first);
    writeFileSync(main, "process.stdout.write('43');");
    const second = await translated(sources, output);
    assert.notEqual(second, first);
    assert.equal(execFileSync(process.execPath, [join(second, "main.js")], { encoding: "utf8" }), "43");
  });

  it("may be done by two processes at once", async () => {
    write("sources/main.ts", "export {};");
    const sources = join(folder, "sources");
    const [one, other] = await Promise.all([translated(sources, folder), translated(sources, folder)]);
    assert.equal(one, other);
  });
});
