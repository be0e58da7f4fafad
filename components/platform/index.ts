export { labels, type Role, selectorLabels, type Workload } from "./labels";
export { meshPodMetadata } from "./mesh";
export { namespace } from "./namespace";
export { type Platform, platform } from "./platform";
