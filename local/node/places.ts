import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { locked } from "../lock";
import { OperatorError } from "../operatorError";
import { checkout, runtimeDirectory } from "../paths";
import { bridgeOf, nodesPerSlot, type Place, slots } from "./layout";

/** Which checkout has which slot, and which of its nodes has which index: `nodes[index]`. */
type Places = Record<string, { readonly checkout: string; readonly nodes: readonly string[] }>;

const file = join(runtimeDirectory, "places.json");
const netnsDirectory = "/run/netns";

/** The place of one of this checkout's nodes, if it has one. */
export async function placeOf(node: string): Promise<Place | undefined> {
  return find(await read(), node);
}

/**
 * Gives a node of this checkout a place, and the same one for as long as the machine runs, unless another checkout needs it while none of
 * this one's nodes is up.
 */
export function takePlace(node: string): Promise<Place> {
  return change(async (places) => {
    const known = find(places, node);
    if (known) return known;
    const slot = slotOf(places) ?? (await freeSlot(places));
    const nodes = places[slot]?.checkout === checkout ? [...places[slot].nodes] : [];
    const free = nodes.indexOf("");
    const index = free < 0 ? nodes.length : free;
    if (index >= nodesPerSlot) {
      throw new OperatorError(
        `This checkout has ${nodesPerSlot} nodes already (${nodes.join(", ")}); make room: npm run local -- down --delete-data --node ${nodes[0]}`,
      );
    }
    nodes[index] = node;
    places[slot] = { checkout, nodes };
    return { slot, index };
  });
}

/** Gives a node's place back. */
export function leavePlace(node: string): Promise<void> {
  return change(async (places) => {
    const place = find(places, node);
    if (!place) return;
    const nodes = places[place.slot].nodes.map((name) => (name === node ? "" : name));
    if (nodes.some(Boolean)) places[place.slot] = { checkout, nodes };
    else delete places[place.slot];
  });
}

function find(places: Places, node: string): Place | undefined {
  const slot = slotOf(places);
  if (slot === undefined) return undefined;
  const index = places[slot].nodes.indexOf(node);
  return index < 0 ? undefined : { slot, index };
}

function slotOf(places: Places): number | undefined {
  const entry = Object.entries(places).find(([, place]) => place.checkout === checkout);
  return entry && Number(entry[0]);
}

/** A slot that nobody has, else one of a checkout that has no node up. */
async function freeSlot(places: Places): Promise<number> {
  const all = [...Array(slots).keys()];
  const running = existsSync(netnsDirectory) ? await readdir(netnsDirectory) : [];
  const idle = (slot: number) => !running.some((name) => name.startsWith(`${bridgeOf(slot)}-`));
  const slot = all.find((slot) => !(slot in places) && idle(slot)) ?? all.find(idle);
  if (slot !== undefined) return slot;
  const others = Object.values(places).map((place) => place.checkout);
  throw new OperatorError(
    `All ${slots} places for checkouts on this machine are taken; run npm run local -- down in one of: ${others.join(", ")}`,
  );
}

async function read(): Promise<Places> {
  return existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {};
}

function change<T>(work: (places: Places) => Promise<T>): Promise<T> {
  return locked("places", async () => {
    const places = await read();
    const result = await work(places);
    await mkdir(runtimeDirectory, { recursive: true });
    await writeFile(`${file}.new`, JSON.stringify(places, null, 2));
    await rename(`${file}.new`, file);
    return result;
  });
}
