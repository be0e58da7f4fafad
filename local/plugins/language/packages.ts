import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package of the program that comes with a Pulumi plugin. */
export interface PulumiPackage {
  readonly name: string;
  /** Such as `v4.21.2`. */
  readonly version: string;
  /** Where the plugin can be downloaded, if not from the default place. */
  readonly server: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly pulumi?: {
    readonly resource?: boolean;
    readonly name?: string;
    readonly version?: string;
    readonly server?: string;
  };
}

/** The packages in `node_modules`, at any depth, that say in their package.json that they need a resource plugin. */
export function pulumiPackages(directory: string): PulumiPackage[] {
  return installedPackages(join(directory, "node_modules")).flatMap((folder) => [
    ...described(readManifest(folder)),
    ...pulumiPackages(folder),
  ]);
}

function described({ name = "", version = "", pulumi }: Manifest): PulumiPackage[] {
  if (!pulumi?.resource) return [];
  const number = pulumi.version || version;
  return [
    {
      name: pulumi.name || name.replace(/^@pulumi\//, ""),
      version: number.startsWith("v") ? number : `v${number}`,
      server: pulumi.server ?? "",
    },
  ];
}

/** The folders of the packages in a `node_modules` folder, those of scopes included. */
function installedPackages(nodeModules: string): string[] {
  return subfolders(nodeModules).flatMap((name) => {
    const folder = join(nodeModules, name);
    return name.startsWith("@") ? subfolders(folder).map((scoped) => join(folder, scoped)) : [folder];
  });
}

function subfolders(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return []; // most packages have no node_modules of their own
  }
}

function readManifest(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  } catch {
    return {}; // a folder that is no package
  }
}

/** A dependency as `pulumi about` lists it. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
}

interface LockFile {
  readonly packages?: Readonly<Record<string, { readonly version?: string; readonly link?: boolean } & Dependencies>>;
}

interface Dependencies {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What the program depends on according to its package-lock.json, directly or also transitively. */
export function programDependencies(directory: string, transitive: boolean): Dependency[] {
  const { packages = {} } = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8")) as LockFile;
  const { dependencies = {}, devDependencies = {} } = packages[""] ?? {};
  return Object.entries(packages).flatMap(([path, { version }]) => {
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const direct = path === `node_modules/${name}` && (name in dependencies || name in devDependencies);
    return path && version && (transitive || direct) ? [{ name, version }] : [];
  });
}
