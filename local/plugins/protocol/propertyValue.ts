/**
 * Property values as Pulumi's engine and its plugins exchange them: JSON, plus secrets, values not known yet and assets. On the wire the
 * three are objects or strings with the signatures below (https://github.com/pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go).
 */
export type PropertyValue = null | boolean | number | string | Secret | Unknown | Asset | PropertyValue[] | PropertyMap;

/** The properties of a resource, or any object inside them. */
export interface PropertyMap {
  [key: string]: PropertyValue;
}

/** A value that the engine encrypts in state and hides in its display. */
export class Secret {
  constructor(readonly value: Exclude<PropertyValue, Secret>) {}
}

/** The class of {@link unknown}. */
export class Unknown {
  readonly isUnknown = true;
}

/** A value that a preview cannot know: it depends on a resource that does not exist yet. */
export const unknown = new Unknown();

/** A text or a file given as an input. A diff, read or delete sees the hash only, as the engine withholds the contents there. */
export class Asset {
  constructor(
    readonly hash: string,
    readonly contents: { readonly text?: string; readonly path?: string; readonly uri?: string },
  ) {}
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSignatures = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/** JSON as it is on the wire, where the signatures are still ordinary objects and strings. */
export type WireValue = null | boolean | number | string | WireValue[] | { [key: string]: WireValue };
export type WireMap = { [key: string]: WireValue };

/** @throws Error for an archive, which none of our providers takes, and for a malformed secret. */
export function decodeMap(wire: WireMap): PropertyMap {
  return Object.fromEntries(Object.entries(wire).map(([key, value]) => [key, decode(value)]));
}

export function encodeMap(map: PropertyMap): WireMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, encode(value)]));
}

function decode(wire: WireValue): PropertyValue {
  if (typeof wire === "string") return unknownSignatures.has(wire) ? unknown : wire;
  if (Array.isArray(wire)) return wire.map(decode);
  if (wire === null || typeof wire !== "object") return wire;
  switch (wire[signatureKey]) {
    case undefined:
      return decodeMap(wire);
    case secretSignature:
      if (wire.value === undefined) throw new Error("malformed property value: a secret without a value");
      return secret(decode(wire.value));
    case assetSignature:
      return decodeAsset(wire);
    case archiveSignature:
      throw new Error("archives are not supported as resource properties here; pass a file or a string asset");
    default:
      throw new Error(`property value with an unknown signature ${JSON.stringify(wire[signatureKey])}`);
  }
}

function encode(value: PropertyValue): WireValue {
  if (value instanceof Unknown) return unknownString;
  if (value instanceof Secret) return { [signatureKey]: secretSignature, value: encode(value.value) };
  if (value instanceof Asset) return { [signatureKey]: assetSignature, hash: value.hash, ...value.contents };
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== "object") return value;
  return encodeMap(value);
}

function decodeAsset(wire: WireMap): Asset {
  const text = (key: string) => (typeof wire[key] === "string" && wire[key] !== "" ? { [key]: wire[key] } : {});
  return new Asset(String(wire.hash ?? ""), { ...text("text"), ...text("path"), ...text("uri") });
}

/** Marks a value secret; one that is already so stays as it is. */
export function secret(value: PropertyValue): Secret {
  return value instanceof Secret ? value : new Secret(value);
}

/** An object that is not one of the special values. */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return !(value instanceof Secret || value instanceof Unknown || value instanceof Asset);
}

/** The same value with every secret laid open, at any depth. For work, never for logs, errors or outputs. */
export function reveal(value: PropertyMap): PropertyMap;
export function reveal(value: PropertyValue): PropertyValue;
export function reveal(value: PropertyValue): PropertyValue {
  if (value instanceof Secret) return reveal(value.value);
  if (Array.isArray(value)) return value.map((element) => reveal(element));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, reveal(element)]));
}

export function containsUnknowns(value: PropertyValue): boolean {
  return contains(value, (element) => element instanceof Unknown);
}

export function containsSecrets(value: PropertyValue): boolean {
  return contains(value, (element) => element instanceof Secret);
}

function contains(value: PropertyValue, test: (value: PropertyValue) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return contains(value.value, test);
  if (Array.isArray(value)) return value.some((element) => contains(element, test));
  return isMap(value) && Object.values(value).some((element) => contains(element, test));
}

/**
 * `outputs` with a secret wherever `inputs` have one at the same path. Objects are followed key by key; an array with one secret in it
 * becomes secret as a whole, because servers reorder lists. This is how the engine itself does it for providers that know no secrets.
 */
export function withSecretsOf(inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, output]) => {
      const input = inputs[key];
      if (input === undefined) return [key, output];
      if (isMap(input) && isMap(output)) return [key, withSecretsOf(input, output)];
      return [key, containsSecrets(input) ? secret(output) : output];
    }),
  );
}
