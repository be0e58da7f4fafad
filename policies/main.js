// What Pulumi starts. Pulumi would check the types of all this with every start, which takes longer than a preview; `npm test` does that.
const { readFileSync } = require("node:fs");
const { transformSync } = require("@swc/core");

const options = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
  swcrc: false,
};
require.extensions[".ts"] = (module, filename) => {
  module._compile(transformSync(readFileSync(filename, "utf8"), { ...options, filename }).code, filename);
};

const { PolicyPack } = require("@pulumi/policy");
const { policies } = require("./index");

new PolicyPack("ipfs-cluster", { policies }, require("./config.json"));
