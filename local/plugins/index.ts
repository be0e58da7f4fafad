import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { translated } from "./build";
import { findOfficial, installOfficial } from "./official";
import {
  languageExecutable,
  occupant,
  type ResourcePlugin,
  resourceExecutable,
  writeLauncher,
} from "./pluginDirectory";

export interface PluginHome {
  /** The `pulumi` that will use the plugins. */
  readonly pulumi: string;
  /** The `PULUMI_HOME` that it will run with. */
  readonly home: string;
}

/** Kept between runs: the translated plugins, and which official ones could not be had. */
const cache = resolve(__dirname, "../../.local/plugins");
const packages = ["kubernetes", "random", "tls"];

/**
 * Makes sure that Pulumi finds the plugins our programs need, in the folder where it keeps installed ones. Official plugins are used where
 * they are installed or can be downloaded; in the place of others go our own, until the official ones can be had. The language host is
 * always ours there, as it cannot be downloaded by itself: one that is on the PATH or beside `pulumi` has precedence anyway.
 *
 * Takes a few milliseconds when nothing has changed, so it may be called before every run of Pulumi.
 */
export async function installPlugins({ pulumi, home }: PluginHome): Promise<void> {
  const ours = await translated(__dirname, cache);
  const languageHost = languageExecutable(home, versionOf("pulumi"));
  const installations = packages.map((name) =>
    installResourcePlugin({ name, version: versionOf(name) }, { pulumi, home }, join(ours, name, "main.js")),
  );
  await Promise.all([
    writeLauncher(languageHost, [process.execPath, join(ours, "language", "main.js")]),
    ...installations,
  ]);
}

async function installResourcePlugin(
  plugin: ResourcePlugin,
  { pulumi, home }: PluginHome,
  ours: string,
): Promise<void> {
  const executable = resourceExecutable(home, plugin);
  if ((await occupant(executable)) === "official") return;
  const elsewhere = await findOfficial(plugin);
  if (elsewhere) return writeLauncher(executable, [elsewhere]);
  if (await installOfficial(plugin, { pulumi, home, memory: cache })) return;
  await rm(`${dirname(executable)}.partial`, { force: true });
  await writeLauncher(executable, [process.execPath, ours]);
}

/** The plugin of a package has the version of its SDK. */
function versionOf(name: string): string {
  const { version } = createRequire(__filename)(`@pulumi/${name}/package.json`) as { version: string };
  return version;
}
