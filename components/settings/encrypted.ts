import { type Fault, removeCommand } from "./faults";
import { formatPath, type Path } from "./issues";

/** A value that was set with `--secret`, as a stack file has it. */
interface Encrypted {
  readonly secure: string;
}

/** In the place of a group of which Pulumi tells that something in it was set with `--secret`, but not what. */
export const partlyEncrypted: Encrypted = { secure: "" };

/** In the place of a value that was set with `--secret`, where it is known in clear. */
export const encrypted: Encrypted = { secure: "encrypted" };

/** Where settings are encrypted, and whether all of what is there is. */
export interface EncryptedAt {
  readonly path: Path;
  readonly partly: boolean;
}

/** The encrypted values in a stack file's settings. */
export function encryptedIn(value: unknown, path: Path = []): EncryptedAt[] {
  if (typeof value !== "object" || value === null) return [];
  if (path.length > 0 && isEncrypted(value)) return [{ path, partly: value.secure === partlyEncrypted.secure }];
  return Object.entries(value).flatMap(([key, inner]) =>
    encryptedIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Settings end up in the state and in Kubernetes' objects as they are: who has set one with `--secret` is told, rather than deceived. */
export function encryptedFault({ path: at, partly }: EncryptedAt): Fault {
  const path = formatPath(at);
  const would = "would be in clear in the state, and for whoever may read pods";
  const none = "set it without --secret if it is none (docs/secrets.md)";
  return partly
    ? {
        path,
        reason: `something in it was set with --secret, and ${would}`,
        fix: `npm run check -- <stack> names it: remove it, or ${none}`,
      }
    : { path, reason: `it was set with --secret, and ${would}`, fix: `${removeCommand(path)}, or ${none}` };
}

function isEncrypted(value: object): value is Encrypted {
  const { secure } = value as Partial<Encrypted>;
  return typeof secure === "string" && Object.keys(value).length === 1;
}
