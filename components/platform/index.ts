export { labels, type Role, selectorLabels, type Workload } from "./labels";
export { namespace } from "./namespace";
