import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { locked } from "../lock";
import { OperatorError } from "../operatorError";
import { cacheDirectory } from "../paths";
import { run } from "../run";
import { type Module, modules, type Program, pinnedVersions, sourceDirectory } from "./modules";

/** What came out of modules that were built. */
export interface Built<Name extends string> {
  /** Absolute path of each program. */
  readonly programs: Readonly<Record<Name, string>>;
  /** The folders of all programs, ready to be put before a PATH. */
  readonly path: string;
}

/** The built toolchain. */
export type Tools = Built<Program>;

/** Is told what happens, one line at a time. */
export type Report = (line: string) => void;

/** Builds what of the toolchain is not built yet, as `buildModules` does. */
export function buildToolchain(report: Report): Promise<Tools> {
  return buildModules(modules, report);
}

/**
 * Builds what is not built yet, two modules at a time: while one links, which takes one core, the other compiles.
 * A module is built again when its go.mod, go.sum, sources, flags or Go version change; the results are shared by all checkouts.
 *
 * @throws OperatorError with the compiler's last lines when a module does not build.
 */
export async function buildModules<Name extends string>(
  list: readonly (Module & { readonly programs: readonly Name[] })[],
  report: Report,
): Promise<Built<Name>> {
  const compiler = (await run("go", ["env", "GOVERSION", "GOOS", "GOARCH"])).trim();
  const targets = await Promise.all(list.map((module) => target(module, compiler)));
  if (targets.some(missing)) {
    const waiting = () => report("another checkout is building the toolchain; waiting for it");
    await locked("toolchain", () => buildAll(targets.filter(missing), report), waiting);
  }
  const programs = targets.flatMap(({ module, bin }) =>
    module.programs.map((program) => [program, join(bin, program)]),
  );
  return {
    programs: Object.fromEntries(programs) as Record<Name, string>,
    path: targets.map(({ bin }) => bin).join(":"),
  };
}

interface Target {
  readonly module: Module;
  readonly flags: readonly string[];
  readonly directory: string;
  readonly bin: string;
}

const toolchainDirectory = join(cacheDirectory, "toolchain");
const buildingDirectory = join(toolchainDirectory, "building");
const heartbeat = 20_000;
const environment = { ...process.env, CGO_ENABLED: "0" };

async function target(module: Module, compiler: string): Promise<Target> {
  const version = module.versionFlags?.(pinnedVersions(module)) ?? [];
  const linker = ["-s", "-w", ...version.map((variable) => `-X ${variable}`)].join(" ");
  const flags = ["-trimpath", "-ldflags", linker];
  const source = sourceDirectory(module);
  const hash = createHash("sha256").update(JSON.stringify([compiler, flags, module.programs]));
  const files = (await readdir(source, { recursive: true })).filter((file) => /\.go$|(^|\/)go\.[^/]*$/.test(file));
  for (const file of files.sort()) hash.update(file).update(await readFile(join(source, file)));
  const directory = join(toolchainDirectory, `${module.name}-${hash.digest("hex").slice(0, 16)}`);
  return { module, flags, directory, bin: join(directory, "bin") };
}

function missing({ directory }: Target): boolean {
  return !existsSync(directory);
}

/** Runs under the lock, so whatever lies in the building folder is left from a build that was ended. */
async function buildAll(targets: readonly Target[], report: Report): Promise<void> {
  await rm(buildingDirectory, { recursive: true, force: true });
  const queue = targets.filter(missing);
  if (queue.length === 0) return;
  report(`building ${queue.map(({ module }) => module.name).join(", ")} from source, once`);
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await build(next, report);
  };
  await Promise.all([worker(), worker()]);
}

async function build({ module, flags, directory }: Target, report: Report): Promise<void> {
  const start = Date.now();
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`;
  const temporary = join(buildingDirectory, basename(directory));
  const bin = join(temporary, "bin");
  await mkdir(bin, { recursive: true });

  // With -v, go names each package as it compiles it.
  let last = "starting";
  let packages = 0;
  const onLine = (line: string) => {
    last = line;
    packages++;
  };
  const timer = setInterval(() => report(`${module.name}: ${seconds()}, ${packages} steps, ${last}`), heartbeat);
  const cwd = sourceDirectory(module);
  try {
    if (module.executable) {
      const args = ["build", "-v", ...flags, "-o", join(bin, module.executable), "."];
      await run("go", args, { cwd, env: environment, onLine });
      for (const program of module.programs) await symlink(module.executable, join(bin, program));
    } else {
      await run("go", ["install", "-v", ...flags, "tool"], { cwd, env: { ...environment, GOBIN: bin }, onLine });
    }
  } catch (error) {
    throw new OperatorError(`${module.name} does not build (cd ${cwd} && go build): ${(error as Error).message}`);
  } finally {
    clearInterval(timer);
  }
  await rename(temporary, directory);
  report(`${module.name}: built in ${seconds()}`);
}
