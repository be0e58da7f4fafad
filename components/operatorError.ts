import { RunError } from "@pulumi/pulumi";

/** A fault that the operator can mend. Pulumi prints its message alone. */
export class OperatorError extends RunError {
  constructor(message: string) {
    super(message);
    // Pulumi formats an error in colour before it decides to show only the message, and Node 20 spends some 15 s of that on frames
    // below node_modules.
    this.stack = message;
  }
}
