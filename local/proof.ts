import { randomBytes } from "node:crypto";
import type { Peers } from "./peers";
import { waitFor } from "./waitFor";

/** One thing that was shown to be so. */
export interface Proven {
  readonly what: string;
  readonly milliseconds: number;
}

/**
 * Shows that a stack does what it is for: a file added through one peer is pinned on as many peers as asked, and every kubo and the gateway
 * give the same bytes back.
 *
 * @param copies on how many peers a pin is kept.
 * @param report is called with each thing as it is proven.
 */
export async function prove(peers: Peers, copies: number, report: (proven: Proven) => void): Promise<void> {
  const count = await peers.count();
  const content = randomBytes(64 * 1024);
  const step = async <T>(what: (result: T) => string, work: () => Promise<T>): Promise<T> => {
    const start = Date.now();
    const result = await work();
    report({ what: what(result), milliseconds: Date.now() - start });
    return result;
  };
  await step(
    () => `all ${count} peers see each other`,
    () => waitFor("the peers to see each other", 60, async () => (await peers.allocatable(0)).length === count),
  );
  const cid = await step(
    (added) => `added ${content.length} random bytes through cluster-0: ${added}`,
    () => peers.add(0, content),
  );
  await step(
    () => `PINNED on ${copies} of ${count} peers`,
    () => waitFor(`${cid} to be PINNED on ${copies} peers`, 60, async () => (await peers.pinnedOn(0, cid)) === copies),
  );
  for (let peer = 0; peer < count; peer++) {
    await step(
      () => `ipfs-${peer} has the same bytes, over RPC and gateway`,
      async () => {
        for (const answer of [await peers.cat(peer, cid), await peers.gateway(peer, cid)]) {
          if (!answer.equals(content)) throw new Error(`ipfs-${peer} gave other bytes for ${cid}`);
        }
      },
    );
  }
}
