import { spawnSync } from "node:child_process";
import { checkout } from "./paths";
import { buildModules } from "./toolchain/build";
import { workflowModules } from "./toolchain/modules";

/** `npm run lint:workflows`: what actionlint says of .github/workflows. It is built the first time, in seconds. */
async function main(): Promise<void> {
  const { programs } = await buildModules(workflowModules, (line) => console.error(line));
  // It asks these two only where the machine has them, and the machine must not decide the outcome.
  const options = ["-shellcheck=", "-pyflakes="];
  process.exitCode = spawnSync(programs.actionlint, options, { cwd: checkout, stdio: "inherit" }).status ?? 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
