import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { OperatorError } from "../operatorError";
import { type NodeLayout, nodeLayout, workerLayout, workersDirectory } from "./layout";
import { leavePlace, placeOf, takePlace } from "./places";

/** Where the workers of a cluster are: the control plane's node, which is worker 1, and then the further ones. Empty where it never was up. */
export async function layoutsOf(node: string): Promise<NodeLayout[]> {
  const place = await placeOf(node);
  if (!place) return [];
  const first = nodeLayout(node, place);
  const others = (await furtherWorkers(node)).map(async (number) => {
    const place = await placeOf(placeName(node, number));
    return place ? [workerLayout(first, number, place)] : [];
  });
  return [first, ...(await Promise.all(others)).flat()];
}

/**
 * Gives a cluster's workers their places.
 *
 * @param count how many there shall be; by default as many as it has, and one at least.
 * @throws OperatorError if it has more, or there is no room.
 */
export async function takeLayouts(node: string, count?: number): Promise<NodeLayout[]> {
  const known = await furtherWorkers(node);
  const has = known.length + 1;
  if (count !== undefined && count < has) {
    throw new OperatorError(
      `Node ${node} has ${has} workers, and what is on their disks would be lost. To have ${count}: npm run local -- down --delete-data --node ${node}, then up`,
    );
  }
  const first = nodeLayout(node, await takePlace(node));
  const layouts = [first];
  for (let number = 2; number <= (count ?? has); number++) {
    const layout = workerLayout(first, number, await takePlace(placeName(node, number)));
    await mkdir(layout.directory, { recursive: true });
    layouts.push(layout);
  }
  return layouts;
}

/** Gives the places of a cluster's workers back. */
export async function leaveLayouts(node: string): Promise<void> {
  for (const number of await furtherWorkers(node)) await leavePlace(placeName(node, number));
  await leavePlace(node);
}

/** Their numbers. The disk knows them, which outlives the places. */
async function furtherWorkers(node: string): Promise<number[]> {
  const directory = workersDirectory(node);
  const names = existsSync(directory) ? await readdir(directory) : [];
  return names.map(Number).sort((one, other) => one - other);
}

/** Under which a further worker's place is known; no node of its own can be called so. */
function placeName(node: string, number: number): string {
  return `${node}/${number}`;
}
