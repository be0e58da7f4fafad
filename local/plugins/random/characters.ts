import { randomInt } from "node:crypto";

const upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const lowerCase = "abcdefghijklmnopqrstuvwxyz";
const digits = "0123456789";
const specialCharacters = "!@#$%&*()-_=+[]{}<>:?";

/** What a random string may and must be made of. */
export interface StringRecipe {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  /** At least so many of each; a class that is switched off still appears as often as its minimum says. */
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Stands in for the default special characters; empty means the default. */
  readonly overrideSpecial: string;
}

/**
 * A string of exactly `length` characters, each drawn evenly from its alphabet by the system's cryptographic generator, in an order drawn
 * just as evenly.
 */
export function randomString(recipe: StringRecipe): string {
  const special = recipe.overrideSpecial || specialCharacters;
  const alphabet = [
    recipe.upper ? upperCase : "",
    recipe.lower ? lowerCase : "",
    recipe.numeric ? digits : "",
    recipe.special ? special : "",
  ].join("");
  const required = [
    ...draw(upperCase, recipe.minUpper),
    ...draw(lowerCase, recipe.minLower),
    ...draw(digits, recipe.minNumeric),
    ...draw(special, recipe.minSpecial),
  ];
  return shuffled([...required, ...draw(alphabet, recipe.length - required.length)]).join("");
}

function draw(alphabet: string, count: number): string[] {
  const characters = [...alphabet];
  return Array.from({ length: count }, () => characters[randomInt(characters.length)] as string);
}

/** Fisher and Yates. */
function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
