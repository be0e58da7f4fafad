import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The folder this project is checked out in. */
export const checkout = realpathSync(join(__dirname, ".."));

/** What belongs to this checkout and may be deleted at any time but costs something: kubeconfigs, Pulumi's home and state. Not in git. */
export const localDirectory = join(checkout, ".local");

/** Built programs and images, content-addressed and so shared by all checkouts. `$IPFS_CLUSTER_LOCAL_CACHE` moves it. */
export const cacheDirectory =
  process.env.IPFS_CLUSTER_LOCAL_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "ipfs-cluster-local");

/** What tells this checkout's things from those of another on the same machine. */
export const checkoutId = createHash("sha256").update(checkout).digest("hex").slice(0, 8);

/** The disks of this checkout's nodes: etcd, images, volumes. */
export const stateDirectory = join("/var/lib/ipfs-cluster-local", checkoutId);

/** What is true until the machine restarts: which checkout has which addresses. */
export const runtimeDirectory = "/run/ipfs-cluster-local";
