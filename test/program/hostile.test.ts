import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { OperatorError } from "../../components/operatorError";
import { resolveSettings, SettingsError } from "../../components/settings";
import { anyAccepted, anyShape, everySetting, hostileTexts, settingsIn } from "../components/settings/anyAccepted";
import { type Graph, runOrRefusal, runProgram } from "../support/graph";
import { isHost, objectFaults } from "../support/objectFaults";
import { hasSchema } from "../support/schemas";
import { repeats, withStandIns } from "../support/standIns";
import { containersOf, type KubernetesObject, resourcesOf } from "./objects";

const long = process.argv.includes("--all");

/** The objects of a graph, but for those of kinds that no API server here knows. */
function objectsIn(graph: Graph): KubernetesObject[] {
  return resourcesOf(graph)
    .filter(({ type }) => !type.startsWith("kubernetes:helm.sh/"))
    .map(({ state }) => state as unknown as KubernetesObject & { apiVersion: string })
    .filter(({ apiVersion, kind }) => hasSchema(apiVersion, kind));
}

describe("settings of any kind", function () {
  this.timeout(300_000);

  it("are made up with every setting that there is", () => {
    const seen = new Set(fc.sample(anyShape, { numRuns: 200, seed: 1 }).flatMap((raw) => settingsIn(raw)));
    assert.ok(everySetting.size > 200);
    assert.deepEqual(
      [...everySetting].filter((setting) => !seen.has(setting)),
      [],
    );
  });

  it("of the schema's shape are accepted or refused in words, with commands that are one word each to a shell", () => {
    const commands = new Set<string>();
    let inputs = 0;
    fc.assert(
      fc.property(anyShape, fc.constantFrom(...hostileTexts), (raw, key) => {
        inputs++;
        try {
          resolveSettings(
            { ...raw, [key]: 1, tags: { [key]: 1 }, kubo: { nodeSelector: { [key]: "" } } },
            { stack: "test" },
          );
        } catch (error) {
          if (!(error instanceof SettingsError)) throw error;
          for (const { fix } of error.faults) if (fix && isCommand(fix)) commands.add(fix);
        }
      }),
      { numRuns: long ? 5000 : 100 },
    );
    assert.ok(commands.size > 20);
    for (const command of commands) assert.equal(heardBy(command)[0], "config");
    console.log(`      ${inputs} inputs, ${commands.size} commands`);
  });

  it("that are accepted make objects such as an API server takes, and give nothing but what was given", async () => {
    const commands = new Set<string>();
    let objects = 0;
    let inputs = 0;
    let annotated = 0;
    await fc.assert(
      fc.asyncProperty(anyAccepted, async ({ stack, settings }) => {
        inputs++;
        const graph = await runOrRefusal({ stack, settings });
        // Some want secrets that are not in the stack file.
        if (graph instanceof OperatorError) return;
        const all = objectsIn(graph);
        objects += all.length;
        assert.deepEqual(all.flatMap(objectFaults), []);
        assert.deepEqual(
          hostsIn(all).filter((host) => !isHost(host)),
          [],
        );
        for (const address of addressesIn(graph)) multiaddr(address);
        for (const command of Object.values(graph.outputs.commands as object)) commands.add(command);
        givesAsGiven(all, settings);
        annotated += annotatedAsGiven(all, settings);
      }),
      { numRuns: long ? 1000 : 30, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
    );
    assert.ok(objects > 10 * inputs, "most are not refused");
    assert.ok(annotated > 0);
    for (const command of commands) heardBy(command);
    console.log(`      ${inputs} stacks of ${objects} objects`);
  });
});

describe("text from a stack file", function () {
  this.timeout(60_000);

  it("gets to a daemon as it is, through Kubernetes and a real shell", async () => {
    const given = hostileTexts.filter((text) => !text.includes("\0"));
    const programs = { kubo: ["--manage-fdlimit", "GODEBUG"], cluster: ["--tracing", "GODEBUG"] } as const;
    for (const [program, [flag, variable]] of Object.entries(programs)) {
      const words = given.map((text) => `${flag}=${text}`);
      const value = given.join("|");
      const graph = await runProgram({
        stack: "test",
        settings: {
          ...{ environment: "dev", replicas: 1, identities: 1, replication: "everywhere" },
          [program]: { environment: { [variable]: value }, arguments: words },
        },
      });
      const container = objectsIn(graph)
        .filter(({ kind }) => kind === "StatefulSet")
        .flatMap(({ spec }) => containersOf(spec.template.spec))
        .find(({ name }) => name === program) as unknown as Started;
      const heard = started(container);
      assert.deepEqual(heard.words.slice(-words.length), words);
      assert.equal(heard.environment[variable], value);
    }
  });
});

interface Started {
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

/** What a container's daemon is given, when its start script is run by the shell that is here, and every program is one that repeats it. */
function started({ command, env }: Started): { words: string[]; environment: Record<string, string> } {
  const environment: Record<string, string> = {};
  for (const { name, value = "0" } of env) environment[name] = expanded(value, environment);
  const [shell, ...args] = command.map((word) => expanded(word, environment));
  const scripts = { ipfs: repeats, "ipfs-cluster-service": repeats, nc: "#!/bin/sh\nexit 1\n" };
  return withStandIns(scripts, ({ home, PATH }) => {
    const own = { ...environment, IPFS_CLUSTER_PATH: home, PATH };
    // Nobody is there to be met, and there is nothing to put a configuration together from.
    const met = args.map((arg) =>
      arg.replace(/\$\(\(\$\(date \+%s\) \+ \d+\)\)/, "0").replace(/^set -eu\n[\s\S]*\nset \+e\n/, "set -u\n"),
    );
    const { status, stderr } = spawnSync(shell, met, { env: own, cwd: home, encoding: "utf8", timeout: 20_000 });
    assert.equal(status, 0, stderr);
    return { words: readFileSync(path.join(home, "words"), "utf8").split("\0").slice(0, -1), environment };
  });
}

/** As the kubelet does with commands and variables: `$(NAME)` is that variable's value, if there is one, and `$$` a `$`. */
function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (found, name: string | undefined) => {
    if (name === undefined) return "$";
    return Object.hasOwn(environment, name) ? environment[name] : found;
  });
}

/** Whether it is a command and no words after it. */
function isCommand(fix: string): boolean {
  return /^pulumi config .*('|<value>)$/s.test(fix);
}

/** What the commands for operators call. */
const programs = ["pulumi", "kubectl", "curl", "ipfs"];

/** The words that the last of the programs hears, when a shell is told to run a command; fails if anything else happens. */
function heardBy(command: string): string[] {
  // Placeholders, such as <value>, are for people.
  const typed = command.replace(/<(\w| )+>/g, "value");
  const scripts = Object.fromEntries(programs.map((program) => [program, repeats]));
  const words = withStandIns(scripts, ({ home, PATH }) => {
    const { status, stderr } = spawnSync("sh", ["-c", typed], { env: { PATH }, cwd: home, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""], typed);
    assert.deepEqual(readdirSync(home).sort(), [...programs, "words"].sort(), typed);
    return readFileSync(path.join(home, "words"), "utf8").split("\0");
  });
  assert.ok(!existsSync("/tmp/broken-out"), command);
  return words;
}

/** Every name under which somebody is to be reached. */
function hostsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = /^(host|hostname)$/.test(key) ? [inner] : /^(hostnames|dnsNames)$/.test(key) ? inner : [];
    return [...(here as unknown[]).filter((each): each is string => typeof each === "string"), ...hostsIn(inner)];
  });
}

/** Every multiaddress that the stack tells anybody, in its outputs and in the programs' own configuration. */
function addressesIn(graph: Graph): string[] {
  const peers = graph.outputs.peers as readonly { ipfsOutside: string[]; clusterOutside?: string[] }[];
  const configs = jsonFiles(objectsIn(graph)).map(([, file]) => file as KuboFile);
  return [
    ...peers.flatMap(({ ipfsOutside, clusterOutside = [] }) => [...ipfsOutside, ...clusterOutside]),
    ...configs.flatMap(({ Addresses, Peering }) => [
      ...[Addresses?.Announce, Addresses?.AppendAnnounce, Addresses?.Swarm].flatMap((each) => each ?? []),
      ...(Peering?.Peers ?? []).flatMap(({ Addrs }) => Addrs),
    ]),
  ];
}

interface KuboFile {
  readonly Addresses?: Readonly<Record<"Announce" | "AppendAnnounce" | "Swarm", readonly string[] | undefined>>;
  readonly Peering?: { readonly Peers: readonly { readonly Addrs: readonly string[] }[] };
  readonly API?: { readonly HTTPHeaders?: unknown };
}

/** Every file of JSON in a Secret or ConfigMap, read. */
function jsonFiles(objects: readonly KubernetesObject[]): [name: string, file: unknown][] {
  return objects.flatMap(({ stringData, data }) =>
    Object.entries({ ...stringData, ...data }).flatMap(([name, text]): [string, unknown][] =>
      name.endsWith(".json") ? [[name, JSON.parse(text)]] : [],
    ),
  );
}

/** What is given to kubo's configuration file arrives there, whatever it is. */
function givesAsGiven(objects: readonly KubernetesObject[], settings: Record<string, unknown>): void {
  const headers = (settings.kubo as { config?: { API?: { HTTPHeaders?: object } } })?.config?.API?.HTTPHeaders;
  if (headers === undefined) return;
  const files = jsonFiles(objects).filter(([name]) => /^config-\d+\.json$/.test(name));
  assert.ok(files.length > 0);
  for (const [, file] of files) assert.deepEqual((file as KuboFile).API?.HTTPHeaders, headers);
}

/** Annotations that are given are on objects as they are, and nowhere as anything else. Returns how many were looked at. */
function annotatedAsGiven(objects: readonly KubernetesObject[], settings: Record<string, unknown>): number {
  const given = annotationsIn(settings);
  const made = objects.flatMap(({ metadata }) => Object.entries(metadata.annotations ?? {}));
  const looked = made.filter(([key]) => given.some(([theirs]) => theirs === key));
  for (const [key, value] of looked) {
    assert.ok(
      given.some(([theirs, text]) => theirs === key && text === value),
      `${key}: ${value}`,
    );
  }
  return looked.length;
}

/** Every annotation that a stack file gives, wherever. */
function annotationsIn(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "annotations" ? (Object.entries(inner ?? {}) as [string, string][]) : annotationsIn(inner),
  );
}
