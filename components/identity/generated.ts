import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import { libp2pPrivateKeyOfPem, peerIdOfPublicPem } from "./peerKey";

type Options = pulumi.CustomResourceOptions;

/**
 * A resource for each generation of a value, and the latest of them. The earlier ones stay in the state, encrypted: what is protected can't
 * be deleted, and so only the latest one is.
 */
function latest<R>(name: string, generation: number, options: Options, make: (name: string, options: Options) => R): R {
  for (let earlier = 1; earlier < generation; earlier++) {
    make(named(name, earlier), { ...options, protect: false });
  }
  return make(named(name, generation), options);
}

function named(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-${generation}`;
}

/** A pre-shared key: 64 hex digits. Secret. */
export function generatedPsk(name: string, generation: number, options: Options): pulumi.Output<string> {
  // RandomBytes and RandomId would show the value in the resource's id; a password over the hex alphabet has the same 256 bits.
  const args = { length: 64, upper: false, lower: false, numeric: true, special: true, overrideSpecial: "abcdef" };
  return latest(name, generation, options, (each, own) => new random.RandomPassword(each, args, own)).result;
}

/** A password, and the one of the generation before. Secret. */
export function generatedPasswords(
  name: string,
  generation: number,
  options: Options,
): { password: pulumi.Output<string>; previous?: pulumi.Output<string> } {
  // No ":" and ",": ipfs-cluster splits credentials on them.
  const made: random.RandomPassword[] = [];
  const make = (each: string, own: Options) =>
    made.push(new random.RandomPassword(each, { length: 32, special: false }, own));
  latest(name, generation, options, make);
  const [password, previous] = made.reverse();
  return { password: password.result, previous: previous?.result };
}

/** An Ed25519 key as a peer has it. */
export function generatedKey(
  name: string,
  generation: number,
  options: Options,
): { id: pulumi.Output<string>; privateKey: pulumi.Output<string> } {
  const key = latest(name, generation, options, (each, own) => new tls.PrivateKey(each, { algorithm: "ED25519" }, own));
  return {
    id: key.publicKeyPem.apply(peerIdOfPublicPem),
    privateKey: pulumi.secret(key.privateKeyPemPkcs8.apply(libp2pPrivateKeyOfPem)),
  };
}
