// What Pulumi starts. Its own compiler checks types anew with every start, which takes seconds; this one leaves that to `npm test`.
delete require.extensions[".ts"];
require("ts-node").register({ cwd: require("node:path").join(__dirname, "..") });
const { PolicyPack } = require("@pulumi/policy");
const { policies } = require("./index");

new PolicyPack("ipfs-cluster", { policies }, require("./config.json"));
