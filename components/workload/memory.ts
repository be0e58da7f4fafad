/** Go's collector works harder from here on, before the kernel ends the container. */
const goMemoryShare = 0.85;
/** kubo's and ipfs-cluster's defaults take their share of the node's memory, not of the container's. */
const networkShare = 0.25;
const pebbleCacheShare = 0.125;
const memTables = 4;
const memTablesShare = 0.125;
const largestMemTable = 64 * 2 ** 20;

/** GOMEMLIMIT for a container's memory limit in bytes. */
export function goMemoryLimit(limit: number): string {
  return String(Math.floor(limit * goMemoryShare));
}

/** Bytes that libp2p's resource manager may use. */
export function networkMemory(limit: number): number {
  return Math.floor(limit * networkShare);
}

/** Pebble's sizes for a container's memory limit: its own defaults reach 2.3 GiB. */
export function pebbleSizes(limit: number): { cache: number; memTable: number; memTables: number } {
  return {
    cache: Math.floor(limit * pebbleCacheShare),
    memTable: Math.min(largestMemTable, Math.floor((limit * memTablesShare) / memTables)),
    memTables,
  };
}
