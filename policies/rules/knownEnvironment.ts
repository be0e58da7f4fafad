import { clusterEnvironment, kuboEnvironment, nearest } from "../../components/upstream";
import { variables } from "../environment";
import type { Parameters, Rule } from "../rule";

interface Given {
  /** Names that are read by something else than the two daemons. */
  readonly others: readonly string[];
}

const parameters: Parameters = { others: { type: "array", items: { type: "string" } } };

/** Names of variables that are meant for kubo or ipfs-cluster. */
export const knownEnvironment: Rule<Given> = {
  name: "known-environment",
  what: "Every variable named CLUSTER_*, IPFS_*, KUBO_* or LIBP2P_* is one that the pinned daemons read.",
  why: "They ignore names they don't know: the setting looks made and is not.",
  fix: "correct the name, or put the setting into the daemon's configuration file",
  parameters,
  check(resource, report, { others }) {
    for (const { name, at } of variables(resource)) {
      const known = candidates(name);
      if (!known || known.has(name) || others.includes(name)) continue;
      const guess = nearest(name, known);
      report(at, `nothing reads ${name}${guess ? `; ${guess} is meant, perhaps` : ""}`);
    }
  },
};

function candidates(name: string): ReadonlySet<string> | undefined {
  if (/^(IPFS_)?CLUSTER_/.test(name)) return clusterEnvironment;
  // Both daemons are made of libp2p.
  if (/^(IPFS|KUBO|LIBP2P)_/.test(name)) return new Set([...kuboEnvironment, ...clusterEnvironment]);
  return undefined;
}
