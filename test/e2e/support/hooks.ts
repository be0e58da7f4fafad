import { buildModules } from "../../../local/toolchain/build";
import { ingressModules, lintModules, modules, olderKuboModules } from "../../../local/toolchain/modules";
import { everything, shared } from "./shared";

/** Builds, before the first test, what tests run: on a machine that has not built it yet that takes longer than any test may. */
export async function mochaGlobalSetup(): Promise<void> {
  const all = [...modules, ...ingressModules, ...lintModules, ...(everything ? olderKuboModules : [])];
  await buildModules(all, (line) => console.error(line));
}

/** Takes down, after the last test, what the tests shared. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context) {
    this.timeout(120_000);
    await shared.release();
  },
};
