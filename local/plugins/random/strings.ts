import type { GeneratedType, InputProperty } from "../generated/resourceType";
import type { CheckFailure, PropertyMap } from "../protocol/index";
import { randomString, type StringRecipe } from "./characters";

const flag: InputProperty = { type: "boolean", default: true };
const minimum: InputProperty = { type: "integer", default: 0, min: 0 };

const inputs = {
  keepers: { type: "map" },
  length: { type: "integer", required: true, min: 1 },
  lower: flag,
  minLower: minimum,
  minNumeric: minimum,
  minSpecial: minimum,
  minUpper: minimum,
  number: { type: "boolean" },
  numeric: { type: "boolean" },
  overrideSpecial: { type: "string" },
  special: flag,
  upper: flag,
} satisfies GeneratedType["inputs"];

/** `number` is the old name of `numeric`: each defaults to the other. */
function derive({ number, numeric }: PropertyMap): PropertyMap {
  return { number: number ?? numeric ?? true, numeric: numeric ?? number ?? true };
}

function validate(plan: PropertyMap): CheckFailure[] {
  const recipe = recipeOf(plan);
  const faults: CheckFailure[] = [];
  if (plan.number !== plan.numeric) {
    faults.push({ property: "number", reason: "differs from numeric, which is its newer name; leave number out" });
  }
  if (!(recipe.upper || recipe.lower || recipe.numeric || recipe.special)) {
    faults.push({ property: "", reason: "one of upper, lower, numeric and special must be true" });
  }
  const required = recipe.minUpper + recipe.minLower + recipe.minNumeric + recipe.minSpecial;
  if (recipe.length < required) {
    faults.push({ property: "length", reason: `must be at least ${required}, the sum of all min properties` });
  }
  return faults;
}

/** The inputs are checked, so the types hold. */
function recipeOf(plan: PropertyMap): StringRecipe {
  return { overrideSpecial: "", ...plan } as unknown as StringRecipe;
}

const inputsOfImported = (value: string): PropertyMap => ({ length: value.length });

/** A random string that nobody minds to see: it is also the id. */
export const string: GeneratedType = {
  schemaVersion: 2,
  inputs,
  outputs: { result: {} },
  derive,
  validate,
  generate: (plan) => stringValues(randomString(recipeOf(plan))),
  fromImportId: (id) => ({ ...stringValues(id), outputs: { ...inputsOfImported(id), result: id } }),
};

const stringValues = (result: string) => ({ id: result, outputs: { result } });

/** A random string that is kept secret; its id says nothing. */
export const password: GeneratedType = {
  schemaVersion: 3,
  inputs,
  outputs: { result: { secret: true }, bcryptHash: { secret: true } },
  derive,
  validate,
  generate: (plan) => passwordValues(randomString(recipeOf(plan))),
  fromImportId: async (id) => {
    const values = await passwordValues(id);
    return { ...values, outputs: { ...inputsOfImported(id), ...values.outputs } };
  },
};

async function passwordValues(result: string) {
  const { hash } = await import("bcryptjs");
  const rounds = 10;
  return { id: "none", outputs: { result, bcryptHash: await hash(result, rounds) } };
}
