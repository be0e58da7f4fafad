import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { occupant, type ResourcePlugin, resourceExecutable } from "./pluginDirectory";

const probeMilliseconds = 3000;
const downloadMilliseconds = 180_000;
const retryMilliseconds = 24 * 60 * 60 * 1000;

/** An official plugin in one of the places where the user's own Pulumi keeps its plugins. */
export async function findOfficial(plugin: ResourcePlugin): Promise<string | undefined> {
  const homes = [process.env.PULUMI_HOME, join(homedir(), ".pulumi")];
  for (const home of homes) {
    const executable = home && resourceExecutable(home, plugin);
    if (executable && (await occupant(executable)) === "official") return executable;
  }
  return undefined;
}

/**
 * Has Pulumi download an official plugin into its home. Where the download site is out of reach this takes three seconds at most, and none
 * at all for a day after, which is noted in `memory`.
 *
 * @returns whether the plugin is there now.
 */
export async function installOfficial(
  plugin: ResourcePlugin,
  { pulumi, home, memory }: { readonly pulumi: string; readonly home: string; readonly memory: string },
): Promise<boolean> {
  const note = join(memory, `resource-${plugin.name}-v${plugin.version}.unavailable`);
  if (await isRecent(note)) return false;
  if ((await isReachable(plugin)) && (await download(plugin, pulumi, home))) return true;
  await mkdir(dirname(note), { recursive: true });
  await writeFile(note, new Date().toISOString());
  return false;
}

async function isRecent(note: string): Promise<boolean> {
  try {
    const noted = Date.parse(await readFile(note, "utf8"));
    return Date.now() - noted < retryMilliseconds;
  } catch {
    return false;
  }
}

/** Behind a proxy only the download itself can tell, as node does not use one. */
async function isReachable({ name, version }: ResourcePlugin): Promise<boolean> {
  if (process.env.HTTPS_PROXY || process.env.https_proxy) return true;
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = `pulumi-resource-${name}-v${version}-${process.platform}-${architecture}.tar.gz`;
  try {
    const signal = AbortSignal.timeout(probeMilliseconds);
    const { ok } = await fetch(`https://get.pulumi.com/releases/plugins/${file}`, { method: "HEAD", signal });
    return ok;
  } catch {
    return false;
  }
}

/** `--reinstall`, as one of our own launchers may be in its place. */
async function download({ name, version }: ResourcePlugin, pulumi: string, home: string): Promise<boolean> {
  console.error(`downloading Pulumi's ${name} plugin v${version}`);
  try {
    await promisify(execFile)(pulumi, ["plugin", "install", "resource", name, `v${version}`, "--reinstall"], {
      env: { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: downloadMilliseconds,
    });
    return true;
  } catch (error) {
    console.error(`it could not be downloaded, so the project's own takes its place: ${(error as Error).message}`);
    return false;
  }
}
