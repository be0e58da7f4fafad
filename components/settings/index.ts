export { clusterImage, kuboImage } from "./defaults";
export { type Fault, SettingsError } from "./faults";
export { parseQuantity } from "./quantity";
export { previousReplicas, readIdentity, readStackConfig, settingsOfStackFile } from "./read";
export { type ResolveContext, resolveSettings } from "./resolve";
export { warnings } from "./rules";
export type * from "./settings";
