import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { addIngress, type Ingress } from "../../../local";
import { processesOf } from "./pods";
import { node, theNode } from "./shared";
import type { Stack } from "./stack";

let added: Promise<Ingress> | undefined;

/** The node's ingress controller, which the first that asks for it installs. */
export function theIngress(): Promise<Ingress> {
  added ??= theNode().then(() => addIngress(node, () => {}));
  return added;
}

/** What a process needed while something was done. */
export interface Usage<T> {
  readonly result: T;
  /** By how much its resident memory grew at most, in bytes. */
  readonly memory: number;
  /** How much it wrote to disks, in bytes. */
  readonly written: number;
}

/** Watches the ingress controller while something is done. */
export async function controllerUsage<T>(stack: Stack, work: () => Promise<T>): Promise<Usage<T>> {
  const pid = await controllerProcess(stack);
  const before = { memory: resident(pid), written: written(pid) };
  let most = before.memory;
  let done = false;
  const watch = async () => {
    while (!done) {
      most = Math.max(most, resident(pid));
      await sleep(50);
    }
  };
  const watching = watch();
  try {
    const result = await work();
    return { result, memory: most - before.memory, written: written(pid) - before.written };
  } finally {
    done = true;
    await watching;
  }
}

async function controllerProcess(stack: Stack): Promise<string> {
  const path = "{.items[0].status.containerStatuses[0].containerID}";
  const id = await stack.shell(`kubectl -n traefik get pods -o jsonpath='${path}'`);
  const [pid] = processesOf(id.replace(/^.*:\/\//, ""));
  if (!pid) throw new Error("the ingress controller has no process");
  return pid;
}

function resident(pid: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

function written(pid: string): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, "utf8"))?.[1]);
}
