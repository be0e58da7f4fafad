import type { Field } from "./field";

/** What rules could not judge since a preview does not know it. The engine runs a pack anew for each preview and each update. */
class Unjudged {
  private readonly all = new Map<string, { readonly field: Field; readonly rules: Set<string> }>();

  /** @param rule its name. */
  add(rule: string, field: Field): void {
    const key = `${field.owner.urn} ${field.path}`;
    const entry = this.all.get(key) ?? { field, rules: new Set() };
    entry.rules.add(rule);
    this.all.set(key, entry);
  }

  /** Every field that was not known, with the names of the rules that asked for it; forgets them. */
  take(): readonly { readonly field: Field; readonly rules: ReadonlySet<string> }[] {
    const all = [...this.all.values()];
    this.all.clear();
    return all;
  }
}

export const unjudged = new Unjudged();
