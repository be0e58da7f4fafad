import assert from "node:assert/strict";
import { type Fault, type PreviousStack, resolveSettings, SettingsError } from "../../../components/settings";

/** What a stack file says beside `environment: dev`, and what is known about the stack. */
export interface Case {
  readonly raw?: Record<string, unknown>;
  readonly stack?: string;
  readonly previous?: PreviousStack;
}

/** The faults of a stack file in the environment dev, and the message that shows them. */
export function refusal({ raw, stack = "test", previous }: Case): {
  faults: readonly Fault[];
  message: string;
} {
  try {
    resolveSettings({ environment: "dev", ...raw }, { stack, previous });
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return { faults: error.faults, message: error.message };
  }
  assert.fail(`accepted: ${JSON.stringify(raw)}`);
}

/** Asserts that a stack file has exactly one fault, and what the operator is told of it. */
export function assertFault(
  of: Case,
  expected: { path: string; reason: string | RegExp; fix?: string | RegExp },
): void {
  const { faults, message } = refusal(of);
  assert.equal(faults.length, 1, message);
  const [{ path, reason, fix }] = faults;
  assert.equal(path, expected.path);
  same(reason, expected.reason);
  if (expected.fix === undefined) assert.equal(fix, undefined);
  else same(fix, expected.fix);
  assert.ok(message.includes(reason) && message.includes(fix ?? "") && message.includes(path), message);
}

function same(actual: string | undefined, expected: string | RegExp): void {
  if (typeof expected === "string") assert.equal(actual, expected);
  else assert.match(actual ?? "", expected);
}
