import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { PropertyMap } from "../../protocol";
import type { Connection } from "../cluster/kubeconfig";

/** Helm did not do what it was asked; the message is its own. */
export class HelmError extends Error {
  get isNotFound(): boolean {
    return /release: not found|has no deployed releases/i.test(this.message);
  }
}

export interface HelmRun {
  /** Passed in a file that only the user can read, as they may be secret. */
  readonly values?: PropertyMap;
  readonly signal?: AbortSignal;
}

/**
 * Runs `helm` of the PATH against a cluster.
 *
 * @param connection undefined for commands that need no cluster.
 * @returns what it wrote to stdout.
 * @throws HelmError; Error if there is no helm.
 */
export async function helm(args: readonly string[], connection?: Connection, run: HelmRun = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "pulumi-helm-"));
  try {
    const files: string[] = [];
    if (connection) files.push("--kubeconfig", await put(directory, "kubeconfig", await kubeconfigOf(connection)));
    if (run.values) files.push("--values", await put(directory, "values.yaml", run.values));
    return await execute([...args, ...files], run.signal);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** JSON is YAML. */
async function put(directory: string, name: string, contents: object): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, JSON.stringify(contents), { mode: 0o600 });
  return path;
}

async function execute(args: readonly string[], signal?: AbortSignal): Promise<string> {
  const child = spawn("helm", args, { stdio: ["ignore", "pipe", "pipe"] });
  // Interrupted, helm marks the release as failed, or rolls an atomic one back, before it ends.
  const interrupt = () => child.kill("SIGINT");
  signal?.addEventListener("abort", interrupt);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT" ? new Error("Helm releases need the program `helm` (version 3) on the PATH") : error,
      ),
    );
    child.once("close", resolve);
  });
  try {
    const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    if (code === 0) return out;
    throw new HelmError(
      errors
        .replace(/^(?!Error: ).*\n/gm, "")
        .replace(/^Error: /, "")
        .trim() || errors.trim(),
    );
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** A kubeconfig of the one connection, however the user's own came to it. */
async function kubeconfigOf(connection: Connection): Promise<object> {
  const base64 = (pem: Buffer | undefined) => pem?.toString("base64");
  const [scheme, credentials = ""] = ((await connection.authorization()) ?? "").split(" ");
  const [username, password] = scheme === "Basic" ? Buffer.from(credentials, "base64").toString().split(/:(.*)/s) : [];
  const cluster = {
    server: connection.server,
    "certificate-authority-data": base64(connection.ca),
    "insecure-skip-tls-verify": connection.insecure || undefined,
    "tls-server-name": connection.serverName,
  };
  const user = {
    "client-certificate-data": base64(connection.cert),
    "client-key-data": base64(connection.key),
    token: scheme === "Bearer" ? credentials : undefined,
    username,
    password,
  };
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "pulumi",
    contexts: [{ name: "pulumi", context: { cluster: "pulumi", user: "pulumi" } }],
    clusters: [{ name: "pulumi", cluster }],
    users: [{ name: "pulumi", user }],
  };
}
