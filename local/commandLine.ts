import { OperatorError } from "./operatorError";

export const usage = `npm run local -- [--node NAME] COMMAND

  up [--workers N] [--with ingress]
                        start the node (default: dev), or bring it back with its data; on N machines; with an ingress controller
  down [--delete-data]  stop it; its data stays unless said otherwise
  down --worker N       stop worker N alone, from 2 on; up brings it back
  status                what runs, and where
  env                   the environment of the doors below, for a shell: eval "$(npm run -s local -- env)"
  kubectl ...           the node's kubectl
  pulumi ...            pulumi with the local backend, acting on the node`;

/** What an operator asked for. */
export type Command =
  | { readonly name: "status" | "env"; readonly node?: string }
  | { readonly name: "up"; readonly node?: string; readonly ingress: boolean; readonly workers?: number }
  | { readonly name: "down"; readonly node?: string; readonly deleteData: boolean; readonly worker?: number }
  | { readonly name: "kubectl" | "pulumi"; readonly node?: string; readonly args: readonly string[] };

const allowedOptions = new Map<string, readonly string[]>([
  ["up", ["--with", "ingress"]],
  ["down", ["--delete-data"]],
  ["status", []],
  ["env", []],
]);

/** The option of a command that is followed by a number, and the least that may be. */
const numbers = new Map<string, readonly [option: string, least: number]>([
  ["up", ["--workers", 1]],
  ["down", ["--worker", 2]],
]);

/**
 * Reads a command line. What follows a door's name is the door's alone; the other commands take their options anywhere.
 *
 * @throws OperatorError with the usage when it is not one.
 */
export function parseCommand(words: readonly string[]): Command {
  const { node, rest } = takeNode(words);
  const [name, ...all] = rest;
  if (name === "kubectl" || name === "pulumi") return { name, node, args: all };
  if (name === undefined) throw new OperatorError(usage);
  const { number, args } = takeNumber(name, all);
  const allowed = allowedOptions.get(name);
  if (!allowed) throw mistaken(`There is no command "${name}".`);
  const unknown = args.find((word) => !allowed.includes(word));
  if (unknown !== undefined) throw mistaken(`${name} has no option "${unknown}".`);
  if (name === "down") {
    const deleteData = args.includes("--delete-data");
    if (deleteData && number) throw mistaken("--worker stops one alone, whose data stays.");
    return { name, node, deleteData, worker: number };
  }
  if (name === "up") return { name, node, ingress: asksForIngress(args), workers: number };
  return { name: name as "status" | "env", node };
}

function asksForIngress(args: readonly string[]): boolean {
  if (args.length === 0) return false;
  if (args.join(" ") !== "--with ingress") throw mistaken("--with is followed by what there is: ingress.");
  return true;
}

function takeNumber(command: string, args: readonly string[]): { number?: number; args: readonly string[] } {
  const [option = "", least = 0] = numbers.get(command) ?? [];
  const at = args.indexOf(option);
  if (at < 0) return { args };
  const number = Number(args[at + 1]);
  if (!Number.isInteger(number) || number < least) throw mistaken(`${option} needs a number from ${least} on.`);
  return { number, args: args.toSpliced(at, 2) };
}

/** Takes `--node NAME` out of the words before a door's name. */
function takeNode(words: readonly string[]): { node?: string; rest: readonly string[] } {
  const door = words.findIndex((word, at) => (word === "kubectl" || word === "pulumi") && words[at - 1] !== "--node");
  const at = words.indexOf("--node");
  if (at < 0 || (door >= 0 && door < at)) return { rest: words };
  const node = words[at + 1];
  if (!node) throw mistaken("--node needs a name.");
  return { node, rest: words.toSpliced(at, 2) };
}

function mistaken(what: string): OperatorError {
  return new OperatorError(`${what}\n\n${usage}`);
}
