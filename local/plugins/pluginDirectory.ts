import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A plugin that serves resources of one package. */
export interface ResourcePlugin {
  /** Such as `random`. */
  readonly name: string;
  /** Such as `4.21.2`. */
  readonly version: string;
}

/** Where Pulumi looks for an installed resource plugin below its home. */
export function resourceExecutable(home: string, { name, version }: ResourcePlugin): string {
  return join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

/** Where Pulumi looks for an installed language host below its home. */
export function languageExecutable(home: string, version: string): string {
  return join(home, "plugins", `language-nodejs-v${version}`, "pulumi-language-nodejs");
}

const launcherHeader = "#!/bin/sh\n# stand-in for the official Pulumi plugin\n";

/** Puts a script in a plugin's place that runs a command with the plugin's own arguments. */
export async function writeLauncher(executable: string, command: readonly string[]): Promise<void> {
  const script = `${launcherHeader}exec ${command.map(quoted).join(" ")} "$@"\n`;
  if ((await content(executable)) === script) return;
  await mkdir(dirname(executable), { recursive: true });
  const draft = `${executable}.${process.pid}`;
  await writeFile(draft, script);
  await chmod(draft, 0o755);
  await rename(draft, executable);
}

/** What is in a plugin's place: `none`, one of our scripts, or the official plugin. */
export async function occupant(executable: string): Promise<"none" | "launcher" | "official"> {
  const found = await content(executable);
  if (found === undefined) return "none";
  return found.startsWith(launcherHeader) ? "launcher" : "official";
}

async function content(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "latin1");
  } catch {
    return undefined;
  }
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
