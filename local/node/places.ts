import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { locked } from "../lock";
import { OperatorError } from "../operatorError";
import { checkout, runtimeDirectory } from "../paths";
import { bridgeOf, nodesPerSlot, type Place, slots } from "./layout";

/** Who has which slot of this machine, and which of its nodes has which index: `nodes[index]`, empty where one has left. */
export type Places = Readonly<Record<number, { readonly checkout: string; readonly nodes: readonly string[] }>>;

const file = join(runtimeDirectory, "places.json");
const netnsDirectory = "/run/netns";

/** The place of one of this checkout's nodes or further workers, if it has one. */
export async function placeOf(node: string): Promise<Place | undefined> {
  return findPlace(await read(), checkout, node);
}

/**
 * Gives a node of this checkout a place, and the same one for as long as the machine runs, unless another checkout needs it while none of
 * this one's nodes is up.
 */
export function takePlace(node: string): Promise<Place> {
  return locked("places", async () => {
    const { places, place } = assignPlace(await read(), checkout, node, await slotsInUse());
    await write(places);
    return place;
  });
}

/** Gives a node's place back. */
export function leavePlace(node: string): Promise<void> {
  return locked("places", async () => write(freePlace(await read(), checkout, node)));
}

export function findPlace(places: Places, checkout: string, node: string): Place | undefined {
  const slot = slotOf(places, checkout);
  if (slot === undefined) return undefined;
  const index = places[slot].nodes.indexOf(node);
  return index < 0 ? undefined : { slot, index };
}

/**
 * The place that a node has or gets.
 *
 * @param used slots that have a node up, whether or not `places` knows of them.
 * @throws OperatorError when there is none left.
 */
export function assignPlace(
  places: Places,
  checkout: string,
  node: string,
  used: ReadonlySet<number>,
): { places: Places; place: Place } {
  const known = findPlace(places, checkout, node);
  if (known) return { places, place: known };
  const own = slotOf(places, checkout);
  const slot = own ?? freeSlot(places, used);
  const nodes = own === undefined ? [] : [...places[own].nodes];
  const gap = nodes.indexOf("");
  const index = gap < 0 ? nodes.length : gap;
  if (index >= nodesPerSlot) {
    throw new OperatorError(
      `This checkout has ${nodesPerSlot} nodes already (${nodes.join(", ")}); make room: npm run local -- down --delete-data --node ${nodes[0].split("/")[0]}`,
    );
  }
  nodes[index] = node;
  return { places: { ...places, [slot]: { checkout, nodes } }, place: { slot, index } };
}

export function freePlace(places: Places, checkout: string, node: string): Places {
  const place = findPlace(places, checkout, node);
  if (!place) return places;
  const { [place.slot]: own, ...others } = places;
  const nodes = own.nodes.map((name) => (name === node ? "" : name));
  return nodes.some(Boolean) ? { ...others, [place.slot]: { checkout, nodes } } : others;
}

function slotOf(places: Places, checkout: string): number | undefined {
  const entry = Object.entries(places).find(([, place]) => place.checkout === checkout);
  return entry && Number(entry[0]);
}

/** A slot that nobody has, else one of a checkout that has no node up. */
function freeSlot(places: Places, used: ReadonlySet<number>): number {
  const idle = [...Array(slots).keys()].filter((slot) => !used.has(slot));
  const slot = idle.find((slot) => !(slot in places)) ?? idle[0];
  if (slot !== undefined) return slot;
  const others = Object.values(places).map((place) => place.checkout);
  throw new OperatorError(
    `All ${slots} places for checkouts on this machine are taken; run npm run local -- down in one of: ${others.join(", ")}`,
  );
}

async function slotsInUse(): Promise<Set<number>> {
  const names = existsSync(netnsDirectory) ? await readdir(netnsDirectory) : [];
  const all = [...Array(slots).keys()];
  return new Set(all.filter((slot) => names.some((name) => name.startsWith(`${bridgeOf(slot)}-`))));
}

async function read(): Promise<Places> {
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {};
}

async function write(places: Places): Promise<void> {
  await mkdir(runtimeDirectory, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(places, null, 2));
  await rename(`${file}.new`, file);
}
