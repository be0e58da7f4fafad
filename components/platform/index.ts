export { labels, type Role, selectorLabels, type Workload } from "./labels";
export { namespace } from "./namespace";
export { type Platform, platform } from "./platform";
