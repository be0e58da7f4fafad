export { clusterImage, kuboImage } from "./defaults";
export { type Fault, SettingsError } from "./faults";
export { parseQuantity } from "./quantity";
export { previousReplicas, readIdentity, readStackConfig, settingsOfStackFile } from "./read";
export { type ResolveContext, resolveSettings } from "./resolve";
export type * from "./settings";
export { warnings } from "./warnings";
