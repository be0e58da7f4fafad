import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../run";
import type { Tools } from "../toolchain/build";
import { modules, type Program } from "../toolchain/modules";
import { waitFor } from "../waitFor";
import type { NodeLayout } from "./layout";
import { netnsFile } from "./network";

/** A process of the node, as the host sees it. */
export interface NodeProcess {
  readonly pid: number;
  /** Name of its executable. */
  readonly name: string;
}

/** The modules of the toolchain that a node runs programs of. */
const nodeModules = modules.filter(({ name }) => name === "kube" || name === "network-policies");

const programsDirectory = "/var/lib/programs";

/** Where the node sees one of its programs. */
export function programInSandbox(program: Program): string {
  const module = nodeModules.find(({ programs }) => (programs as readonly string[]).includes(program));
  if (!module) throw new Error(`nodes do not have ${program}`);
  return join(programsDirectory, module.name, program);
}

/** Where the host has those modules' programs. */
export function programDirectories({ programs }: Tools): [module: string, directory: string][] {
  return nodeModules.map((module) => [module.name, dirname(programs[module.programs[0]])]);
}

const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };

/**
 * The first process of a node. It shares the host's programs but has its own /proc, /run, /var/lib and /var/log, so that components keep
 * their usual paths, no two nodes meet, and whatever they mount or write to /run is gone when it is.
 * Then it collects ended processes for ever.
 */
const init = `
set -e
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
top="$1"
shift
while [ $# -gt 0 ]; do
  mkdir -p "$top/lib${programsDirectory.slice("/var/lib".length)}/$1"
  mount --bind "$2" "$top/lib${programsDirectory.slice("/var/lib".length)}/$1"
  shift 2
done
mount --bind "$top/log" /var/log
mount --rbind "$top/lib" /var/lib
mount --make-rshared /
echo up
exec >/dev/null
while :; do sleep 3600; done
`;

/** Starts the node's first process in its network namespace and in mount and process namespaces of its own. */
export async function bootSandbox(layout: NodeLayout, tools: Tools): Promise<void> {
  const { directory } = layout;
  for (const path of ["lib", "log"]) await mkdir(join(directory, path), { recursive: true });
  const unshare = ["unshare", "--mount", "--propagation", "slave", "--pid", "--fork"];
  const args = [`--net=${netnsFile(layout)}`, ...unshare];
  const log = openSync(await freshLog(layout, "init"), "w");
  const child = spawn("nsenter", [...args, "sh", "-c", init, "init", directory, ...programDirectories(tools).flat()], {
    cwd: "/",
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", log],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("error", reject);
    child.once("close", () => reject(new Error(`node ${layout.name} did not boot: ${logTail(layout, "init")}`)));
  });
  closeSync(log);
  child.stdout?.destroy();
  child.unref();
}

/** A program that was started in the node. */
export interface Started {
  readonly ended: boolean;
}

/** Starts a program in the node that outlives this process; what it prints goes to the node's log of that name. */
export async function startInSandbox(layout: NodeLayout, name: string, command: readonly string[]): Promise<Started> {
  const log = openSync(await freshLog(layout, name), "w");
  const args = [...entering(initProcess(layout)), ...command];
  const child = spawn("nsenter", args, { cwd: "/", env: environment, detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  child.unref();
  const started = { ended: false };
  const end = () => {
    started.ended = true;
  };
  child.once("error", end).once("exit", end);
  return started;
}

/** Runs a program in the node to its end and returns its output. */
export function runInSandbox(layout: NodeLayout, command: readonly string[], input?: string): Promise<string> {
  return run("nsenter", [...entering(initProcess(layout)), ...command], { input, cwd: "/", env: environment });
}

/** A path as the node sees it, for the host. */
export function pathInSandbox(layout: NodeLayout, path: string): string {
  return join(`/proc/${initProcess(layout)}/root`, path);
}

/** The processes of the node itself; those of its pods are not among them, but end with them. */
export function sandboxProcesses(layout: NodeLayout): NodeProcess[] {
  const file = netnsFile(layout);
  if (!existsSync(file)) return [];
  const netns = statSync(file).ino;
  return processIds().flatMap((pid) => {
    try {
      if (statSync(`/proc/${pid}/ns/net`).ino !== netns) return [];
      const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return [{ pid, name: basename(program) }];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

/** Ends every process of the node and of its pods: when the first process of a process namespace is killed, the kernel kills the rest. */
export async function killSandbox(layout: NodeLayout): Promise<void> {
  const killed = sandboxProcesses(layout);
  for (const { pid } of killed) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }
  const left = () => killed.filter(({ pid }) => isAlive(pid));
  await waitFor(`the processes of node ${layout.name} to end`, 30, async () => left().length === 0, 20);
}

/** The last lines that a component printed. */
export function logTail({ directory }: NodeLayout, name: string): string {
  const file = join(directory, "log", `${name}.log`);
  const lines = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").slice(-10) : [];
  return `see ${file}\n${lines.join("\n")}`;
}

/** The log of the run before is kept beside. */
async function freshLog({ directory }: NodeLayout, name: string): Promise<string> {
  const file = join(directory, "log", `${name}.log`);
  if (existsSync(file)) await rename(file, `${file}.1`);
  return file;
}

function entering(pid: number): string[] {
  return ["--target", String(pid), "--net", "--mount", "--pid", "--"];
}

function initProcess(layout: NodeLayout): number {
  const depth = namespaceIds(process.pid).length + 1;
  const found = sandboxProcesses(layout).find(({ pid }) => {
    const ids = namespaceIds(pid);
    return ids.length === depth && ids.at(-1) === "1";
  });
  if (!found) throw new Error(`node ${layout.name} is not running`);
  return found.pid;
}

/** A process's ids in each process namespace it is in, ours first. */
function namespaceIds(pid: number): string[] {
  try {
    const [, ids = ""] = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return ids.split(/\s+/);
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function processIds(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}
