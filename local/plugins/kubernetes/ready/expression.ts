import { isMap, type PropertyValue } from "../../protocol";
import { type KubernetesObject, listAt, numberAt, textAt } from "../objects/object";
import { type ReadinessRule, ready, waiting } from "./rule";

/** One thing that the annotation `pulumi.com/waitFor` asks for. */
interface Expression {
  readonly text: string;
  readonly holds: (object: KubernetesObject) => boolean;
}

/**
 * The rule of the annotation `pulumi.com/waitFor`: `condition=<type>[=<status>]`, `jsonpath={.path}[=<value>]`, or a JSON list of them, all of
 * which have to hold.
 *
 * @throws Error for anything else.
 */
export function ruleOfExpressions(annotation: string): ReadinessRule {
  const expressions = listOf(annotation).map(parseExpression);
  if (expressions.length === 0) throw new Error("pulumi.com/waitFor needs at least one condition");
  return {
    judge: ({ object }) => {
      const open = expressions.filter((expression) => !expression.holds(object)).map(({ text }) => text);
      return open.length === 0
        ? ready("found all of pulumi.com/waitFor")
        : waiting(`waiting for ${open.join(" and ")}`);
    },
  };
}

function listOf(annotation: string): string[] {
  try {
    const list: unknown = JSON.parse(annotation);
    if (Array.isArray(list)) return list.map(String);
  } catch {
    // A single expression is not JSON.
  }
  return [annotation];
}

function parseExpression(text: string): Expression {
  if (text.startsWith("condition=")) return conditionExpression(text, text.slice("condition=".length));
  if (text.startsWith("jsonpath=")) return pathExpression(text, text.slice("jsonpath=".length));
  throw new Error(`pulumi.com/waitFor takes condition=... or jsonpath=..., not ${JSON.stringify(text)}`);
}

function conditionExpression(text: string, expression: string): Expression {
  const [type = "", status = "true"] = expression.split("=", 2).map((part) => part.toLowerCase());
  const holds = (object: KubernetesObject) =>
    listAt(object, "status", "conditions").some(
      (condition) =>
        textAt(condition, "type").toLowerCase() === type &&
        textAt(condition, "status").toLowerCase() === status &&
        isCurrent(
          object,
          numberAt(condition, "observedGeneration") ?? numberAt(object, "status", "observedGeneration"),
        ),
    );
  return { text, holds };
}

function pathExpression(text: string, expression: string): Expression {
  const [, path = "", value] = /^\{\s*(.*?)\s*\}(?:=(.+))?$/s.exec(expression) ?? [];
  if (path === "")
    throw new Error(`pulumi.com/waitFor: ${JSON.stringify(text)} is not of the form jsonpath={.path}=value`);
  const select = parseJsonPath(path);
  const holds = (object: KubernetesObject) => {
    if (!isCurrent(object, numberAt(object, "status", "observedGeneration"))) return false;
    const [found] = select(object);
    if (found === undefined) return false;
    return value === undefined || String(found) === value;
  };
  return { text, holds };
}

function isCurrent(object: KubernetesObject, observed: number | undefined): boolean {
  return observed === undefined || observed >= (numberAt(object, "metadata", "generation") ?? 0);
}

type Selector = (value: PropertyValue) => PropertyValue[];

/** One step: `.key` or `.*`, `["key"]`, `[0]` or `[*]`, `[?@.key == "value"]`. */
const step =
  /\.([\w-]+|\*)|\[\s*(?:"([^"]*)"|'([^']*)'|(-?\d+)|(\*)|\?\(?\s*@((?:\.[\w-]+)+)\s*==\s*(?:"([^"]*)"|'([^']*)'|(\w+))\s*\)?)\s*\]/y;

/**
 * A selector for the part of JSONPath that conditions on a status need.
 *
 * @throws Error for what is beyond that part.
 */
function parseJsonPath(path: string): Selector {
  const steps: Selector[] = [];
  step.lastIndex = path.startsWith("$") ? 1 : 0;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (!found) throw new Error(`pulumi.com/waitFor: cannot read the JSONPath ${JSON.stringify(path)}`);
    const [, name, doubleQuoted, singleQuoted, index, star, filter, ...wanted] = found;
    const key = name ?? doubleQuoted ?? singleQuoted;
    if (filter !== undefined)
      steps.push(matching(filter.slice(1).split("."), wanted.find((text) => text !== undefined) ?? ""));
    else if (star !== undefined || name === "*") steps.push(children);
    else if (index !== undefined) steps.push((value) => (Array.isArray(value) ? defined(value.at(Number(index))) : []));
    else steps.push((value) => (isMap(value) ? defined(value[key ?? ""]) : []));
  }
  return (value) => steps.reduce((values, select) => values.flatMap(select), [value]);
}

const defined = (value: PropertyValue | undefined): PropertyValue[] => (value === undefined ? [] : [value]);

const children: Selector = (value) => (Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []);

function matching(keys: readonly string[], wanted: string): Selector {
  const field = (item: PropertyValue) =>
    keys.reduce<PropertyValue | undefined>((value, key) => (isMap(value) ? value[key] : undefined), item);
  return (value) => children(value).filter((item) => String(field(item)) === wanted);
}
