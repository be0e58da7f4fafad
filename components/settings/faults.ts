import { RunError } from "@pulumi/pulumi";

/** One thing wrong with a stack file. Never carries a secret's value. */
export interface Fault {
  /** Where, as `pulumi config set --path` takes it, without the namespace: `kubo.volume.size`. */
  path: string;
  /** What is there now; leave out when nothing is, or when it may be a secret. */
  value?: unknown;
  /** Why it can't be so, in words. */
  reason: string;
  /** The command or the words that mend it. */
  fix?: string;
}

/** Thrown once with every fault found, before anything is created. */
export class SettingsError extends RunError {
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

function formatFault(fault: Fault): string {
  const value = fault.value === undefined ? "" : ` ${abbreviate(JSON.stringify(fault.value))}`;
  const line = `  ipfs-cluster:${fault.path}${value}: ${fault.reason}`;
  return fault.fix ? `${line}\n    fix: ${fault.fix}` : line;
}

function abbreviate(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

/** The command that sets a value in the stack file. */
export function setCommand(path: string, value: string | number | boolean): string {
  return /[.[]/.test(path)
    ? `pulumi config set --path 'ipfs-cluster:${path}' ${value}`
    : `pulumi config set ipfs-cluster:${path} ${value}`;
}
