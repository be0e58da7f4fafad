/**
 * What the pinned kubo and ipfs-cluster really understand. Both ignore settings and environment variables that they do not know, so a typo looks like a
 * success; this program refuses to write a name that is not in these tables. `npm run upstream` generates them from the sources of the two daemons.
 */
export { type Fault, unknownKnobs } from "./check";
export type { Kind, Knob, Knobs, Removed } from "./knob";
export { nearest, settingFor } from "./nearest";
export {
  clusterDaemonFlags,
  clusterEnvironment,
  clusterVersion,
  kuboConfig,
  kuboDaemonFlags,
  kuboEnvironment,
  kuboVersion,
  serviceJson,
} from "./tables";
