import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "../waitFor";
import type { NodeLayout } from "./layout";

const root = "/sys/fs/cgroup";

/** Makes the cgroup that the node's pods go under, in each hierarchy of this machine (one with cgroup v2, one per controller with v1). */
export async function createCgroups(layout: NodeLayout): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const controllers = join(hierarchy, "cgroup.controllers");
    if (existsSync(controllers)) {
      const names = readFileSync(controllers, "utf8").trim().split(" ").filter(Boolean);
      for (const name of names) await writeFile(join(hierarchy, "cgroup.subtree_control"), `+${name}`);
    }
    await mkdir(join(hierarchy, layout.id), { recursive: true });
  }
}

/** Removes the node's cgroups once its processes have ended. */
export async function removeCgroups(layout: NodeLayout): Promise<void> {
  for (const hierarchy of hierarchies()) {
    const top = join(hierarchy, layout.id);
    if (existsSync(top)) await waitFor(`${top} to be empty`, 10, () => removeTree(top), 20);
  }
}

async function removeTree(directory: string): Promise<true> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  }
  await rmdir(directory);
  return true;
}

function hierarchies(): string[] {
  if (existsSync(join(root, "cgroup.controllers"))) return [root];
  const entries = readdirSync(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name));
}
