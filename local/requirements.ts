import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { OperatorError } from "./operatorError";
import { run } from "./run";
import type { Report } from "./toolchain/build";

/** A program or file of the machine, and the Debian package that has it. */
interface Requirement {
  readonly name: string;
  readonly package: string;
  readonly present: () => boolean;
}

const oldestGo = [1, 26] as const;
const oldestNode = [20, 19] as const;
const otherwise = "Or use any cluster of your own: pulumi up -s dev";

const requirements: readonly Requirement[] = [
  ...Object.entries({
    containerd: "containerd",
    runc: "runc",
    ip: "iproute2",
    nft: "nftables",
    iptables: "iptables",
    openssl: "openssl",
    mount: "mount",
    losetup: "mount",
    "mkfs.xfs": "xfsprogs",
    xfs_growfs: "xfsprogs",
    nsenter: "util-linux",
    tar: "tar",
  }).map(([name, from]) => ({ name, package: from, present: () => onPath(name) })),
  file("/usr/lib/cni/ptp", "containernetworking-plugins"),
  file("/etc/ssl/certs/ca-certificates.crt", "ca-certificates"),
  { name: "a static /bin/busybox", package: "busybox-static", present: () => isStatic("/bin/busybox") },
];

/**
 * Sees to it that this machine can build the toolchain and run a node; Debian packages that are missing are installed.
 *
 * @throws OperatorError that names, in one line, everything that is missing and cannot be helped.
 */
export async function prepareMachine(report: Report): Promise<void> {
  const faults = machineFaults({
    platform: process.platform,
    root: process.getuid?.() === 0,
    node: process.versions.node,
    go: await goVersion(),
  });
  const missing = requirements.filter(({ present }) => !present());
  const packages = [...new Set(missing.map((requirement) => requirement.package))];
  if (packages.length > 0 && !onPath("apt-get")) {
    faults.push(`no ${missing.map(({ name }) => name).join(", ")} (and no apt-get to install them with)`);
  }
  if (faults.length > 0)
    throw new OperatorError(`The embedded cluster cannot run here: ${faults.join("; ")}. ${otherwise}`);
  if (packages.length > 0) await install(packages, report);
}

/** What a machine is. */
export interface Machine {
  readonly platform: string;
  readonly root: boolean;
  readonly node: string;
  /** The version of Go, if there is any. */
  readonly go: string | undefined;
}

/** What keeps a machine from running the embedded cluster and no package would change. */
export function machineFaults({ platform, root, node, go }: Machine): string[] {
  const faults: string[] = [];
  if (platform !== "linux") faults.push(`it needs Linux, this is ${platform}`);
  else if (!root) faults.push("it needs root (sudo), for network namespaces and mounts");
  if (older(node, oldestNode)) faults.push(`it needs Node ${oldestNode.join(".")} or newer, this is ${node}`);
  if (!go || older(go, oldestGo)) faults.push(`it needs Go ${oldestGo.join(".")} or newer, there is ${go ?? "none"}`);
  return faults;
}

async function goVersion(): Promise<string | undefined> {
  try {
    return (await run("go", ["env", "GOVERSION"])).trim().replace(/^go/, "");
  } catch {
    return undefined;
  }
}

async function install(packages: readonly string[], report: Report): Promise<void> {
  report(`installing Debian packages: apt-get install ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    await run("apt-get", ["update", "-q"], { env });
    await run("apt-get", ["install", "-q", "-y", "--no-install-recommends", ...packages], { env });
  } catch (error) {
    throw new OperatorError(`Cannot install ${packages.join(" ")}: ${(error as Error).message}\n${otherwise}`);
  }
}

function older(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => existsSync(join(directory, program)));
}

function file(path: string, from: string): Requirement {
  return { name: path, package: from, present: () => existsSync(path) };
}

/** Whether an executable needs no dynamic loader, which images of one binary do not have. */
function isStatic(path: string): boolean {
  return existsSync(path) && !readFileSync(path).subarray(0, 4096).includes("/ld-");
}
