import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { chmod, chown, copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { locked } from "../lock";
import { cacheDirectory } from "../paths";
import { run } from "../run";
import type { Built, Report, Tools } from "./build";
import { ingressModules, modules, olderKuboModules, pinnedVersions, traefikModule } from "./modules";

/** A container image as a docker-archive. */
export interface Image {
  /** The name that pods use. */
  readonly reference: string;
  readonly archive: string;
  /** Changes whenever anything in the image does. */
  readonly key: string;
}

/** The images of the embedded cluster by what they are for; the names are those of the real images. */
export interface Images {
  readonly kubo: Image;
  readonly ipfsCluster: Image;
  readonly coredns: Image;
  readonly pause: Image;
  readonly node: Image;
}

/** Absolute path of each program and library. */
type Programs = Readonly<Record<string, string>>;

interface Recipe {
  readonly reference: string;
  /** Where each program goes. */
  readonly programs: Readonly<Record<string, string>>;
  readonly config: { readonly Entrypoint?: readonly string[]; readonly Env?: readonly string[] };
  /** Folders of the image's user. */
  readonly directories: readonly string[];
}

/**
 * Puts images together from the toolchain's programs: what the real ones have and pods rely on (names, paths, user, environment, a shell
 * with the usual applets, CA certificates), without their entrypoint scripts.
 */
export async function buildImages({ programs }: Tools, report: Report): Promise<Images> {
  const node = await nodeFiles();
  return assemble({ ...recipes(), node: nodeRecipe(node) }, { ...programs, ...node }, report);
}

/** The image of the ingress controller. */
export async function buildIngressImage({ programs }: Built<"traefik">, report: Report): Promise<Image> {
  return (await assemble({ traefik: traefikRecipe() }, programs, report)).traefik;
}

/** The image of the older kubo. */
export async function buildOlderKuboImage({ programs }: Built<"ipfs">, report: Report): Promise<Image> {
  const [{ name }] = olderKuboModules;
  return (await assemble({ [name]: kuboRecipe(name) }, programs, report))[name];
}

async function assemble<Name extends string>(
  recipes: Readonly<Record<Name, Recipe>>,
  tools: Programs,
  report: Report,
): Promise<Record<Name, Image>> {
  const baseKey = digest(users, groups, await readFile(busybox), await readFile(certificates));
  const built = Object.entries<Recipe>(recipes).map(async ([name, recipe]) => {
    const programs = Object.keys(recipe.programs).map((program) => tools[program]);
    const key = digest(baseKey, JSON.stringify(recipe), ...programs).slice(0, 16);
    const image: Image = { reference: recipe.reference, archive: join(imagesDirectory, `${name}-${key}.tar`), key };
    return [name, recipe, image] as const;
  });
  const images = await Promise.all(built);
  if (images.some(([, , { archive }]) => !existsSync(archive))) {
    await locked("images", async () => {
      await rm(buildingDirectory, { recursive: true, force: true });
      const layer = await baseLayer();
      for (const [, recipe, image] of images.filter(([, , { archive }]) => !existsSync(archive))) {
        await build(recipe, image, layer, tools);
        report(`image ${recipe.reference}`);
      }
      await rm(buildingDirectory, { recursive: true, force: true });
    });
  }
  return Object.fromEntries(images.map(([name, , image]) => [name, image])) as Record<Name, Image>;
}

/** The names that the images have, most as their go.mod files pin them. */
export function imageReferences(): Record<keyof Images, string> {
  const references = Object.entries({ ...recipes(), node: nodeRecipe({}) }).map(([name, { reference }]) => [
    name,
    reference,
  ]);
  return Object.fromEntries(references) as Record<keyof Images, string>;
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function traefikRecipe(): Recipe {
  return {
    // What `docker.io/traefik` and `traefik` are short for.
    reference: `docker.io/library/traefik:${version("traefik", traefikModule)}`,
    programs: { traefik: "/traefik" },
    config: { Entrypoint: ["/traefik"], Env: [path] },
    directories: [],
  };
}

function version(name: string, path: string): string {
  const module = [...modules, ...ingressModules, ...olderKuboModules].find((candidate) => candidate.name === name);
  if (!module) throw new Error(`no module ${name}`);
  return pinnedVersions(module)(path);
}

/** This machine's own Node, and the libraries that it is linked with. */
async function nodeFiles(): Promise<Programs> {
  const linked = await run("ldd", [process.execPath]);
  const libraries = [...linked.matchAll(/(?:=>)?\s+(\/\S+) \(0x/g)].map(([, path]) => [path, path]);
  return { node: process.execPath, ...Object.fromEntries(libraries) };
}

/** Node under the name of the image that jobs run in; whatever its version here, which the image says. */
function nodeRecipe(files: Programs): Recipe {
  const paths = Object.keys(files).map((name) => [name, name === "node" ? "/usr/local/bin/node" : name]);
  return {
    reference: "docker.io/library/node:24.21.0-alpine",
    programs: Object.fromEntries(paths),
    config: { Env: [path, `NODE_VERSION=${process.versions.node}`] },
    directories: [],
  };
}

/** @param module the name of the one that pins its version. */
function kuboRecipe(module: string): Recipe {
  return {
    reference: `docker.io/ipfs/kubo:${version(module, "github.com/ipfs/kubo")}`,
    programs: { ipfs: "/usr/local/bin/ipfs" },
    config: { Env: [path, "IPFS_PATH=/data/ipfs"] },
    directories: ["/data", "/data/ipfs"],
  };
}

function recipes(): Record<Exclude<keyof Images, "node">, Recipe> {
  return {
    kubo: kuboRecipe("kubo"),
    ipfsCluster: {
      reference: `docker.io/ipfs/ipfs-cluster:${version("ipfs-cluster", "github.com/ipfs-cluster/ipfs-cluster")}`,
      programs: {
        "ipfs-cluster-service": "/usr/local/bin/ipfs-cluster-service",
        "ipfs-cluster-ctl": "/usr/local/bin/ipfs-cluster-ctl",
      },
      config: { Env: [path, "IPFS_CLUSTER_PATH=/data/ipfs-cluster", "IPFS_CLUSTER_CONSENSUS=crdt"] },
      directories: ["/data", "/data/ipfs-cluster"],
    },
    coredns: {
      reference: `registry.k8s.io/coredns/coredns:${version("coredns", "github.com/coredns/coredns")}`,
      programs: { coredns: "/coredns" },
      config: { Entrypoint: ["/coredns"], Env: [path] },
      directories: [],
    },
    pause: {
      reference: "registry.k8s.io/pause:3.10",
      programs: {},
      config: { Entrypoint: ["/bin/busybox", "sleep", "2147483647"], Env: [path] },
      directories: [],
    },
  };
}

const imagesDirectory = join(cacheDirectory, "images");
const buildingDirectory = join(imagesDirectory, "building");
const busybox = "/bin/busybox";
const certificates = "/etc/ssl/certs/ca-certificates.crt";
const user = { uid: 1000, gid: 100 };
const users = `root:x:0:0:root:/root:/bin/sh\nipfs:x:${user.uid}:${user.gid}:ipfs:/data:/bin/sh\n`;
const groups = `root:x:0:\nusers:x:${user.gid}:\n`;
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: "amd64", arm64: "arm64" };

interface Layer {
  readonly file: string;
  readonly diffId: string;
}

async function baseLayer(): Promise<Layer> {
  const root = join(buildingDirectory, "base");
  for (const directory of ["bin", "sbin", "usr/bin", "usr/local/bin", "etc/ssl/certs", "proc", "sys", "dev", "root"]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  await copyFile(busybox, join(root, busybox));
  await copyFile(certificates, join(root, certificates));
  await writeFile(join(root, "etc/passwd"), users);
  await writeFile(join(root, "etc/group"), groups);
  const applets = (await run(busybox, ["--list"])).split("\n").filter((applet) => applet && applet !== "busybox");
  for (const applet of applets) await symlink("busybox", join(root, "bin", applet));
  return layer(root, "base");
}

async function build(recipe: Recipe, image: Image, base: Layer, tools: Programs): Promise<void> {
  const root = join(buildingDirectory, "root");
  await rm(root, { recursive: true, force: true });
  await mkdir(root);
  for (const [program, path] of Object.entries(recipe.programs)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(tools[program], join(root, path));
  }
  for (const directory of recipe.directories) {
    await mkdir(join(root, directory));
    await chown(join(root, directory), user.uid, user.gid);
  }
  const layers = [base, await layer(root, "own")];
  const config = {
    architecture: architectures[process.arch],
    os: "linux",
    config: recipe.config,
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  };
  const manifest = [
    { Config: "config.json", RepoTags: [recipe.reference], Layers: layers.map(({ file }) => `${file}.tar`) },
  ];
  await writeFile(join(buildingDirectory, "config.json"), JSON.stringify(config));
  await writeFile(join(buildingDirectory, "manifest.json"), JSON.stringify(manifest));
  const archive = join(buildingDirectory, "image");
  const files = ["manifest.json", "config.json", ...manifest[0].Layers];
  await run("tar", ["-C", buildingDirectory, "-cf", archive, ...files]);
  await rename(archive, image.archive);
}

/** Packs a folder so that the same contents always give the same bytes. */
async function layer(root: string, name: string): Promise<Layer> {
  const archive = join(buildingDirectory, `${name}.tar`);
  await run("tar", ["--sort=name", "--numeric-owner", "--mtime=@0", "-C", root, "-cf", archive, "."]);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(archive)) hash.update(chunk as Buffer);
  return { file: name, diffId: `sha256:${hash.digest("hex")}` };
}

function digest(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex");
}
