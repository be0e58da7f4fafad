import { Stack } from "../../e2e/support/stack";
import { type BenchNode, nodeName } from "../support/benchNode";
import { type Findings, progress, type Row } from "../support/report";
import { inSeconds, type Sample, summarise, timed } from "../support/statistics";
import { hollowPods, nowhere } from "./hollowPods";

const sizes = [3, 30, 100] as const;
const rounds = 5;

/** How long `pulumi preview` of an unchanged stack takes, how that grows with the peers, and what the policies add to it. */
export async function preview(node: BenchNode): Promise<Findings> {
  const stacks = new Map<number, Stack>();
  try {
    for (const peers of sizes) stacks.set(peers, await deploy(node, peers));
    const { times, judged } = await timePreviews(stacks);
    return { rows: [...growth(times), judging(judged, times.get(sizes[0]) ?? [])], method };
  } finally {
    for (const [peers, stack] of stacks) {
      await stack.remove();
      await node.deleteNamespace(namespaceOf(peers));
    }
  }
}

const nameOf = (peers: number) => `bench-${peers}`;
/** The program's own default. */
const namespaceOf = (peers: number) => `ipfs-${nameOf(peers)}`;

async function deploy(node: BenchNode, peers: number): Promise<Stack> {
  const stack = await Stack.init(nameOf(peers), nodeName);
  await stack.configure({ environment: "dev", replicas: peers, identities: peers, kubo: nowhere, cluster: nowhere });
  const pods = await hollowPods(node.config, namespaceOf(peers));
  try {
    const took = await timed(() => stack.up());
    progress(`pulumi up of ${peers} peers that run nowhere: ${(took / 1000).toFixed(1)} s`);
  } finally {
    await pods.stop();
  }
  return stack;
}

/** Milliseconds by round: of each size, and of the smallest with the policies. */
async function timePreviews(
  stacks: ReadonlyMap<number, Stack>,
): Promise<{ times: Map<number, number[]>; judged: number[] }> {
  const judged: number[] = [];
  const times = new Map(sizes.map((peers) => [peers, [] as number[]]));
  for (let round = 1; round <= rounds; round++) {
    for (const [peers, stack] of stacks) {
      const took = await timed(() => stack.must("preview", "--expect-no-changes"));
      times.get(peers as (typeof sizes)[number])?.push(took);
      progress(`preview of ${peers} peers, round ${round}/${rounds}: ${(took / 1000).toFixed(1)} s`);
      if (peers !== sizes[0]) continue;
      judged.push(await timed(() => stack.must("preview", "--expect-no-changes", "--policy-pack", "policies")));
      progress(`the same with the policies: ${(judged[judged.length - 1] / 1000).toFixed(1)} s`);
    }
  }
  return { times, judged };
}

function judging(judged: readonly number[], plain: readonly number[]): Row {
  return {
    metric: `preview of an unchanged stack, ${sizes[0]} peers, with the policies`,
    value: inSeconds(summarise(judged)),
    comparedWith: `without: ${inSeconds(summarise(plain))}`,
    ratio: summarise(judged).median / summarise(plain).median,
  };
}

function growth(times: ReadonlyMap<number, readonly number[]>): Row[] {
  const samples = [...times].map(([peers, values]): [number, Sample] => [peers, summarise(values)]);
  const [[fewest, least]] = samples;
  return samples.map(([peers, sample]) => {
    const metric = `preview of an unchanged stack, ${peers} peers`;
    if (peers === fewest) return { metric, value: inSeconds(sample) };
    const perPeer = (sample.median - least.median) / (peers - fewest);
    return {
      metric,
      value: `${inSeconds(sample)}; ${perPeer.toFixed(0)} ms for each further peer`,
      comparedWith: `${fewest} peers: ${inSeconds(least)}`,
      ratio: sample.median / least.median,
    };
  });
}

const method = `\`pulumi preview --expect-no-changes\` by the real engine, of stacks that a real \`pulumi up\` made. Their pods ask for a node that
does not exist, and the benchmark tells the API server that they are ready, as a kubelet would; everything else is as with running peers. As many
identities as peers. With the policies: \`--policy-pack policies\`. ${rounds} rounds, the sizes in turn; medians.`;
