import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Translates the plugins to JavaScript, as each start of a plugin through ts-node would take half a second longer. Does nothing if the
 * sources have not changed since. The result stays inside the checkout, where node finds the packages that the plugins import.
 *
 * @param sources the folder with the TypeScript files.
 * @param output the folder that keeps a subfolder for each state of the sources.
 * @returns that subfolder.
 */
export async function translated(sources: string, output: string): Promise<string> {
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .map((file) => ({ file, text: readFileSync(join(sources, file), "utf8") }));
  const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
  const target = join(output, hash);
  if (existsSync(target)) return target;

  const ts = await import("typescript");
  const draft = `${target}.${process.pid}`;
  for (const { file, text } of files) {
    const { outputText } = ts.transpileModule(text, {
      fileName: file,
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    const path = join(draft, file.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, outputText);
  }
  try {
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true });
    if (!existsSync(target)) throw error; // another process was quicker
  }
  return target;
}
