import { OperatorError } from "../operatorError";

/** One thing wrong with a stack file. */
export interface Fault {
  /** Where, as `pulumi config set --path` takes it, without the namespace: `kubo.volume.size`. Empty: the stack itself. */
  path: string;
  /** What is there now; leave out when nothing is, or when it may be a secret. */
  value?: unknown;
  /** Why it can't be so, in words. */
  reason: string;
  /** The command or the words that mend it. */
  fix?: string;
}

/** Thrown once with every fault found, before anything is created. */
export class SettingsError extends OperatorError {
  constructor(
    stack: string,
    readonly faults: readonly Fault[],
  ) {
    super(formatFaults(stack, faults));
  }
}

/** All faults as one message, a line each and the fix below it. */
export function formatFaults(stack: string, faults: readonly Fault[]): string {
  const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
  return [`The settings of stack ${stack} have ${count}; nothing was changed.`, ...faults.map(formatFault)].join("\n");
}

function formatFault({ path, value, reason, fix }: Fault): string {
  const place = path === "" ? "  the stack" : `  ipfs-cluster:${path}`;
  const line = `${place}${value === undefined ? "" : ` ${display(value)}`}: ${reason}`;
  return fix ? `${line}\n    fix: ${fix}` : line;
}

/** A value as it may be shown. Keys, tokens and secrets end up in the wrong place; a long run of letters and digits is taken for one. */
function display(value: unknown): string {
  const text = JSON.stringify(value).replace(/[\w+/=-]{24,}/g, (run) =>
    /\d/.test(run) ? `<${run.length} characters>` : run,
  );
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** The command that sets a value in the stack file. */
export function setCommand(path: string, value: string | number | boolean): string {
  return /[.[]/.test(path)
    ? `pulumi config set --path ${quoted(`ipfs-cluster:${path}`)} ${value}`
    : `pulumi config set ipfs-cluster:${path} ${value}`;
}

/** The command that takes a key out of the stack file. */
export function removeCommand(path: string): string {
  return `pulumi config rm --path ${quoted(`ipfs-cluster:${path}`)}`;
}

/** As a shell takes it for one word, whatever is in it: a path has the stack file's own keys. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
