import type { ApiHost, HttpApi } from "../settings";

/**
 * What each API serves to the outside: path prefixes, by whole segments. Whatever else a program answers on its port, such as kubo's
 * /version, is the proxy's 404.
 */
const prefixes: Readonly<Record<HttpApi, readonly string[]>> = {
  gateway: ["/ipfs", "/ipns"],
  // Every root of ipfs-cluster's api/rest.
  rest: [
    "/add",
    "/allocations",
    "/health",
    "/id",
    "/ipfs/gc",
    "/monitor/metrics",
    "/peers",
    "/pins",
    "/token",
    "/version",
  ],
  // Every root of ipfs-cluster's api/pinsvcapi.
  pinning: ["/health", "/pins", "/token"],
};

/** Names that are served alike. */
export interface Served {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
}

/** What is served at the names of an API: its paths at its host; at subdomains, where the CID is in the name, all. */
export function servedAt(api: HttpApi, { names: [host, ...subdomains] }: Pick<ApiHost, "names">): Served[] {
  const main = { names: [host], prefixes: prefixes[api] };
  return subdomains.length === 0 ? [main] : [main, { names: subdomains, prefixes: ["/"] }];
}
