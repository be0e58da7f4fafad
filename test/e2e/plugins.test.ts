import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { environment, tools } from "../../local";
import { checkout } from "../../local/paths";

const password = 'new random.RandomPassword("password", { length: 64, upper: false, special: false, keepers })';
const adoptedPassword = 'new random.RandomPassword("adopted", { length: 64 }, { import: "x".repeat(64) })';

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";

const config = new pulumi.Config();
const keepers = { generation: config.require("generation") };
const password = ${password};
const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
const authority = new tls.SelfSignedCert("authority", {
  privateKeyPem: key.privateKeyPem,
  allowedUses: ["cert_signing"],
  isCaCertificate: true,
  subject: { commonName: config.require("name") },
  validityPeriodHours: 24,
});
const request = new tls.CertRequest("request", { privateKeyPem: key.privateKeyPem, dnsNames: ["example.org"] });
const certificate = new tls.LocallySignedCert("certificate", {
  caCertPem: authority.certPem,
  caPrivateKeyPem: key.privateKeyPem,
  certRequestPem: request.certRequestPem,
  allowedUses: ["server_auth"],
  validityPeriodHours: 12,
});
console.log("the program of " + pulumi.getOrganization() + " has run");
if (config.getBoolean("fails")) throw new pulumi.RunError("the program refuses");

export const secret = password.result;
export const token = config.requireSecret("token");
export const key_ = key.privateKeyPem;
export const certPem = certificate.certPem;
if (config.getBoolean("waits")) setInterval(() => {}, 1000);
`;

const policyPack = `
import { PolicyPack, validateResourceOfType } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";

new PolicyPack("strong", {
  policies: [
    {
      name: "long-passwords",
      description: "Passwords are long.",
      enforcementLevel: "mandatory",
      validateResource: validateResourceOfType(RandomPassword, (password, _args, report) => {
        if (password.length < 100) report("too short for stack " + pulumi.getStack());
      }),
    },
  ],
});
`;

describe("the local plugins, under the real engine", function () {
  this.timeout("10m"); // the first run builds the toolchain

  let folder: string;
  let pulumiProgram: string;
  let variables: Record<string, string>;

  before(async () => {
    const built = await tools();
    pulumiProgram = built.programs.pulumi;
    folder = await mkdtemp(join(tmpdir(), "plugins-"));
    const state = join(folder, "state");
    await mkdir(state);
    variables = { ...(await environment("dev", built)), PULUMI_BACKEND_URL: `file://${state}` };
    await write("program/Pulumi.yaml", "name: scratch\nruntime: nodejs\n");
    await write("program/package.json", '{ "name": "scratch", "main": "index.ts" }');
    await write("program/tsconfig.json", typescriptOptions);
    await write("program/index.ts", program);
    await symlink(join(checkout, "node_modules"), join(folder, "program", "node_modules"));
    await pulumi("stack", "init", "dev");
    await pulumi("config", "set", "generation", "1");
    await pulumi("config", "set", "name", "first");
    await pulumi("config", "set", "--secret", "token", "configured-secret");
  });
  after(() => rm(folder, { recursive: true }));

  async function write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }

  interface Run {
    readonly code: number | null;
    readonly output: string;
  }

  function start(...args: string[]) {
    const child = spawn(pulumiProgram, [...args, "--non-interactive"], {
      cwd: join(folder, "program"),
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data) => {
        output += data;
      });
    }
    const ended = new Promise<Run>((resolve) => child.once("close", (code) => resolve({ code, output })));
    return { child, ended, output: () => output };
  }

  async function pulumi(...args: string[]): Promise<string> {
    const { code, output } = await start(...args).ended;
    assert.equal(code, 0, `pulumi ${args.join(" ")} failed:\n${output}`);
    return output;
  }

  const up = (...args: string[]) => pulumi("up", "--yes", "--skip-preview", ...args);
  const outputs = async () => JSON.parse(await pulumi("stack", "output", "--json", "--show-secrets"));

  it("preview without creating anything, and without a warning about themselves", async () => {
    const output = await pulumi("preview");
    assert.match(output, /\+ 6 to create/);
    assert.doesNotMatch(output, /warning/);
    assert.equal(await pulumi("stack", "output", "--json"), "{}\n");
  });

  it("create what the program asks for, and show what it prints", async () => {
    const output = await up();
    assert.match(output, /\+ 6 created/);
    assert.match(output, /the program of organization has run/);
    assert.doesNotMatch(output, /warning/);
    const { secret, token, certPem } = await outputs();
    assert.match(secret, /^[a-z0-9]{64}$/);
    assert.equal(token, "configured-secret");
    assert.match(certPem, /^-----BEGIN CERTIFICATE-----/);
  });

  it("change nothing the second time, nor in a refresh, nor after it", async () => {
    await up("--expect-no-changes");
    await pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await up("--expect-no-changes");
  });

  it("keep every secret out of the state and out of what is displayed", async () => {
    const { secret, key_, token, certPem } = await outputs();
    const line = (pem: string) => pem.split("\n")[1] as string;
    const state = await pulumi("stack", "export");
    const shown = await up("--diff", "--show-sames");
    for (const value of [secret, line(key_), token]) {
      assert.ok(value.length > 8);
      assert.ok(!state.includes(value), "a secret is in the state");
      assert.ok(!shown.includes(value), "a secret is displayed");
    }
    assert.ok(state.includes(line(certPem)), "what is not secret is found there, so secrets would be");
  });

  it("replace a password whose keepers change, and nothing else", async () => {
    const before = await outputs();
    await pulumi("config", "set", "generation", "2");
    const output = await up("--diff");
    assert.match(output, /\+-random:index\/randomPassword:RandomPassword: \(replace\)/);
    assert.match(output, /generation: "1" => "2"/);
    assert.match(output, /\+-1 replaced/);
    assert.match(output, /5 unchanged/);
    const after = await outputs();
    assert.notEqual(after.secret, before.secret);
    assert.equal(after.certPem, before.certPem);
  });

  it("replace a certificate and what it signed when its subject changes", async () => {
    const before = await outputs();
    await pulumi("config", "set", "name", "second");
    assert.match(await up(), /\+-2 replaced/);
    const after = await outputs();
    assert.notEqual(after.certPem, before.certPem);
    assert.equal(after.key_, before.key_);
  });

  it("show a program's own fault without a stack trace", async () => {
    await pulumi("config", "set", "fails", "true");
    const { code, output } = await start("preview").ended;
    await pulumi("config", "rm", "fails");
    assert.notEqual(code, 0);
    assert.match(output, /error: the program refuses/);
    assert.doesNotMatch(output, /at .*index\.ts|exited with non-zero/);
  });

  it("refuse bad inputs before anything is created, naming the property", async () => {
    await write("program/index.ts", program.replace("length: 64", "length: 3, minNumeric: 4"));
    const { code, output } = await start("up", "--yes", "--skip-preview").ended;
    await write("program/index.ts", program);
    assert.notEqual(code, 0);
    assert.match(output, /'password' has a problem: length: must be at least 4, the sum of all min properties/);
    await up("--expect-no-changes");
  });

  it("adopt a password by its value", async () => {
    await write("program/index.ts", program.replace(password, adoptedPassword));
    await up();
    assert.equal((await outputs()).secret, "x".repeat(64));
    await write("program/index.ts", program);
    await up();
  });

  it("let a policy pack stop a bad program, and tell the pack its stack", async () => {
    await write("policies/PulumiPolicy.yaml", "runtime: nodejs\nmain: index.ts\n");
    await write("policies/package.json", '{ "name": "strong", "version": "1.0.0", "main": "index.ts" }');
    await write("policies/tsconfig.json", typescriptOptions);
    await write("policies/index.ts", policyPack);
    await symlink(join(checkout, "node_modules"), join(folder, "policies", "node_modules"));
    const { code, output } = await start("preview", "--policy-pack", join(folder, "policies")).ended;
    assert.notEqual(code, 0);
    assert.match(output, /\[mandatory\] {2}long-passwords {2}\(random:index:RandomPassword: password\)/);
    assert.match(output, /too short for stack dev/);
    assert.deepEqual(await processesGone(), []);
  });

  /** The processes that work for this test's stack: pulumi, its plugins and programs. */
  function processes(): string[] {
    return readdirSync("/proc").filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, "latin1").includes(`file://${folder}/state`);
      } catch {
        return false; // it has just ended
      }
    });
  }

  /** Waits until no process is left, or five seconds; returns those that are. */
  async function processesGone(): Promise<string[]> {
    const deadline = Date.now() + 5000;
    while (processes().length > 0 && Date.now() < deadline) await pause();
    return processes();
  }

  for (const signal of ["SIGINT", "SIGKILL"] as const) {
    it(`leave no process behind when pulumi gets ${signal} while the program runs`, async () => {
      await pulumi("config", "set", "waits", "true");
      const running = start("preview");
      while (!running.output().includes("has run")) await pause();
      assert.ok(processes().length >= 3, "pulumi, the language host and the program");
      running.child.kill(signal);
      await running.ended;
      assert.deepEqual(await processesGone(), []);
      await pulumi("config", "rm", "waits");
    });
  }

  it("destroy everything", async () => {
    assert.match(await pulumi("destroy", "--yes", "--skip-preview"), /- 6 deleted/);
    const { deployment } = JSON.parse(await pulumi("stack", "export"));
    assert.deepEqual(deployment.resources ?? [], []);
  });
});

const typescriptOptions = JSON.stringify({
  compilerOptions: { target: "es2022", module: "nodenext", moduleResolution: "nodenext", noCheck: true, rootDir: "." },
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
