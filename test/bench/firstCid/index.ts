import { Deployment } from "../layouts/deployment";
import type { Layout } from "../layouts/layout";
import { floor, ours } from "../layouts/ours";
import { publicCharts } from "../layouts/publicCharts";
import type { BenchNode } from "../support/benchNode";
import { atMost, type Findings, progress, type Row, timesAsFast } from "../support/report";
import { inSeconds, summarise, timed } from "../support/statistics";

/** Rounds by number of peers. */
const rounds: ReadonlyMap<number, number> = new Map([
  [3, 5],
  [7, 3],
]);

const floorLimit = 1.5;
const timesFasterThanCharts = 2;

type Until = "everyDaemonAnswers" | "newCidIsPinned";

/** Milliseconds of one round. */
interface Times {
  /** From an empty namespace. */
  readonly start: number;
  /** From the deletion of all pods at once. */
  readonly restart: number;
}

interface Contestant {
  readonly layout: Layout;
  readonly until: Until;
  readonly times: Times[];
}

/** From an empty namespace, and after a full restart, to the first CID that is pinned everywhere. */
export async function firstCid(node: BenchNode): Promise<Findings> {
  progress("first CID: warming up");
  await timeRound(node, await floor(3), "everyDaemonAnswers");
  const rows: Row[] = [];
  for (const [peers, count] of rounds) rows.push(...(await compare(node, peers, count)));
  return { rows, method };
}

async function compare(node: BenchNode, peers: number, count: number): Promise<Row[]> {
  const contestant = (layout: Layout, until: Until): Contestant => ({ layout, until, times: [] });
  const own = contestant(await ours(peers), "newCidIsPinned");
  const colocated = contestant(await ours(peers, "colocated"), "newCidIsPinned");
  const charts = contestant(publicCharts(peers), "newCidIsPinned");
  const lowest = contestant(await floor(peers), "everyDaemonAnswers");
  for (let round = 1; round <= count; round++) {
    for (const { layout, until, times } of [own, colocated, charts, lowest]) {
      const time = await timeRound(node, layout, until);
      times.push(time);
      const [start, restart] = [time.start, time.restart].map((milliseconds) => (milliseconds / 1000).toFixed(2));
      progress(
        `first CID, ${peers} peers, round ${round}/${count}, ${layout.name}: start ${start} s, restart ${restart} s`,
      );
    }
  }
  return (["start", "restart"] as const).flatMap((phase) => {
    const [mine, together, theirs, least] = [own, colocated, charts, lowest].map(({ times }) =>
      summarise(times.map((one) => one[phase])),
    );
    const from = phase === "start" ? "empty namespace" : "all pods deleted";
    const metric = `${from} to first CID PINNED on ${peers} of ${peers}`;
    const value = inSeconds(mine);
    const byFloor = mine.median / least.median;
    const byCharts = mine.median / theirs.median;
    const goals = phase === "start" ? [atMost(floorLimit, byFloor), timesAsFast(timesFasterThanCharts, byCharts)] : [];
    return [
      {
        metric: `${metric}, colocated`,
        value: inSeconds(together),
        comparedWith: `paired: ${value}`,
        ratio: together.median / mine.median,
      },
      { metric, value, comparedWith: `floor: ${inSeconds(least)}`, ratio: byFloor, goal: goals[0] },
      { metric, value, comparedWith: `public charts' layout: ${inSeconds(theirs)}`, ratio: byCharts, goal: goals[1] },
    ];
  });
}

function timeRound(node: BenchNode, layout: Layout, until: Until): Promise<Times> {
  return Deployment.with(node, layout, async (deployment) => {
    const start = await timed(async () => {
      await deployment.create();
      await deployment[until]();
    });
    const restart = await timed(async () => {
      await deployment.deletePods();
      await deployment[until]();
    });
    return { start, restart };
  });
}

const method = `the objects of each layout are created through the API server, claims and Services first, and every pod runs on one node that
has the images and empty volumes. Time runs from the first object (or from the deletion of all pods at once, with their grace periods) until
a file, added through peer 0 as soon as that takes one for all peers, is PINNED on all. *Floor*: this program's objects with plain \`ipfs daemon\`
and \`ipfs-cluster-service daemon\`, until every RPC and every \`/health\` has answered, asked from outside every 50 ms. *Public charts' layout*: one
StatefulSet, pods one after the other, kubo configured by shell, bootstrap from pod 0, ports probed every 2 s. ${[
  ...rounds,
]
  .map(([peers, count]) => `${count} rounds with ${peers} peers`)
  .join(", ")}, the four in turn; medians, and the range in parentheses.`;
