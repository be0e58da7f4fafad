export { type IdentityBundle, type KnownIdentity, parseBundle } from "./bundle";
export { bundleOf, type PeerIdentity, type StackIdentity, stackIdentity } from "./stackIdentity";
