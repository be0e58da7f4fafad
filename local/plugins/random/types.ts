import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { GeneratedType, GeneratedValues } from "../generated/resourceType";
import type { PropertyMap } from "../protocol/index";
import { password, string } from "./strings";

const keepers = { type: "map" } as const;

/** Largest range that `randomInt` draws from without bias. */
const maxRange = 2 ** 48;

const integer: GeneratedType = {
  inputs: {
    keepers,
    max: { type: "integer", required: true },
    min: { type: "integer", required: true },
    seed: { type: "string" },
  },
  outputs: { result: {} },
  validate({ min, max, seed }) {
    const range = Number(max) - Number(min) + 1;
    if (seed) {
      const reason = "the local random provider cannot draw the numbers of the official one's seeds; leave it out";
      return [{ property: "seed", reason }];
    }
    if (range < 1) return [{ property: "min", reason: "must not be larger than max" }];
    return range < maxRange ? [] : [{ property: "max", reason: "must be less than 2^48 above min" }];
  },
  generate: ({ min, max }) => integerValues(randomInt(Number(min), Number(max) + 1)),
  fromImportId(id) {
    const [result, min, max, ...rest] = id.split(",").map(Number);
    if (![result, min, max].every(Number.isSafeInteger) || rest.length > 0) {
      throw new Error("the import id of a RandomInteger is <result>,<min>,<max>");
    }
    const values = integerValues(result as number);
    return { ...values, outputs: { ...values.outputs, min: min as number, max: max as number } };
  },
};

const integerValues = (result: number): GeneratedValues => ({ id: String(result), outputs: { result } });

const uuid: GeneratedType = {
  inputs: { keepers },
  outputs: { result: {} },
  generate: () => uuidValues(randomUUID()),
  fromImportId: uuidValues,
};

function uuidValues(result: string): GeneratedValues {
  return { id: result, outputs: { result } };
}

/** Not for secrets: the id is the value. */
const id: GeneratedType = {
  inputs: { byteLength: { type: "integer", required: true, min: 1 }, keepers, prefix: { type: "string" } },
  outputs: { b64Std: {}, b64Url: {}, dec: {}, hex: {} },
  generate: ({ byteLength, prefix }) => idValues(randomBytes(Number(byteLength)), String(prefix ?? "")),
  fromImportId(imported) {
    const comma = imported.lastIndexOf(",");
    const prefix = imported.slice(0, Math.max(comma, 0));
    const bytes = Buffer.from(imported.slice(comma + 1), "base64url");
    const inputs: PropertyMap = { byteLength: bytes.length, ...(prefix ? { prefix } : {}) };
    const values = idValues(bytes, prefix);
    return { ...values, outputs: { ...inputs, ...values.outputs } };
  },
};

function idValues(bytes: Buffer, prefix: string): GeneratedValues {
  const base64url = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return {
    id: base64url,
    outputs: {
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + base64url,
      dec: prefix + BigInt(`0x${hex}`).toString(),
      hex: prefix + hex,
    },
  };
}

/** Secret outputs, but the id is the value all the same, as it is with the official provider. */
const bytes: GeneratedType = {
  inputs: { keepers, length: { type: "integer", required: true, min: 1 } },
  outputs: { base64: { secret: true }, hex: { secret: true } },
  generate: ({ length }) => bytesValues(randomBytes(Number(length))),
  fromImportId(imported) {
    const value = Buffer.from(imported, "base64");
    const values = bytesValues(value);
    return { ...values, outputs: { length: value.length, ...values.outputs } };
  },
};

function bytesValues(value: Buffer): GeneratedValues {
  const base64 = value.toString("base64");
  return { id: base64, outputs: { base64, hex: value.toString("hex") } };
}

/** The types of `@pulumi/random` that the local provider has. */
export const randomTypes: Readonly<Record<string, GeneratedType>> = {
  "random:index/randomBytes:RandomBytes": bytes,
  "random:index/randomId:RandomId": id,
  "random:index/randomInteger:RandomInteger": integer,
  "random:index/randomPassword:RandomPassword": password,
  "random:index/randomString:RandomString": string,
  "random:index/randomUuid:RandomUuid": uuid,
};
