import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Image } from "../toolchain/images";
import type { NodeLayout } from "./layout";
import { runInSandbox } from "./sandbox";

/**
 * Gives the node's containerd, which serves already, the images it does not have yet.
 * What it has is remembered beside its own files, so that both are lost together.
 */
export async function importImages(layout: NodeLayout, images: readonly Image[]): Promise<void> {
  const remembered = join(layout.directory, "lib/containerd/imported");
  const missing = images.filter(({ key }) => !existsSync(join(remembered, key)));
  if (missing.length === 0) return;
  for (const { archive, key } of missing) {
    await runInSandbox(layout, ["ctr", "--namespace", "k8s.io", "images", "import", archive]);
    await mkdir(remembered, { recursive: true });
    await writeFile(join(remembered, key), "");
  }
}
