import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";

/** The least that a program with these SDKs can be: it imports them, and says so, as unused imports would not be emitted. */
export const sdks = [kubernetes, pulumi, random, tls].map((sdk) => typeof sdk);
