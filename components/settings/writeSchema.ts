import { writeFileSync } from "node:fs";
import { editorSchema, schemaFile } from "./editorSchema";

/** `npm run schema`: writes the JSON Schema that editors complete and check stack files with. */
writeFileSync(schemaFile, editorSchema());
