import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzerHandshakeRequest,
  type AnalyzerInfo,
  AnalyzerStackConfigureRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { LanguageRuntimeClient, LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { languageHandlers } from "../../local/plugins/language/host";
import { packageManager } from "../../local/plugins/language/install";
import { programDependencies, pulumiPackages } from "../../local/plugins/language/packages";
import { environmentOf, runtimeOptions, words } from "../../local/plugins/language/runtimeOptions";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "language-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, content: string | object): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
}

const program = (options: Record<string, JavaScriptValue> = {}) =>
  new proto.ProgramInfo()
    .setRootDirectory(folder)
    .setProgramDirectory(folder)
    .setEntryPoint(".")
    .setOptions(Struct.fromJavaScript(options));

describe("local language host: options of Pulumi.yaml", () => {
  it("default to TypeScript, no node arguments and whatever package manager is in use", () => {
    assert.deepEqual(runtimeOptions(program()), {
      typescript: true,
      tsconfig: undefined,
      nodeargs: [],
      packagemanager: "auto",
      production: false,
    });
  });

  it("reach the SDK's runner through its environment", () => {
    const options = runtimeOptions(program({ tsconfig: "tsconfig.pulumi.json" }));
    assert.deepEqual(environmentOf(options), {
      PULUMI_NODEJS_TYPESCRIPT: "true",
      PULUMI_NODEJS_TSCONFIG_PATH: "tsconfig.pulumi.json",
    });
    assert.deepEqual(environmentOf(runtimeOptions(program({ typescript: false }))), {});
  });

  it("are refused when they are of the wrong type", () => {
    assert.throws(() => runtimeOptions(program({ typescript: "yes" })), /typescript option must be a boolean/);
    assert.throws(
      () => runtimeOptions(program({ packagemanager: "cargo" })),
      /must be one of auto, npm, .*got "cargo"/,
    );
  });

  it("split node's arguments as a shell would", () => {
    assert.deepEqual(words(` --a  --b="c d" 'e "f' g\\ h "i \\"j\\"" `), ["--a", "--b=c d", 'e "f', "g h", 'i "j"']);
  });
});

describe("local language host: packages", () => {
  it("finds the plugins that packages need, in scopes and below other packages too", () => {
    write("node_modules/@pulumi/random/package.json", {
      name: "@pulumi/random",
      version: "4.21.2",
      pulumi: { resource: true, name: "random" },
    });
    write("node_modules/@pulumi/pulumi/package.json", { name: "@pulumi/pulumi", version: "3.253.0" });
    write("node_modules/component/node_modules/@acme/cloud/package.json", {
      name: "@acme/cloud",
      version: "1.0.0",
      pulumi: { resource: true, name: "acme", version: "v2.0.0", server: "https://acme.example" },
    });
    write("node_modules/broken/package.json", "{");
    assert.deepEqual(pulumiPackages(folder), [
      { name: "random", version: "v4.21.2", server: "" },
      { name: "acme", version: "v2.0.0", server: "https://acme.example" },
    ]);
  });

  it("lists dependencies from the lock file, direct ones or all", () => {
    write("package-lock.json", {
      packages: {
        "": { dependencies: { a: "^1" }, devDependencies: { "@s/b": "2" } },
        "node_modules/a": { version: "1.2.3" },
        "node_modules/@s/b": { version: "2.0.0" },
        "node_modules/@s/b/node_modules/a": { version: "1.0.0" },
      },
    });
    assert.deepEqual(programDependencies(folder, false), [
      { name: "a", version: "1.2.3" },
      { name: "@s/b", version: "2.0.0" },
    ]);
    assert.equal(programDependencies(folder, true).length, 3);
  });

  it("takes the package manager whose lock file is there", () => {
    assert.equal(packageManager(runtimeOptions(program()), folder), "npm");
    write("pnpm-lock.yaml", "");
    assert.equal(packageManager(runtimeOptions(program()), folder), "pnpm");
    assert.equal(packageManager(runtimeOptions(program({ packagemanager: "yarn" })), folder), "yarn");
  });
});

describe("local language host: running", () => {
  let server: grpc.Server;
  let client: LanguageRuntimeClient;

  beforeEach(async () => {
    server = new grpc.Server();
    server.addService(LanguageRuntimeService, languageHandlers("engine:1", "3.253.0"));
    client = new LanguageRuntimeClient(`127.0.0.1:${await bind(server)}`, grpc.credentials.createInsecure());
  });

  afterEach(() => {
    client.close();
    server.forceShutdown();
  });

  /** Gives the program an SDK whose runner is the given script. */
  function sdk(runner: string, script: string): void {
    write("node_modules/@pulumi/pulumi/package.json", { name: "@pulumi/pulumi", version: "3.253.0" });
    write(`node_modules/@pulumi/pulumi/cmd/${runner}/index.js`, script);
  }

  /** A script that notes how it was started. */
  const note = () =>
    `const { argv, cwd, env, execArgv, pid } = process;
     require("node:fs").writeFileSync(${JSON.stringify(join(folder, "noted.json"))},
       JSON.stringify({ argv: argv.slice(2), cwd: cwd(), env, execArgv, pid }));`;
  const noted = () => JSON.parse(readFileSync(join(folder, "noted.json"), "utf8"));

  function run(prepare = (request: proto.RunRequest) => request): Promise<proto.RunResponse> {
    const request = prepare(new proto.RunRequest().setInfo(program()).setProject("p").setStack("s").setParallel(16));
    return new Promise((resolve, reject) => {
      client.run(request, (error, response) => (error ? reject(error) : resolve(response)));
    });
  }

  it("starts the SDK's runner with what the engine says about the stack", async () => {
    sdk("run", note());
    const response = await run((request) => {
      request.getConfigMap().set("p:key", "value").set("p:token", "t");
      return request
        .setInfo(program({ nodeargs: "--no-warnings" }))
        .setMonitorAddress("monitor:2")
        .setOrganization("o")
        .setDryrun(true)
        .setConfigsecretkeysList(["p:token"])
        .setArgsList(["more"]);
    });
    assert.deepEqual(response.toObject(), { error: "", bail: false });
    const { argv, env, execArgv } = noted();
    const options = ["--monitor", "monitor:2", "--engine", "engine:1", "--organization", "o", "--project", "p"];
    const places = ["--root-directory", folder, "--stack", "s", "--pwd", folder, "--parallel", "16"];
    assert.deepEqual(argv, [...options, ...places, "--dry-run", ".", "more"]);
    assert.deepEqual(execArgv, ["--no-warnings"]);
    assert.deepEqual(JSON.parse(env.PULUMI_CONFIG), { "p:key": "value", "p:token": "t" });
    assert.deepEqual(JSON.parse(env.PULUMI_CONFIG_SECRET_KEYS), ["p:token"]);
    assert.equal(env.PULUMI_NODEJS_TYPESCRIPT, "true");
  });

  it("says nothing more about a program that has told its user already", async () => {
    sdk("run", "process.exit(32)");
    assert.deepEqual((await run()).toObject(), { error: "", bail: true });
  });

  it("reports a program that fails", async () => {
    sdk("run", "process.exit(3)");
    assert.equal((await run()).getError(), "Program exited with non-zero exit code: 3");
    sdk("run", "process.kill(process.pid, 'SIGKILL')");
    assert.equal((await run()).getError(), "Program exited unexpectedly: SIGKILL");
  });

  it("names the command that installs a missing SDK", async () => {
    await assert.rejects(run(), /SDK has not been installed in .*Have you run pulumi install\?/);
  });

  it("interrupts the program when the engine cancels", async () => {
    const ready = join(folder, "ready");
    sdk(
      "run",
      `process.on("SIGINT", () => process.exit(7)); setInterval(() => {}, 1000);
       require("node:fs").writeFileSync(${JSON.stringify(ready)}, "")`,
    );
    const running = run();
    while (!existsSync(ready)) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => client.cancel(new Empty(), resolve));
    assert.equal((await running).getError(), "Program exited with non-zero exit code: 7");
  });

  it("runs a plugin where the engine is, in the environment the engine sends, and passes on its output", async () => {
    sdk("run-plugin", `${note()} console.log("12345"); console.error("oops"); process.exit(4);`);
    const request = new proto.RunPluginRequest()
      .setInfo(program())
      .setKind("resource")
      .setPwd(tmpdir())
      .setArgsList(["engine:1"])
      .setEnvList(["A=1=2"]);
    const output = { stdout: "", stderr: "", exitCode: -1 };
    for await (const message of client.runPlugin(request) as AsyncIterable<proto.RunPluginResponse>) {
      if (message.hasStdout()) output.stdout += Buffer.from(message.getStdout_asU8());
      if (message.hasStderr()) output.stderr += Buffer.from(message.getStderr_asU8());
      if (message.hasExitcode()) output.exitCode = message.getExitcode();
    }
    assert.deepEqual(output, { stdout: "12345\n", stderr: "oops\n", exitCode: 4 });
    const { argv, cwd, env } = noted();
    assert.deepEqual(argv, [folder, "engine:1"]);
    assert.equal(cwd, tmpdir());
    assert.equal(env.A, "1=2");
    assert.equal(env.HOME, undefined);
  });

  it("starts a policy pack in its folder once it knows the stack, and stands between it and the engine", async () => {
    sdk("run-policy-pack", `${note()} ${packThatIsNamedAfterItsStack}`);
    const request = new proto.RunPluginRequest()
      .setInfo(program())
      .setKind("analyzer")
      .setArgsList(["engine:1"])
      .setEnvList(["A=1"]);
    const stream = client.runPlugin(request);
    stream.on("error", () => {}); // the pack is cancelled below
    const [first] = (await once(stream, "data")) as [proto.RunPluginResponse];
    const port = Number(Buffer.from(first.getStdout_asU8()));
    const analyzer = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    await new Promise((resolve) => analyzer.handshake(new AnalyzerHandshakeRequest(), resolve));
    assert.ok(!existsSync(join(folder, "noted.json")), "the pack starts only when the stack is known");

    const stack = new AnalyzerStackConfigureRequest()
      .setStack("dev")
      .setProject("p")
      .setOrganization("o")
      .setDryRun(true);
    stack.getConfigMap().set("p:key", "value");
    await new Promise((resolve) => analyzer.configureStack(stack, resolve));
    const info = await new Promise<AnalyzerInfo>((resolve, reject) => {
      analyzer.getAnalyzerInfo(new Empty(), (error, response) => (error ? reject(error) : resolve(response)));
    });
    assert.equal(info.getName(), "dev");
    const { argv, cwd, env } = noted();
    assert.deepEqual(argv, ["engine:1", folder]);
    assert.equal(cwd, realpathSync(folder));
    assert.deepEqual(JSON.parse(env.PULUMI_CONFIG), { "p:key": "value" });
    assert.equal(env.PULUMI_NODEJS_DRY_RUN, "true");

    stream.cancel();
    while (isRunning(noted().pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    analyzer.close();
  });
});

const modulePath = (name: string) => JSON.stringify(require.resolve(name));

/** A policy pack as the engine sees it: an analyzer that serves its name. */
const packThatIsNamedAfterItsStack = `
  const grpc = require(${modulePath("@grpc/grpc-js")});
  const { AnalyzerService } = require(${modulePath("@pulumi/pulumi/proto/analyzer_grpc_pb")});
  const { AnalyzerInfo } = require(${modulePath("@pulumi/pulumi/proto/analyzer_pb")});
  const server = new grpc.Server();
  server.addService(AnalyzerService, {
    getAnalyzerInfo: (_, respond) => respond(null, new AnalyzerInfo().setName(process.env.PULUMI_NODEJS_STACK)),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => console.log(String(port)));`;

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function bind(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
