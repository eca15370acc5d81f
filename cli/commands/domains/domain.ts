import { Command } from "commander";
import type { DomainInfo } from "../../../sdk/src/index.ts";
import { failed } from "../../failure.ts";
import { functionOrigins } from "../../installation/hosts.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { askYesNo } from "../../terminal/questions.ts";
import { table } from "../../terminal/table.ts";
import { putDomain, type PutOptions } from "./put-domain.ts";
import { certificateOf, describeDomain, targetOf } from "./domain-text.ts";

interface RemoveOptions extends CommonOptions {
  readonly path?: string;
  readonly yes?: boolean;
}

export function addDomain(program: Command, signal: AbortSignal): void {
  const command = new Command("domain").description("Domains of your own, which lead to functions by path");
  const list = newCommand("list", "Lists the custom domains", ["domain list", "domain list --json"]);
  command.addCommand(list.action((options: CommonOptions) => sayDomains(newSession(options, signal))));
  command.addCommand(newPut(signal));
  const info = newCommand("info", "Says where a domain leads, and how its certificate is", [
    "domain info shop.example.com",
  ]);
  info
    .argument("<domain>", "the domain")
    .action((domain: string, options: CommonOptions) => sayDomain(domain, newSession(options, signal)));
  command.addCommand(info);
  const remove = newCommand("remove", "Removes a domain, or one path of it", [
    "domain remove shop.example.com",
    "domain remove shop.example.com --path '/api/*'",
  ]);
  remove
    .argument("<domain>", "the domain")
    .option("--path <path>", "this path alone")
    .option("-y, --yes", "do not ask")
    .action((domain: string, options: RemoveOptions) => removeDomain(domain, options, newSession(options, signal)));
  command.addCommand(remove);
  program.addCommand(command);
}

function newPut(signal: AbortSignal): Command {
  return newCommand("add", "Makes a domain lead to a function; of one that is there, changes what is given", [
    "domain add shop.example.com --function site",
    "domain add shop.example.com --function orders --path '/api/*' --qualifier stable",
    "domain add shop.example.com --protocol 'HTTP&HTTPS' --certificate AbCd1234",
  ])
    .argument("<domain>", "the domain; its DNS has to lead to the server")
    .option("-f, --function <name>", "HTTP function or service that answers; required for a new domain")
    .option("-n, --namespace <name>", "namespace of the function (default: default)")
    .option("-q, --qualifier <version>", "this version or alias of it (default: $DEFAULT)")
    .option("--path <path>", "paths that lead there: /a, or /a/* with all below (default: /*)")
    .option("--protocol <protocol>", "HTTP, HTTPS or 'HTTP&HTTPS' (default: HTTP; HTTPS with --certificate)")
    .option("--certificate <id>", "its certificate, of `gust certificate list`; where the server uses ACME, not needed")
    .action((domain: string, options: PutOptions) => putDomain(domain, options, newSession(options, signal)));
}

const pageSize = 100;

async function sayDomains({ terminal, connect, signal }: Session): Promise<void> {
  const { client } = await connect();
  const domains = await terminal.during("Reading the domains", async () => {
    const listed: DomainInfo[] = [];
    for (;;) {
      const page = { Offset: listed.length, Limit: pageSize };
      const { Domains: found, Total: total } = await client.request("ListCustomDomains", page, { signal });
      listed.push(...found);
      if (found.length === 0 || listed.length >= total) return listed;
    }
  });
  terminal.result({ domains }, () => {
    if (domains.length === 0) return "No custom domains yet. `gust domain add DOMAIN --function NAME` makes one.";
    const { style } = terminal;
    const head = ["DOMAIN", "PROTOCOL", "CERTIFICATE", "LEADS TO"].map((it) => style.dim(it));
    const rows = domains.map((it) => [
      style.bold(it.Domain),
      it.Protocol,
      it.Protocol === "HTTP" ? "" : it.CertConfig.CertificateId || "by ACME",
      it.EndpointsConfig.map((endpoint) => `${endpoint.PathMatch} ${targetOf(endpoint)}`).join(", "),
    ]);
    return table([head, ...rows]);
  });
}

async function sayDomain(name: string, session: Session): Promise<void> {
  const { terminal, connect, signal } = session;
  const installation = await connect();
  const { client } = installation;
  const origins = await functionOrigins(installation, signal);
  const { domain, certificate } = await terminal.during(`Reading ${name}`, async () => {
    const found = await client.request("GetCustomDomain", { Domain: name }, { signal });
    return { domain: found, certificate: await certificateOf(found, client, signal) };
  });
  terminal.result({ domain, certificate }, () => {
    const { style } = terminal;
    return `${style.bold(domain.Domain)}\n${describeDomain(domain, { certificate, origins, style })}`;
  });
}

async function removeDomain(name: string, { path, yes }: RemoveOptions, session: Session): Promise<void> {
  const { terminal, connect, signal } = session;
  const { client } = await connect();
  const what = path === undefined ? `the domain ${name}` : `the path ${path} of ${name}`;
  const { EndpointsConfig: endpoints } = await client.request("GetCustomDomain", { Domain: name }, { signal });
  const left = endpoints.filter(({ PathMatch }) => PathMatch !== path);
  if (path !== undefined && left.length === endpoints.length) {
    throw failed(`${name} has no path ${path}; it has ${endpoints.map(({ PathMatch }) => PathMatch).join(", ")}.`);
  }
  if (left.length === 0) throw failed(`${path} is the only path of ${name}; without --path the domain is removed.`);
  if (terminal.canAsk && yes !== true && !(await askYesNo(`Remove ${what}?`, signal))) {
    throw failed("Nothing was removed.");
  }
  await terminal.during(`Removing ${what}`, async () => {
    if (path === undefined) await client.request("DeleteCustomDomain", { Domain: name }, { signal });
    else await client.request("UpdateCustomDomain", { Domain: name, EndpointsConfig: left }, { signal });
  });
  terminal.result({ removed: { domain: name, path } }, () => `Removed ${what}.`);
}
