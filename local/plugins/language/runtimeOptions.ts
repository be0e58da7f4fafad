import type { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";

/** The `runtime.options` of a `Pulumi.yaml` or `PulumiPolicy.yaml`. */
export interface RuntimeOptions {
  /** Run TypeScript through ts-node. Default true. */
  readonly typescript: boolean;
  /** The `tsconfig.json` to use instead of the program's own. */
  readonly tsconfig: string | undefined;
  /** Arguments for node itself. */
  readonly nodeargs: readonly string[];
  /** What `pulumi install` runs. Default `auto`: whose lock file is there, else npm. */
  readonly packagemanager: PackageManager | "auto";
  /** `pulumi install` leaves devDependencies out. Default false. */
  readonly production: boolean;
}

export const packageManagers = ["npm", "yarn", "pnpm", "bun"] as const;
export type PackageManager = (typeof packageManagers)[number];

/** @throws Error naming an option of the wrong type. */
export function runtimeOptions(program: ProgramInfo | undefined): RuntimeOptions {
  const given = (program?.getOptions()?.toJavaScript() ?? {}) as Record<string, unknown>;
  const packagemanager = option(given, "packagemanager", "string") ?? "auto";
  if (packagemanager !== "auto" && !isPackageManager(packagemanager)) {
    throw new Error(
      `packagemanager option must be one of auto, ${packageManagers.join(", ")}, got "${packagemanager}"`,
    );
  }
  return {
    typescript: option(given, "typescript", "boolean") ?? true,
    tsconfig: option(given, "tsconfig", "string"),
    nodeargs: words(option(given, "nodeargs", "string") ?? ""),
    packagemanager,
    production: option(given, "production", "boolean") ?? false,
  };
}

/** What the SDK's runners look for in their environment. */
export function environmentOf({ typescript, tsconfig }: RuntimeOptions): Record<string, string> {
  return {
    ...(typescript && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    ...(tsconfig && { PULUMI_NODEJS_TSCONFIG_PATH: tsconfig }),
  };
}

const isPackageManager = (name: string): name is PackageManager => packageManagers.some((known) => known === name);

interface Types {
  string: string;
  boolean: boolean;
}

function option<Type extends keyof Types>(
  options: Record<string, unknown>,
  name: string,
  type: Type,
): Types[Type] | undefined {
  const value = options[name];
  if (value === undefined || typeof value === type) return value as Types[Type] | undefined;
  throw new Error(`${name} option must be a ${type}`);
}

/** Splits a command line as a shell would: quotes and backslashes keep blanks together. */
export function words(line: string): string[] {
  const unquoted = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g;
  return (line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? []).map((word) =>
    word.replace(unquoted, (_, escaped?: string, double?: string, single?: string) =>
      double !== undefined ? double.replace(/\\(["\\$`])/g, "$1") : (escaped ?? single ?? ""),
    ),
  );
}
