import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Started } from "./runner";
import type { PackageManager, RuntimeOptions } from "./runtimeOptions";

const lockFiles: Readonly<Record<string, PackageManager>> = {
  "yarn.lock": "yarn",
  "pnpm-lock.yaml": "pnpm",
  "bun.lock": "bun",
  "package-lock.json": "npm",
};

const productionFlag: Readonly<Record<PackageManager, string>> = {
  npm: "--omit=dev",
  yarn: "--production",
  pnpm: "--prod",
  bun: "--production",
};

/** The package manager that the options name, or whose lock file is in the program's folder. */
export function packageManager({ packagemanager }: RuntimeOptions, directory: string): PackageManager {
  if (packagemanager !== "auto") return packagemanager;
  return Object.entries(lockFiles).find(([file]) => existsSync(join(directory, file)))?.[1] ?? "npm";
}

/** Starts the installation of a program's dependencies. */
export function startInstall(options: RuntimeOptions, directory: string): Started {
  const manager = packageManager(options, directory);
  const args = ["install", ...(options.production ? [productionFlag[manager]] : [])];
  return spawn(manager, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
}
