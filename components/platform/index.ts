export {
  labels,
  type PeerWorkload,
  type Role,
  rolesOf,
  selectorLabels,
  type Workload,
  workloadOf,
} from "./labels";
export { namespace } from "./namespace";
export { type Platform, platform } from "./platform";
