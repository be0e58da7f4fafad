import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Pin } from "../../../components/operations/replication/pin.js";
import type { Peers } from "../../../local/peers";
import { waitFor } from "../../../local/waitFor";

/** Files that were added, and the pinset that this made. */
export interface Content {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly pinset: ReadonlyMap<string, readonly string[]>;
}

/** Adds random files through all peers in turn and waits until each is PINNED on every peer that it is allocated to. */
export async function addFiles(peers: Peers, count: number): Promise<Content> {
  const replicas = await peers.count();
  const files = new Map<string, Buffer>();
  for (let file = 0; file < count; file++) {
    const bytes = randomBytes(10_000);
    files.set(await peers.add(file % replicas, bytes), bytes);
  }
  await allPinned(peers, files.keys());
  return { files, pinset: await peers.pinset(0) };
}

/** The whole pinset as the first peer knows it, with every pin's options. */
export async function pinset(peers: Peers): Promise<Map<string, Pin>> {
  const lines = (await (await peers.rest(0, "/allocations?filter=all")).text()).split("\n").filter(Boolean);
  return new Map(lines.map((line) => JSON.parse(line) as Pin).map((pin) => [pin.cid, pin]));
}

/** Waits until each CID is PINNED on as many peers as it is allocated to. */
export async function allPinned(peers: Peers, cids: Iterable<string>, seconds = 180): Promise<void> {
  for (const cid of cids) {
    await waitFor(`${cid} to be PINNED wherever it is allocated`, seconds, async () => {
      const allocations = (await peers.pinset(0)).get(cid);
      return allocations && allocations.length > 0 && (await peers.pinnedOn(0, cid)) === allocations.length;
    });
  }
}

/** Asserts that every peer knows exactly the pins of `before`, with the same allocations, once it has caught up. */
export async function samePinset(peers: Peers, before: Content["pinset"], seconds = 120): Promise<void> {
  const expected = sorted(before);
  const replicas = await peers.count();
  for (let peer = 0; peer < replicas; peer++) {
    const known = async () => sorted(await peers.pinset(peer));
    await waitFor(`cluster-${peer} to know every pin`, seconds, async () =>
      isDeepStrictEqual(await known(), expected),
    ).catch(async () => assert.deepEqual(await known(), expected, `the pinset of cluster-${peer}`));
  }
}

function sorted(pinset: ReadonlyMap<string, readonly string[]>): [string, string[]][] {
  const entries = [...pinset].map(([cid, ids]): [string, string[]] => [cid, [...ids].sort()]);
  return entries.sort(([a], [b]) => a.localeCompare(b));
}

/** Asserts that a kubo gives every file's bytes back. */
export async function readable(peers: Peers, peer: number, files: Content["files"]): Promise<void> {
  for (const [cid, bytes] of files) {
    assert.ok((await peers.cat(peer, cid)).equals(bytes), `ipfs-${peer} gives other bytes for ${cid}`);
  }
}
