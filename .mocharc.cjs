module.exports = {
  require: ["ts-node/register"],
  spec: ["test/**/*.test.ts"],
  ignore: ["test/e2e/**"],
  timeout: 20_000,
  // Processes of their own are not told of `--all`, by which some tests try more.
  parallel: !process.argv.includes("--all"),
  jobs: 2,
};
