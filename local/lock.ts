import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Does work that only one process of this machine may do at a time. The lock is a socket name in the kernel, so it goes when its holder
 * does, however that ends.
 *
 * @param waiting is called once if somebody else holds the lock.
 */
export async function locked<T>(name: string, work: () => Promise<T>, waiting?: () => void): Promise<T> {
  let release = await acquire(name);
  if (!release) waiting?.();
  while (!release) {
    await sleep(100);
    release = await acquire(name);
  }
  try {
    return await work();
  } finally {
    release();
  }
}

function acquire(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(`\0ipfs-cluster-local/${name}`, () => resolve(() => server.close()));
  });
}
