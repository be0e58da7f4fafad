import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

/** How to reach a cluster and who to be there. Certificates and keys are PEM. */
export interface Connection {
  readonly server: string;
  readonly ca: Buffer | undefined;
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** The value of the Authorization header, asked for anew with every request. */
  readonly authorization: () => Promise<string | undefined>;
  /** The namespace of the chosen context. */
  readonly namespace: string;
}

export interface Choice {
  /** A path to a kubeconfig file or its contents; undefined for $KUBECONFIG, else ~/.kube/config. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly cluster?: string | undefined;
}

/** A kubeconfig file, as far as it is read here. Relative paths in it start at `directory`. */
export interface Kubeconfig {
  readonly directory: string;
  readonly currentContext: string;
  readonly contexts: readonly Named<"context", { cluster?: string; user?: string; namespace?: string }>[];
  readonly clusters: readonly Named<"cluster", Cluster>[];
  readonly users: readonly Named<"user", User>[];
}

type Named<Key extends string, Value> = { readonly name: string } & { readonly [K in Key]?: Value };

interface Cluster {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

interface User {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly exec?: ExecCommand;
}

interface ExecCommand {
  readonly apiVersion: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** @throws Error that says which kubeconfig, context, cluster or user is missing. */
export function connect(choice: Choice): Connection {
  const config = loadKubeconfig(choice.kubeconfig);
  const contextName = choice.context || config.currentContext;
  const context = find(config.contexts, contextName, "context").context ?? {};
  const cluster = find(config.clusters, choice.cluster || context.cluster || "", "cluster").cluster ?? {};
  const user = context.user ? (find(config.users, context.user, "user").user ?? {}) : {};
  if (!cluster.server)
    throw new Error(`the cluster of context ${JSON.stringify(contextName)} has no server in the kubeconfig`);
  if (cluster["proxy-url"])
    throw new Error("a cluster behind a proxy-url is not supported by the local kubernetes provider");
  const read = (data?: string, path?: string) =>
    data ? Buffer.from(data, "base64") : path ? readFileSync(resolve(config.directory, path)) : undefined;
  return {
    server: cluster.server.replace(/\/+$/, ""),
    ca: read(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    serverName: cluster["tls-server-name"],
    insecure: cluster["insecure-skip-tls-verify"] ?? false,
    cert: read(user["client-certificate-data"], user["client-certificate"]),
    key: read(user["client-key-data"], user["client-key"]),
    authorization: authorizer(user, config.directory),
    namespace: context.namespace || "default",
  };
}

/** @throws Error if there is no such file, or if it is not YAML. */
export function loadKubeconfig(pathOrContents: string | undefined): Kubeconfig {
  const given = pathOrContents || firstOf(process.env.KUBECONFIG) || join(homedir(), ".kube", "config");
  const path = given.replace(/^~(?=$|\/)/, homedir());
  const isPath = !given.includes("\n") && existsSync(path);
  if (!isPath && !/[\n{:]/.test(given)) throw new Error(`there is no kubeconfig file ${JSON.stringify(given)}`);
  if (!isPath && !pathOrContents) throw new Error(`there is no kubeconfig file ${JSON.stringify(path)}`);
  return parseKubeconfig(isPath ? readFileSync(path, "utf8") : given, isPath ? dirname(resolve(path)) : process.cwd());
}

function parseKubeconfig(contents: string, directory: string): Kubeconfig {
  let parsed: unknown;
  try {
    parsed = parse(contents);
  } catch {
    // The parser quotes the text around the fault, which may be a key.
    throw new Error("the kubeconfig is not valid YAML");
  }
  const document = (typeof parsed === "object" && parsed !== null ? parsed : {}) as Record<string, unknown>;
  return {
    directory,
    currentContext: String(document["current-context"] ?? ""),
    contexts: (document.contexts ?? []) as Kubeconfig["contexts"],
    clusters: (document.clusters ?? []) as Kubeconfig["clusters"],
    users: (document.users ?? []) as Kubeconfig["users"],
  };
}

/** $KUBECONFIG may list several files; they are not merged here. */
function firstOf(list: string | undefined): string | undefined {
  return list?.split(delimiter).find((path) => path !== "");
}

function find<T extends { readonly name: string }>(entries: readonly T[], name: string, what: string): T {
  const found = entries.find((entry) => entry.name === name);
  if (found) return found;
  const known = entries.map((entry) => entry.name).join(", ") || "none";
  throw new Error(`the kubeconfig has no ${what} ${JSON.stringify(name)} (it has: ${known})`);
}

function authorizer(user: User, directory: string): Connection["authorization"] {
  const { token, tokenFile, username, password, exec } = user;
  if (tokenFile) return async () => `Bearer ${readFileSync(resolve(directory, tokenFile), "utf8").trim()}`;
  if (token) return async () => `Bearer ${token}`;
  if (username) return async () => `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`;
  if (exec) return execAuthorizer(exec);
  return async () => undefined;
}

interface ExecCredential {
  readonly status?: { readonly token?: string; readonly expirationTimestamp?: string };
}

/** Asks the user's credential command for a token, and again shortly before it expires. */
function execAuthorizer({ command, args = [], env = [], apiVersion }: ExecCommand): Connection["authorization"] {
  let current: { header: string | undefined; until: number } | undefined;
  return async () => {
    if (current && Date.now() < current.until - 60_000) return current.header;
    const request = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const options = { env: { ...process.env, ...variables, KUBERNETES_EXEC_INFO: JSON.stringify(request) } };
    const { stdout } = await promisify(execFile)(command, [...args], options);
    const { status = {} } = JSON.parse(stdout) as ExecCredential;
    const until = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Number.POSITIVE_INFINITY;
    current = { header: status.token && `Bearer ${status.token}`, until };
    return current.header;
  };
}
