import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { builtInDefinitions } from "./schemas";

// Usage: kubectl get --raw /openapi/v2 | npx ts-node test/support/writeOpenApi.ts
const file = join(__dirname, "..", "fixtures", "kubernetes", "openapi.generated.json");

void text(process.stdin).then((published) =>
  writeFileSync(file, `${JSON.stringify({ definitions: builtInDefinitions(JSON.parse(published)) }, null, 1)}\n`),
);
