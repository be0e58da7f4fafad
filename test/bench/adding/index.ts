import { randomBytes } from "node:crypto";
import { waitFor } from "../../../local/waitFor";
import { Deployment } from "../layouts/deployment";
import { ours } from "../layouts/ours";
import { type BenchNode, patience } from "../support/benchNode";
import { type Findings, progress, type Row } from "../support/report";
import { addToKubo } from "../support/restApi";
import { inSeconds, summarise, timed } from "../support/statistics";

const peers = 3;
const rounds = 3;
/** Requests under way at a time. */
const parallel = 8;

/** What is added in one go, always new bytes. */
interface Load {
  readonly name: string;
  readonly files: number;
  readonly size: number;
}

const loads: readonly Load[] = [
  { name: "1,000 files of 4 KiB", files: 1000, size: 4 * 2 ** 10 },
  { name: "one file of 256 MiB", files: 1, size: 256 * 2 ** 20 },
];

/** Adding through the cluster's REST API until everything is PINNED, against kubo's own add. */
export async function adding(node: BenchNode): Promise<Findings> {
  const rows = await Deployment.with(node, await ours(peers), async (deployment) => {
    await deployment.create();
    await deployment.newCidIsPinned();
    const compared: Row[] = [];
    for (const load of loads) compared.push(...(await compare(deployment, load)));
    return compared;
  });
  return { rows, method };
}

async function compare(deployment: Deployment, load: Load): Promise<Row[]> {
  const kubo: number[] = [];
  const byCopies = new Map<number, number[]>([
    [1, []],
    [peers, []],
  ]);
  for (let round = 1; round <= rounds; round++) {
    kubo.push(await timeAdding(load, (content) => addToKubo(deployment.kubo(), content)));
    for (const [copies, times] of byCopies) times.push(await timeAddingToCluster(deployment, load, copies));
    progress(
      `adding ${load.name}, round ${round}/${rounds}: ${[kubo, ...byCopies.values()].map((times) => `${((times.at(-1) ?? 0) / 1000).toFixed(2)} s`).join(", ")}`,
    );
  }
  const alone = summarise(kubo);
  return [...byCopies].map(([copies, times]) => {
    const through = summarise(times);
    return {
      metric: `adding ${load.name} through the cluster, PINNED on ${copies} of ${peers}`,
      value: inSeconds(through),
      comparedWith: `kubo alone, one copy: ${inSeconds(alone)}`,
      ratio: through.median / alone.median,
    };
  });
}

/** Until every file is PINNED on as many peers as asked: kubo's own add answers when it has pinned, the cluster's before. */
function timeAddingToCluster(deployment: Deployment, load: Load, copies: number): Promise<number> {
  const cids: string[] = [];
  const api = deployment.rest();
  return timeAdding(
    load,
    async (content) => cids.push(await api.add(content, copies)),
    () =>
      waitFor(`${load.name} to be PINNED on ${copies}`, patience, async () => {
        const pinned = await api.pinnedOnAll();
        return cids.every((cid) => pinned.get(cid) === copies);
      }),
  );
}

async function timeAdding(
  { files, size }: Load,
  add: (content: Uint8Array<ArrayBuffer>) => Promise<unknown>,
  settle: () => Promise<unknown> = async () => {},
): Promise<number> {
  const contents = Array.from({ length: files }, () => new Uint8Array(randomBytes(size)));
  return timed(async () => {
    const worker = async () => {
      for (let content = contents.pop(); content; content = contents.pop()) await add(content);
    };
    await Promise.all(Array.from({ length: parallel }, worker));
    await settle();
  });
}

const method = `random bytes, one file a request, ${parallel} requests at a time, to peer 0 of ${peers}, until every file is PINNED on as many peers as asked
(replication-min = replication-max); *kubo alone* is the same peer's own \`/api/v0/add\` with pinning while the cluster is idle. Same chunker and CIDs.
${rounds} rounds, alternating; medians.`;
