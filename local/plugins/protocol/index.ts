export {
  Asset,
  containsSecrets,
  containsUnknowns,
  isMap,
  type PropertyMap,
  type PropertyValue,
  reveal,
  Secret,
  secret,
  Unknown,
  unknown,
  withSecretsOf,
} from "./propertyValue";
export * from "./provider";
export { serve } from "./serve";
