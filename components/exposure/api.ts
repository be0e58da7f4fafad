import { type ApiHost, apiHosts, type HttpApi, type Settings } from "../settings";

/** DNS name of an API's Service. */
export function serviceHost({ namespace, clusterDomain }: Settings, api: HttpApi): string {
  return `${api}.${namespace.name}.svc.${clusterDomain}`;
}

/** An API behind a shared proxy, and how. */
export interface HostedApi<Way extends ApiHost["way"]> {
  readonly api: HttpApi;
  readonly way: Extract<Settings["exposure"][HttpApi], { way: Way }>;
  readonly host: ApiHost;
}

/** The APIs whose way in is of that kind. */
export function hostedApis<Way extends ApiHost["way"]>(settings: Settings, way: Way): HostedApi<Way>[] {
  return apiHosts(settings).flatMap((host) => {
    if (host.use === "websocket" || host.way !== way) return [];
    return [{ api: host.use, way: settings.exposure[host.use] as HostedApi<Way>["way"], host }];
  });
}
