import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "yaml";
import { clusterPorts } from "../network";
import { OperatorError } from "../operatorError";
import { resolveSettings, type Settings, settingsOfStackFile } from "../settings";
import { credentialsSecret, peerName, podName } from "../workload";
import { drain } from "./replication/drain.js";
import { RestApi } from "./replication/restApi.js";

/**
 * `npm run drain -- <stack>`: moves pins off the peers that `acceptPeerLoss.downTo` of the stack file says are to leave, or that have left,
 * and says whether the stack can do without them. It reaches the REST API through kubectl.
 *
 * @param file the stack file.
 * @throws OperatorError that says what to do first.
 */
export async function drainStack(stack: string, file: string, log: (line: string) => void): Promise<boolean> {
  if (!existsSync(file)) throw new OperatorError(`There is no ${file} here.`);
  const settings = resolveSettings(settingsOfStackFile(parse(readFileSync(file, "utf8"))), { stack });
  const count = settings.acceptPeerLoss?.downTo;
  if (count === undefined)
    throw new OperatorError(
      `Say how many peers stay, and let the stack know: pulumi config set --path 'ipfs-cluster:acceptPeerLoss.downTo' <number> && pulumi up`,
    );
  return withRestApi(settings, async (api) => {
    const staying = stayingPeers(settings, count, await api.peers());
    const plan = { staying, allocateBy: settings.allocateBy, batch: 10, patience: 600 };
    const { moved, left } = await drain(api, plan, { now: Date.now, sleep, log });
    log(`${moved} pins were moved.`);
    for (const [why, pins] of left) log(`${pins} are left, as ${why}.`);
    log(
      left.size > 0
        ? "It is NOT safe to remove peers."
        : `All pins are where they should be on the ${count} peers that stay. Pins that are added from now on may not be: go on at once, and run this again after it:\n  pulumi config set ipfs-cluster:replicas ${count} && pulumi up`,
    );
    return left.size === 0;
  });
}

/**
 * Ids of the stack's first peers, and of all peers that are not of this stack.
 *
 * @param peers id by name, of those that are there.
 * @throws OperatorError where one that stays is not there.
 */
export function stayingPeers(settings: Settings, count: number, peers: ReadonlyMap<string, string>): string[] {
  const names = Array.from({ length: count }, (_, ordinal) => peerName(settings, "cluster", ordinal));
  const away = names.filter((name) => !peers.has(name));
  if (away.length > 0) throw new OperatorError(`Peers that stay are away: ${away.join(", ")}. Bring them back first.`);
  const own = new RegExp(`^${settings.stack}-cluster-\\d+$`);
  return [...peers].filter(([name]) => names.includes(name) || !own.test(name)).map(([, id]) => id);
}

async function withRestApi<T>(settings: Settings, work: (api: RestApi) => Promise<T>): Promise<T> {
  const { context } = settings.kubernetes;
  const place = [...(context ? ["--context", context] : []), "--namespace", settings.namespace.name];
  const { stdout } = await promisify(execFile)("kubectl", [
    ...place,
    "get",
    "secret",
    credentialsSecret(settings),
    "-o",
    "json",
  ]);
  const { data } = JSON.parse(stdout) as { data: Record<string, string> };
  const [username, password] = [data.username, data.password].map((value) =>
    Buffer.from(value, "base64").toString().replace(/\n$/, ""),
  );
  const target = `pod/${podName(settings, "cluster", 0)}`;
  const forward = spawn("kubectl", [...place, "port-forward", target, `:${clusterPorts.rest.number}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return await work(new RestApi(`http://127.0.0.1:${await forwardedPort(forward)}`, { username, password }));
  } finally {
    forward.kill();
  }
}

function forwardedPort(forward: ChildProcessByStdio<null, Readable, null>): Promise<string> {
  return new Promise((resolve, reject) => {
    // Read to its end, or kubectl would wait for somebody to.
    createInterface({ input: forward.stdout }).on("line", (line) => {
      const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port) resolve(port);
    });
    forward.on("error", reject);
    forward.on("exit", () => reject(new OperatorError("kubectl port-forward opened no way to the REST API.")));
  });
}

async function main(stack: string | undefined, file = `Pulumi.${stack}.yaml`): Promise<void> {
  try {
    if (!stack) throw new OperatorError("Usage: npm run drain -- <stack> [stack file]");
    process.exitCode = (await drainStack(stack, file, console.log)) ? 0 : 1;
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}

if (require.main === module) void main(process.argv[2], process.argv[3]);
