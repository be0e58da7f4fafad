import {
  type CheckFailure,
  containsUnknowns,
  isMap,
  type PropertyMap,
  type PropertyValue,
  reveal,
} from "../protocol/index";
import type { GeneratedType, InputProperty } from "./resourceType";

/** What is wrong with each input by itself. Unknown ones pass: the update checks them again. */
export function faultsOf(type: GeneratedType, inputs: PropertyMap): CheckFailure[] {
  const unexpected = Object.keys(inputs).filter((name) => !(name in type.inputs));
  return [
    ...unexpected.map((name) => ({ property: name, reason: `no such property; there are ${names(type)}` })),
    ...Object.entries(type.inputs).flatMap(([name, property]) =>
      fault(property, inputs[name]).map((reason) => ({ property: name, reason })),
    ),
  ];
}

const names = (type: GeneratedType) => Object.keys(type.inputs).join(", ");

/** Reasons never quote the value: it may be secret. */
function fault(property: InputProperty, value: PropertyValue | undefined): string[] {
  if (value === undefined || value === null) return property.required ? ["is required"] : [];
  if (containsUnknowns(value)) return [];
  const plain = reveal(value);
  if (!isOfType[property.type](plain)) return [`must be ${typeNames[property.type]}`];
  if (property.min !== undefined && Number(plain) < property.min) return [`must be at least ${property.min}`];
  const words = property.oneOf && (Array.isArray(plain) ? plain : [plain]);
  if (words?.some((word) => !property.oneOf?.includes(String(word)))) {
    return [`must be ${property.type === "strings" ? "of" : "one of"} ${property.oneOf?.join(", ")}`];
  }
  return [];
}

const isOfType: Record<InputProperty["type"], (value: PropertyValue) => boolean> = {
  string: (value) => typeof value === "string",
  integer: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === "boolean",
  strings: (value) => Array.isArray(value) && value.every((element) => typeof element === "string"),
  map: isMap,
};

const typeNames: Record<InputProperty["type"], string> = {
  string: "a string",
  integer: "a whole number",
  boolean: "true or false",
  strings: "a list of strings",
  map: "an object",
};
