export { type IdentityBundle, parseBundle } from "./bundle";
export { bundleOf, type PeerIdentity, type StackIdentity, stackIdentity } from "./stackIdentity";
