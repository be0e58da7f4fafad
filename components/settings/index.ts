export { clusterImage, kuboImage } from "./defaults";
export type * from "./exposure";
export { type Fault, SettingsError } from "./faults";
export { type ApiHost, apiHosts, hasGatewayPods, isGce, istioGatewayOf, websocketHost } from "./hosts";
export { parseQuantity } from "./quantity";
export { previousReplicas, readIdentity, readStackConfig, settingsOfStackFile } from "./read";
export { type ResolveContext, resolveSettings } from "./resolve";
export type * from "./settings";
export { warnings } from "./warnings";
