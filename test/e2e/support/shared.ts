import type { Topology } from "../../../components/settings";
import { down, up } from "../../../local";
import { nodeRanges } from "../../../local/node/layout";
import { waitFor } from "../../../local/waitFor";
import { Stack } from "./stack";

/** The embedded node that the tests use; no developer's. */
export const node = "e2e";

interface Settings extends Record<string, unknown> {
  identities: number;
  cluster: Record<string, unknown>;
  networkPolicies: Record<string, unknown>;
  kubo?: Record<string, unknown>;
}

/** In the long run (`npm run test:e2e -- --all`) everything that can be tested is tested; in the short one, each thing somewhere. */
export const everything = process.argv.includes("--all");

/** The topologies that what a stack does is tested on: the long run tests all of it on both. */
export const topologies: readonly Topology[] = everything ? ["paired", "colocated"] : ["paired"];

/** `describe` for a stack of each of these topologies. */
export function describeOn(
  each: readonly Topology[],
  about: string,
  tests: (this: Mocha.Suite, topology: Topology) => void,
): void {
  for (const topology of each) {
    describe(`${about}, ${topology}`, function () {
      tests.call(this, topology);
    });
  }
}

/** This machine is outside the fence like everybody else: tests that dial pods by their addresses have to be let in. */
const here = { ranges: [nodeRanges[0]] };

const common: Settings = {
  environment: "dev",
  networkPolicies: { clients: [here], admins: [here] },
  replicas: 3,
  identities: 6,
  replication: { min: 2, max: 3 },
  // Else it would see to what the tests of others look at.
  topUp: false,
  cluster: {
    proxy: true,
    monitorPingInterval: "2s",
    metricTtl: "6s",
    config: { cluster: { pin_recover_interval: "10s", state_sync_interval: "30s" } },
  },
};

/** Settings of the stacks that most tests share: every interval short, so that healing is seen within the test. */
export const settingsOf: Readonly<Record<Topology, Settings>> = {
  paired: { ...common },
  // As it is meant: where no policies are enforced.
  colocated: { ...common, topology: "colocated", networkPolicies: { enabled: false } },
};

export const settings = settingsOf.paired;

let started: Promise<unknown> | undefined;
const stacks = new Map<Topology, Promise<Stack>>();

/** Starts the node once for all tests. */
export function theNode(): Promise<unknown> {
  started ??= freshNode();
  return started;
}

// What an interrupted run left behind must not decide the outcome of this one.
async function freshNode(): Promise<void> {
  await down(node, { deleteData: true }, () => {});
  // Two machines, so that whatever is tested is tested across them.
  await up(node, () => {}, { workers: 2 });
}

/** The running stack that most tests share, or its like of the other topology; brought up by the first that asks. */
export function theStack(topology: Topology = "paired"): Promise<Stack> {
  const stack = stacks.get(topology) ?? bringUp(topology);
  stacks.set(topology, stack);
  return stack;
}

async function bringUp(topology: Topology): Promise<Stack> {
  await theNode();
  const fresh = await Stack.init(topology === "paired" ? "shared" : topology, node);
  await fresh.configure(settingsOf[topology]);
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

/** Ends a shared stack, with all its data, before the last test: what comes after has the machine to itself. */
export async function retire(topology: Topology): Promise<void> {
  const stack = await stacks.get(topology);
  stacks.delete(topology);
  await stack?.drop();
}

export const shared = {
  async release(): Promise<void> {
    for (const stack of stacks.values()) await (await stack.catch(() => undefined))?.remove();
    if (started) await down(node, { deleteData: true }, () => {});
  },
};
