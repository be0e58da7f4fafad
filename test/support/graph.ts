import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { OperatorError } from "../../components/operatorError";

/** A resource as the program registered it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  readonly inputs: Record<string, unknown>;
  /** Paths of inputs that were sent as secrets, such as "stringData". */
  readonly secretPaths: readonly string[];
  /** What the provider answered, secrets unwrapped: the inputs with what it added, such as a generated name. */
  readonly state: Record<string, unknown>;
  /** What a component said of itself, secrets unwrapped; custom resources say nothing. */
  outputs?: Record<string, unknown>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly dependencies: readonly string[];
  readonly provider: string;
}

export interface Graph {
  readonly resources: readonly Registered[];
  /** The stack outputs, secrets unwrapped. */
  readonly outputs: Record<string, unknown>;
  /** Names of the stack outputs that are secret. */
  readonly secretOutputs: readonly string[];
  readonly warnings: readonly string[];
}

export interface Run {
  readonly stack?: string;
  /** The stack file's keys below `ipfs-cluster:`. */
  readonly settings: Record<string, unknown>;
  /** Secret keys, in clear. */
  readonly secrets?: Record<string, string>;
  /** Outputs of the stack's last update; absent on the first. */
  readonly previousOutputs?: Record<string, unknown>;
  readonly preview?: boolean;
  /** What to run instead of the whole program: makes resources and returns outputs. */
  readonly program?: () => Promise<Record<string, unknown>>;
}

const secretMark = "4dabf18193072939515e22adb298388d";

/** Runs the whole program (index.ts), or a part of it, against a monitor that records what it registers. Rejects with what the program throws. */
export async function runProgram(run: Run): Promise<Graph> {
  const resources: Registered[] = [];
  const warnings: string[] = [];
  const restoreWarn = pulumi.log.warn;
  // Pulumi takes a stack trace with every promise, and mapping them to TypeScript is most of a run.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  Object.assign(pulumi.log, { warn: async (message: string) => void warnings.push(message) });
  try {
    const { stack = "test", preview = false } = run;
    await pulumi.runtime.setMocks(new Provider(run), "ipfs-cluster", stack, preview, "organization");
    setConfig(run);
    record(resources);
    const program = run.program ?? (require("../../index") as NonNullable<Run["program"]>);
    const known = await settle(await program());
    await pulumi.runtime.disconnect();
    return { resources, ...known, warnings };
  } finally {
    Object.assign(pulumi.log, { warn: restoreWarn });
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function setConfig(run: Run): void {
  const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
  const entries = Object.entries({ ...run.settings, ...run.secrets }).map(([key, value]) => [
    `ipfs-cluster:${key}`,
    text(value),
  ]);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(entries),
    Object.keys(run.secrets ?? {}).map((key) => `ipfs-cluster:${key}`),
  );
}

async function settle(outputs: Record<string, unknown>): Promise<Pick<Graph, "outputs" | "secretOutputs">> {
  const values: Record<string, unknown> = {};
  const secretOutputs: string[] = [];
  for (const [name, output] of Object.entries(outputs)) {
    const wrapped = pulumi.output(output) as pulumi.Output<unknown> & {
      promise(): Promise<unknown>;
      isSecret: Promise<boolean>;
    };
    values[name] = await wrapped.promise();
    if (await wrapped.isSecret) secretOutputs.push(name);
  }
  return { outputs: values, secretOutputs };
}

// Options don't reach the mocks, so the request to the monitor is what is recorded. This is the one place that knows this internal seam.
function record(resources: Registered[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const original = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const secretPaths: string[] = [];
    const inputs = plain(request.getObject(), secretPaths);
    original(request, (error, response) => {
      resources.push({
        type: request.getType(),
        name: request.getName(),
        urn: response?.getUrn?.() ?? "",
        state: plain(response?.getObject?.()),
        parent: request.getParent(),
        inputs,
        secretPaths,
        protect: request.getProtect() ?? false,
        retainOnDelete: request.getRetainondelete() ?? false,
        ignoreChanges: request.getIgnorechangesList(),
        replaceOnChanges: request.getReplaceonchangesList(),
        deleteBeforeReplace: request.getDeletebeforereplace() ?? false,
        dependencies: request.getDependenciesList(),
        provider: request.getProvider(),
      });
      callback(error, response);
    });
  };
  const outputs = monitor.registerResourceOutputs.bind(monitor);
  monitor.registerResourceOutputs = (request, callback) => {
    const component = resources.find(({ urn }) => urn === request.getUrn());
    if (component) component.outputs = plain(request.getOutputs());
    outputs(request, callback);
  };
}

interface Monitor {
  registerResource(request: Request, callback: (error: Error | null, response?: Response) => void): void;
  registerResourceOutputs(
    request: { getUrn(): string; getOutputs(): Struct | undefined },
    callback: (error: Error | null) => void,
  ): void;
}

type Struct = { toJavaScript(): object };

interface Response {
  getUrn?(): string;
  getObject?(): Struct | undefined;
}

interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getObject(): Struct | undefined;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getDeletebeforereplace(): boolean | undefined;
  getDependenciesList(): string[];
}

function plain(struct: Struct | undefined, secretPaths: string[] = []): Record<string, unknown> {
  return unwrapSecrets(struct?.toJavaScript() ?? {}, "", secretPaths) as Record<string, unknown>;
}

function unwrapSecrets(value: unknown, path: string, found: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => unwrapSecrets(item, `${path}[${index}]`, found));
  if (typeof value !== "object" || value === null) return value;
  if (secretMark in value) {
    found.push(path);
    return unwrapSecrets((value as { value?: unknown }).value, path, found);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, unwrapSecrets(inner, path ? `${path}.${key}` : key, found)]),
  );
}

/** Answers as the random, tls and kubernetes providers would, but from the resource's name, so that runs can be compared. */
class Provider implements pulumi.runtime.Mocks {
  constructor(private readonly run: Run) {}

  call(args: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    throw new Error(`the program called ${args.token}, which no test answers`);
  }

  newResource(args: pulumi.runtime.MockResourceArgs): { id: string; state: Record<string, unknown> } {
    const inputs = args.inputs as Record<string, unknown>;
    switch (args.type) {
      case "pulumi:pulumi:StackReference":
        return { id: args.name, state: { ...inputs, outputs: this.run.previousOutputs ?? {}, secretOutputNames: [] } };
      case "random:index/randomPassword:RandomPassword":
        return this.known("none", inputs, { result: pulumi.secret(fakePassword(args.name, inputs)) });
      case "tls:index/privateKey:PrivateKey":
        return this.known(hash(args.name), inputs, fakeKey(args.name));
      case "tls:index/selfSignedCert:SelfSignedCert":
      case "tls:index/locallySignedCert:LocallySignedCert":
        return this.known(hash(args.name), inputs, { certPem: fakePem("CERTIFICATE", args.name) });
      case "tls:index/certRequest:CertRequest":
        return this.known(hash(args.name), inputs, { certRequestPem: fakePem("CERTIFICATE REQUEST", args.name) });
      default:
        return { id: args.name, state: named(args, inputs) };
    }
  }

  private known(id: string, inputs: Record<string, unknown>, outputs: Record<string, unknown>) {
    return { id, state: this.run.preview ? inputs : { ...inputs, ...outputs } };
  }
}

function named(args: pulumi.runtime.MockResourceArgs, inputs: Record<string, unknown>): Record<string, unknown> {
  const metadata = inputs.metadata as { name?: string } | undefined;
  if (!args.type.startsWith("kubernetes:") || !metadata || metadata.name) return inputs;
  const suffix = hash(JSON.stringify(inputs)).slice(0, 8);
  return { ...inputs, metadata: { ...metadata, name: `${args.name}-${suffix}` } };
}

/** The secret that the fake provider makes for a RandomPassword: recognisable, so that a test can search for it. */
export function fakePassword(name: string, inputs: Record<string, unknown>): string {
  const alphabet = inputs.overrideSpecial ? "0123456789abcdef" : "ABCDEFGHJKLMNPQR";
  return [...createHash("sha512").update(name).digest()]
    .slice(0, Number(inputs.length))
    .map((byte) => alphabet[byte % alphabet.length])
    .join("");
}

function fakeKey(name: string): Record<string, unknown> {
  const seed = createHash("sha256").update(name).digest();
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const pem = key.export({ format: "pem", type: "pkcs8" });
  return {
    privateKeyPem: pulumi.secret(pem),
    privateKeyPemPkcs8: pulumi.secret(pem),
    privateKeyOpenssh: pulumi.secret(pem),
    publicKeyPem: createPublicKey(key).export({ format: "pem", type: "spki" }),
  };
}

/** What the fake provider gives for a certificate, or the request for one: the resource's name in the armour of PEM. */
export function fakePem(label: "CERTIFICATE" | "CERTIFICATE REQUEST", name: string): string {
  return `-----BEGIN ${label}-----\n${Buffer.from(name).toString("base64")}\n-----END ${label}-----\n`;
}

function hash(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}

/** As `runProgram`, but gives back what an operator would be told where the stack is refused. */
export function runOrRefusal(options: Parameters<typeof runProgram>[0]): Promise<Graph | OperatorError> {
  return runProgram(options).catch((error) => {
    if (error instanceof OperatorError) return error;
    throw error;
  });
}
