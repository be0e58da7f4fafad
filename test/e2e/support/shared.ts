import { down, up } from "../../../local";
import { waitFor } from "../../../local/waitFor";
import { Stack } from "./stack";

/** The embedded node that the tests use; no developer's. */
export const node = "e2e";

interface Settings extends Record<string, unknown> {
  identities: number;
  cluster: Record<string, unknown>;
  kubo?: Record<string, unknown>;
}

/** Settings of the stack that most tests share: every interval short, so that healing is seen within the test. */
export const settings: Settings = {
  environment: "dev",
  replicas: 3,
  identities: 6,
  replication: { min: 2, max: 3 },
  cluster: {
    proxy: true,
    monitorPingInterval: "2s",
    metricTtl: "6s",
    config: { cluster: { pin_recover_interval: "10s", state_sync_interval: "30s" } },
  },
};

let started: Promise<unknown> | undefined;
let stack: Promise<Stack> | undefined;

/** Starts the node once for all tests. */
export function theNode(): Promise<unknown> {
  started ??= freshNode();
  return started;
}

// What an interrupted run left behind must not decide the outcome of this one.
async function freshNode(): Promise<void> {
  await down(node, { deleteData: true }, () => {});
  await up(node, () => {});
}

/** The running stack that most tests share, brought up by the first that asks. */
export function theStack(): Promise<Stack> {
  stack ??= bringUp();
  return stack;
}

async function bringUp(): Promise<Stack> {
  await theNode();
  const fresh = await Stack.init("shared", node);
  await fresh.configure(settings);
  await fresh.up();
  await settled(fresh);
  return fresh;
}

/** Waits until every peer can allocate to every other. */
export async function settled(running: Stack): Promise<void> {
  const peers = await running.peers();
  const count = await peers.count();
  await waitFor(`all ${count} peers to hold the metrics of all`, 90, async () => {
    const known = await Promise.all(Array.from({ length: count }, (_, peer) => peers.allocatable(peer)));
    return known.every((ids) => ids.length === count);
  });
}

export const shared = {
  async release(): Promise<void> {
    await (await stack?.catch(() => undefined))?.remove();
    if (started) await down(node, { deleteData: true }, () => {});
  },
};
