import path from "node:path";
import { z } from "zod";
import { configPrefix } from "./read";
import { settingsSchema } from "./schema";

/** Where the schema is kept; stack files name it in their first line (`# yaml-language-server: $schema=...`). */
export const schemaFile = path.join(__dirname, "..", "..", "stack.schema.json");

/** A value as `pulumi config set --secret` writes it. */
const encrypted = {
  type: "object",
  properties: { secure: { type: "string" } },
  required: ["secure"],
  additionalProperties: false,
};

/** JSON Schema of a stack file, as text. */
export function editorSchema(): string {
  const { properties, description, $defs } = z.toJSONSchema(settingsSchema, { io: "input" });
  const prefixed = Object.entries(properties ?? {}).map(([key, schema]) => [`${configPrefix}:${key}`, schema]);
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Stack file of the IPFS Cluster program",
    description,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          ...Object.fromEntries(prefixed),
          [`${configPrefix}:identity`]: {
            description: "secrets (docs/secrets.md), whole or by part; set with pulumi config set --secret",
            anyOf: [
              encrypted,
              {
                type: "object",
                additionalProperties: { anyOf: [encrypted, { type: "array", items: encrypted }] },
              },
            ],
          },
        },
        required: [`${configPrefix}:environment`],
        // Keys of other namespaces (kubernetes:, pulumi:) are Pulumi's own business.
        patternProperties: { [`^(?!${configPrefix}:)`]: {} },
        additionalProperties: false,
      },
    },
    required: ["config"],
    $defs,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
