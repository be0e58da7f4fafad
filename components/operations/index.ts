export { type Commands, commands } from "./commands";
export { topUpConfig, topUpJob, topUpSpec } from "./topUp";
