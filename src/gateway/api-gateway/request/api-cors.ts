import type { CorsSettings, PublishedApi } from "../../../core/index.ts";
import { corsPluginOf } from "../access/plugin-settings.ts";

/** What pages of other origins may do with an API. */
export type ApiCors = CorsSettings;

/** By its plugin, or its switch. Null: they get no help from the gateway. */
export function corsOf({ plugins, allowsCors }: Pick<PublishedApi, "plugins" | "allowsCors">): ApiCors | null {
  const plugin = corsPluginOf(plugins);
  if (plugin === null) return allowsCors ? everybody : null;
  return {
    origins: plugin.allow_origin,
    methods: plugin.allow_methods,
    headers: plugin.allow_headers,
    exposeHeaders: plugin.expose_headers,
    maxAgeS: plugin.max_age,
    allowsCredentials: plugin.allow_credentials,
  };
}

/** `EnableCORS`: every origin, without its credentials, which a browser gives to nobody whose answer says `*`. */
const everybody: ApiCors = {
  origins: ["*"],
  methods: ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"],
  headers: ["*"],
  exposeHeaders: ["*"],
  maxAgeS: 0,
  allowsCredentials: false,
};
