/** The resource that a field is of. */
export interface Owner {
  readonly urn: string;
  /** Kind, namespace and name, as people write them: `Service ipfs-dev/rest`. */
  readonly title: string;
  /** Whether it says a part of an object only. */
  readonly isPatch?: boolean;
}

const unknown = Symbol("unknown");

/**
 * A place in a resource's properties, and what stands there, which may be nothing. What a preview does not know yet is neither equal to
 * anything nor missing; that it was looked at is noted, so that nobody takes the rule's silence for a verdict.
 */
export class Field {
  private constructor(
    readonly owner: Owner,
    /** Such as `spec.ports[0].targetPort`. */
    readonly path: string,
    private readonly found: unknown,
    private readonly unknowns: Field[],
    /** Whether it was made of another value, such as a file's text. */
    private readonly isMade = false,
  ) {}

  /** All properties of a resource, as the policy SDK gives them. @param unknowns is added to. */
  static of(owner: Owner, properties: unknown, unknowns: Field[]): Field {
    return new Field(owner, "", properties, unknowns);
  }

  /** The place that is reached through these keys and indices. */
  at(...keys: readonly (string | number)[]): Field {
    return keys.reduce<Field>((field, key) => field.child(key), this);
  }

  /** The text that stands here; undefined if something else does. */
  get text(): string | undefined {
    const value = this.known();
    return typeof value === "string" ? value : undefined;
  }

  /** The number that stands here; undefined if something else does. */
  get number(): number | undefined {
    const value = this.known();
    return typeof value === "number" ? value : undefined;
  }

  /** Whether it is known what stands here. */
  get isKnown(): boolean {
    if (this.found !== unknown) return true;
    this.unknowns.push(this);
    return false;
  }

  /** Whether this very value stands here. */
  is(value: string | number | boolean): boolean {
    return this.known() === value;
  }

  /** Whether something else than this value stands here, or nothing. */
  isNot(value: string | number | boolean): boolean {
    return this.isKnown && this.found !== value;
  }

  /** Whether nothing stands here: neither a value, nor anything in a list, object or text. */
  get missing(): boolean {
    if (!this.isKnown) return false;
    if (this.found === undefined || this.found === null || this.found === "") return true;
    return typeof this.found === "object" && Object.keys(this.found).length === 0;
  }

  /** Whether this is up to the object that a patch is for. What is in a file of it is not: a patch has whole files. */
  get isUnsaid(): boolean {
    return this.owner.isPatch === true && !this.isMade && this.found === undefined;
  }

  /** What is in the list that stands here. */
  get items(): readonly Field[] {
    const value = this.known();
    return Array.isArray(value) ? Array.from({ length: value.length }, (_, index) => this.child(index)) : [];
  }

  /** What is in the object that stands here, by key. */
  get entries(): readonly (readonly [string, Field])[] {
    const value = this.known();
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.keys(value).map((key) => [key, this.child(key)]);
  }

  /** This field and all below it. */
  *all(): Generator<Field> {
    yield this;
    for (const inner of [...this.items, ...this.entries.map(([, field]) => field)]) yield* inner.all();
  }

  /** The object whose JSON stands here as text; nothing if it is none. */
  parsed(): Field {
    let value: unknown;
    try {
      value = JSON.parse(this.text ?? "null");
    } catch {
      // Rules are about what is in JSON; whether it is JSON is for others to judge.
    }
    return this.with(value);
  }

  /** The text whose base64 stands here. */
  decoded(): Field {
    const { text } = this;
    return this.with(text === undefined ? undefined : Buffer.from(text, "base64").toString());
  }

  /** This place with another value, which was made of the one that stands here. */
  with(value: unknown): Field {
    return new Field(this.owner, this.path, value, this.unknowns, true);
  }

  private child(key: string | number): Field {
    // What is in something unknown is not known by a name of its own.
    if (this.found === unknown) return this;
    return new Field(this.owner, join(this.path, key), this.read(key), this.unknowns, this.isMade);
  }

  private read(key: string | number): unknown {
    if (typeof this.found !== "object" || this.found === null) return undefined;
    try {
      return (this.found as Record<string | number, unknown>)[key];
    } catch {
      // The SDK's way to say so; nothing else is thrown by reading a property.
      return unknown;
    }
  }

  private known(): unknown {
    return this.isKnown ? this.found : undefined;
  }
}

function join(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  if (!/^[\w-]+$/.test(key)) return `${path}["${key}"]`;
  return path ? `${path}.${key}` : key;
}
