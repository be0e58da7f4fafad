import { parseDuration } from "./duration";
import { type Fault, setCommand } from "./faults";
import type { Settings } from "./settings";

/** Between which lengths of time a setting does what it is for, and what is wrong with shorter and longer ones. */
interface Bounds {
  readonly path: string;
  readonly of: (settings: Settings) => string;
  readonly least: string;
  readonly tooShort: string;
  readonly most: string;
  readonly tooLong: string;
  /** The default. */
  readonly instead: string;
}

const held = "a request that gets nowhere would be one of gateway.concurrentRequests for that long";

const bounds: readonly Bounds[] = [
  {
    path: "cluster.monitorPingInterval",
    of: ({ cluster }) => cluster.monitorPingInterval,
    least: "1s",
    tooShort: "a peer that is merely slow, or whose clock is behind by twice that, would count as gone",
    most: "10m",
    tooLong: "a peer that restarts may not know all others for that long, and one that is gone would count as there",
    instead: "15s",
  },
  {
    path: "cluster.metricTtl",
    of: ({ cluster }) => cluster.metricTtl,
    least: "2s",
    tooShort: "free space and tags run out by the clock of the peer that sent them, before others have seen them",
    most: "1h",
    tooLong: "a peer that restarts would know of nobody's free space for half of that, and find nobody to put pins on",
    instead: "30s",
  },
  {
    path: "gateway.retrievalTimeout",
    of: ({ gateway }) => gateway.retrievalTimeout,
    least: "1s",
    tooShort: "content that has to come from another peer would not be there in time",
    most: "24h",
    tooLong: held,
    instead: "30s",
  },
  {
    path: "gateway.requestTimeout",
    of: ({ gateway }) => gateway.requestTimeout,
    least: "1s",
    tooShort: "content that has to come from another peer would not be there in time",
    most: "24h",
    tooLong: held,
    instead: "1h",
  },
];

/** Lengths of time with which nothing works, for one of the settings that have bounds. */
function boundFaults({ path, of, least, tooShort, most, tooLong, instead }: Bounds, settings: Settings): Fault[] {
  const value = of(settings);
  const seconds = parseDuration(value);
  const reason =
    seconds < parseDuration(least)
      ? `less than ${least}: ${tooShort}`
      : seconds > parseDuration(most)
        ? `more than ${most}: ${tooLong}`
        : undefined;
  return reason ? [{ path, value, reason, fix: setCommand(path, instead) }] : [];
}

/** A rule for each of the settings that have bounds, over the section that has it. */
export const durationRules = bounds.map((each) => ({
  reads: [each.path.startsWith("cluster.") ? each.path : "gateway"],
  check: (settings: Settings) => boundFaults(each, settings),
}));

/** How often the job that tops up may run. */
export function intervalFaults(path: string, value: string): Fault[] {
  const reason = intervalReason(parseDuration(value));
  return reason ? [{ path, value, reason, fix: setCommand(path, "10m") }] : [];
}

function intervalReason(seconds: number): string | undefined {
  if (seconds < 60)
    return "less than 1m: Kubernetes names the runs by the minute, so that a second one in it would not start";
  if (seconds > 24 * 3600) return "more than 24h: pins would have too few copies for that long";
  // Sums of decimal fractions are off by less than the nanosecond that is the least to be asked for.
  const nanoseconds = Math.round(seconds * 1e9);
  return nanoseconds % 1e9 === 0 ? undefined : "not of whole seconds, and Kubernetes leaves out the rest";
}
