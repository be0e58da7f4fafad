import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** Where stand-ins are. */
export interface StandIns {
  /** A folder that has them and nothing else. */
  readonly home: string;
  /** A search path by which they are found before all others. */
  readonly PATH: string;
}

/** Works with scripts that stand in for programs of their names; what they or the work leave in the folder goes with it. */
export function withStandIns<T>(scripts: Readonly<Record<string, string>>, work: (standIns: StandIns) => T): T {
  const home = mkdtempSync(path.join(tmpdir(), "stand-ins-"));
  try {
    for (const [program, script] of Object.entries(scripts))
      writeFileSync(path.join(home, program), script, { mode: 0o755 });
    return work({ home, PATH: `${home}:${process.env.PATH}` });
  } finally {
    rmSync(home, { recursive: true });
  }
}

/** A script that writes the words it is given to the file `words` beside it, each ended by a NUL. */
export const repeats = '#!/bin/sh\nfor word; do printf \'%s\\0\' "$word"; done >"${0%/*}/words"\n';
