import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import { type EngineEvent, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";

/** What an operation did: how many resources it created, updated, ... and each step in order, such as `create ConfigMap settings`. */
export interface Outcome {
  readonly changes: Readonly<Record<string, number>>;
  readonly steps: readonly string[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly initErrors?: readonly string[];
}

/** A stack in a backend of its own, whose program is given anew with each operation. */
export class TestStack {
  private constructor(
    readonly name: string,
    private readonly stack: Stack,
    private readonly directory: string,
  ) {}

  static async create(name: string, environment: Readonly<Record<string, string>>): Promise<TestStack> {
    const directory = await mkdtemp(join(tmpdir(), "pulumi-state-"));
    const envVars = { ...environment, PULUMI_BACKEND_URL: `file://${directory}` };
    const program = async () => undefined;
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "test", program },
      { envVars },
    );
    return new TestStack(name, stack, directory);
  }

  async up(program: PulumiFn): Promise<Outcome> {
    const events: EngineEvent[] = [];
    const { outputs } = await connected(() => {
      events.length = 0;
      return this.stack.up({ program, onEvent: (event) => events.push(event) });
    });
    return outcome(events, Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value])));
  }

  /** The error that an update fails with. */
  async failingUp(program: PulumiFn): Promise<string> {
    try {
      await this.up(program);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("the update succeeded");
  }

  async preview(program: PulumiFn): Promise<Outcome> {
    const events: EngineEvent[] = [];
    await connected(() => {
      events.length = 0;
      return this.stack.preview({ program, onEvent: (event) => events.push(event) });
    });
    return outcome(events, {});
  }

  async refresh(): Promise<Outcome> {
    const events: EngineEvent[] = [];
    await this.stack.refresh({ onEvent: (event) => events.push(event) });
    return outcome(events, {});
  }

  async destroy(): Promise<void> {
    await this.stack.destroy();
  }

  /** The state as it is on the disk. */
  async state(): Promise<{ text: string; resources: readonly StoredResource[] }> {
    const text = await readFile(join(this.directory, ".pulumi", "stacks", "test", `${this.name}.json`), "utf8");
    return { text, resources: JSON.parse(text).checkpoint.latest.resources };
  }

  /** Destroys what there is and forgets the stack. */
  async dispose(): Promise<void> {
    await this.destroy();
    await rm(this.directory, { recursive: true });
  }
}

/**
 * Programs run in this very process, whose gRPC library remembers of an address for a while that nobody answers there any more. When an engine
 * is given the port of an earlier one, the program fails before it has begun; another engine has another port.
 */
async function connected<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!/14 UNAVAILABLE: No connection established. Last error: null/.test((error as Error).message)) throw error;
    return operation();
  }
}

function outcome(events: readonly EngineEvent[], outputs: Record<string, unknown>): Outcome {
  const changes = events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {};
  const steps = events.flatMap(({ resourcePreEvent }) => {
    const { op, urn, type } = resourcePreEvent?.metadata ?? { op: "same", urn: "", type: "" };
    return op === "same" || type.startsWith("pulumi:")
      ? []
      : [`${op} ${type.split(":").at(-1)} ${urn.split("::").at(-1)}`];
  });
  return { changes: { ...changes }, steps, outputs };
}
