export { labels, type Role, selectorLabels } from "./labels";
export { namespace } from "./namespace";
