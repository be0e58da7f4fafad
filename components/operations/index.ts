export { type Commands, commands } from "./commands";
