import type { CustomObject } from "../../../components/exposure/customObject";
import type { IngressObject } from "../../../components/exposure/ingress";

/** Where a request goes: to a Service and port, back to its sender with https, or nowhere, which is the proxy's 404. */
export type Destination = string | "redirect" | undefined;

export interface Request {
  readonly host: string;
  readonly path: string;
  /** Without TLS. */
  readonly plain?: boolean;
}

/** What a proxy understands of objects, as far as these tests ask; each kind of object after its own rules. */
export function destinationOf(objects: readonly (CustomObject | IngressObject)[], request: Request): Destination {
  const found = objects.flatMap((object) => {
    if (!("kind" in object)) return byIngress(object, request);
    if (object.kind === "HTTPRoute") return byRoute(object.spec as unknown as RouteSpec, request);
    return object.kind === "VirtualService" ? byIstio(object.spec as unknown as VirtualSpec, request) : [];
  });
  const longest = found.sort((one, other) => other.length - one.length)[0];
  return longest?.to;
}

interface Found {
  /** Of the name and the path that matched: the longest wins. */
  readonly length: number;
  readonly to: string;
}

function byIngress({ spec }: IngressObject, { host, path, plain }: Request): Found[] {
  const rules = spec.rules as unknown as IngressRule[];
  return rules.flatMap((rule) =>
    !named(rule.host, host)
      ? []
      : rule.http.paths.flatMap(({ path: prefix, backend }) =>
          bySegments(prefix, path)
            ? [
                {
                  length: rule.host.length + prefix.length,
                  to: plain ? "redirect" : `${backend.service.name}:${backend.service.port.number}`,
                },
              ]
            : [],
        ),
  );
}

interface IngressRule {
  readonly host: string;
  readonly http: {
    readonly paths: readonly {
      readonly path: string;
      readonly backend: { readonly service: { readonly name: string; readonly port: { readonly number: number } } };
    }[];
  };
}

interface RouteSpec {
  readonly parentRefs: readonly { readonly name: string; readonly sectionName?: string }[];
  readonly hostnames: readonly string[];
  readonly rules: readonly {
    readonly matches: readonly { readonly path: { readonly value: string } }[];
    readonly filters?: readonly unknown[];
    readonly backendRefs?: readonly { readonly name: string; readonly port: number }[];
  }[];
}

function byRoute({ parentRefs, hostnames, rules }: RouteSpec, { host, path, plain = false }: Request): Found[] {
  // A route without a listener's name is at all of them.
  const attached = parentRefs.some(({ sectionName }) => !sectionName || (sectionName === "http") === plain);
  const name = hostnames.find((each) => named(each, host));
  if (!attached || name === undefined) return [];
  return rules.flatMap(({ matches, filters, backendRefs }) =>
    matches.flatMap(({ path: { value } }) => {
      if (!bySegments(value, path)) return [];
      const [backend] = backendRefs ?? [];
      return [{ length: name.length + value.length, to: filters ? "redirect" : `${backend?.name}:${backend?.port}` }];
    }),
  );
}

interface VirtualSpec {
  readonly hosts: readonly string[];
  readonly http: readonly {
    readonly match: readonly {
      readonly port?: number;
      readonly uri: { readonly prefix?: string; readonly exact?: string };
    }[];
    readonly redirect?: unknown;
    readonly route?: readonly {
      readonly destination: { readonly host: string; readonly port: { readonly number: number } };
    }[];
  }[];
}

function byIstio({ hosts, http }: VirtualSpec, { host, path, plain }: Request): Found[] {
  const name = hosts.find((each) => named(each, host));
  if (name === undefined) return [];
  return http.flatMap(({ match, redirect, route }) =>
    match.flatMap(({ port, uri }) => {
      const here = port === undefined || port === (plain ? 80 : 443);
      const fits = uri.exact === path || (uri.prefix !== undefined && path.startsWith(uri.prefix));
      if (!here || !fits) return [];
      const service = `${route?.[0].destination.host.split(".")[0]}:${route?.[0].destination.port.number}`;
      return [{ length: name.length + (uri.exact ?? uri.prefix ?? "").length, to: redirect ? "redirect" : service }];
    }),
  );
}

function named(pattern: string, host: string): boolean {
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : pattern === host;
}

function bySegments(prefix: string, path: string): boolean {
  return prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
}
