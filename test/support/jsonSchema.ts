/** As much of JSON Schema as the editors' schema of a stack file uses; a keyword beyond that is an error, so that no check is left out. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

type Check = (schema: never, value: unknown, whole: Schema) => boolean;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
};

const ifText = (value: unknown, holds: (text: string) => boolean) => typeof value !== "string" || holds(value);
const ifNumber = (value: unknown, holds: (count: number) => boolean) => typeof value !== "number" || holds(value);
const ifList = (value: unknown, holds: (list: unknown[]) => boolean) => !Array.isArray(value) || holds(value);
const ifObject = (value: unknown, holds: (object: Record<string, unknown>) => boolean) =>
  !isObject(value) || holds(value);

/** The document that `$ref`s point into, for the time of one validation. */
let definitions: Readonly<Record<string, Schema>> = {};

const checks: Readonly<Record<string, Check>> = {
  type: (type: string, value) => types[type](value),
  const: (constant: unknown, value) => constant === value,
  enum: (choices: unknown[], value) => choices.includes(value),
  anyOf: (schemas: Schema[], value) => schemas.some((schema) => holds(schema, value)),
  $ref: (reference: string, value) => holds(definitions[reference.slice("#/$defs/".length)], value),
  pattern: (pattern: string, value) => ifText(value, (text) => new RegExp(pattern, "u").test(text)),
  minLength: (least: number, value) => ifText(value, (text) => text.length >= least),
  maxLength: (most: number, value) => ifText(value, (text) => text.length <= most),
  minimum: (least: number, value) => ifNumber(value, (count) => count >= least),
  maximum: (most: number, value) => ifNumber(value, (count) => count <= most),
  items: (schema: Schema, value) => ifList(value, (list) => list.every((item) => holds(schema, item))),
  minItems: (least: number, value) => ifList(value, (list) => list.length >= least),
  required: (names: string[], value) => ifObject(value, (object) => names.every((name) => Object.hasOwn(object, name))),
  propertyNames: (schema: Schema, value) =>
    ifObject(value, (object) => Object.keys(object).every((name) => holds(schema, name))),
  properties: (schemas: Record<string, Schema>, value) =>
    ifObject(value, (object) =>
      Object.entries(schemas).every(([name, schema]) => !Object.hasOwn(object, name) || holds(schema, object[name])),
    ),
  patternProperties: (schemas: Record<string, Schema>, value) =>
    ifObject(value, (object) =>
      Object.entries(schemas).every(([pattern, schema]) =>
        Object.entries(object).every(([name, inner]) => !new RegExp(pattern, "u").test(name) || holds(schema, inner)),
      ),
    ),
  additionalProperties: (schema: Schema | boolean, value, { properties = {}, patternProperties = {} }) =>
    ifObject(value, (object) =>
      Object.entries(object).every(
        ([name, inner]) =>
          Object.hasOwn(Object(properties), name) ||
          Object.keys(Object(patternProperties)).some((pattern) => new RegExp(pattern, "u").test(name)) ||
          (typeof schema === "boolean" ? schema : holds(schema, inner)),
      ),
    ),
};

const annotations = ["$schema", "$defs", "title", "description"];

function holds(schema: Schema, value: unknown): boolean {
  return Object.entries(schema).every(([keyword, constraint]) => {
    if (annotations.includes(keyword)) return true;
    const check = checks[keyword];
    if (!check) throw new Error(`no check for the JSON Schema keyword ${keyword}`);
    return check(constraint as never, value, schema);
  });
}

/** Whether a value is what a schema describes. */
export function validates(schema: Schema, value: unknown): boolean {
  definitions = (schema.$defs ?? {}) as Record<string, Schema>;
  return holds(schema, value);
}
