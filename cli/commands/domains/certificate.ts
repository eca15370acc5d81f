import { Command } from "commander";
import { z } from "zod";
import { failed } from "../../failure.ts";
import { readInput } from "../../input.ts";
import { newCommand, newSession, type CommonOptions, type Session } from "../../session.ts";
import { askYesNo } from "../../terminal/questions.ts";
import { localTime, table } from "../../terminal/table.ts";
import { listCertificates, product, stateOf } from "./certificates.ts";

interface UploadOptions extends CommonOptions {
  readonly cert: string;
  readonly key: string;
  readonly alias?: string;
}

interface RemoveOptions extends CommonOptions {
  readonly yes?: boolean;
}

export function addCertificate(program: Command, signal: AbortSignal): void {
  const command = new Command("certificate").description("Certificates for TLS with names of your own");
  const list = newCommand("list", "Lists the certificates, those included that the server obtains for domains", [
    "certificate list",
    "certificate list --json",
  ]);
  command.addCommand(list.action((options: CommonOptions) => sayCertificates(newSession(options, signal))));
  const upload = newCommand("upload", "Gives the server a certificate; it serves the hosts that it names at once", [
    "certificate upload --cert fullchain.pem --key privkey.pem --alias shop",
  ]);
  upload
    .requiredOption("--cert <file>", "PEM: the server's certificate first, then those of its issuers, in order")
    .requiredOption("--key <file>", "PEM of its private key")
    .option("--alias <name>", "a name of your choice")
    .action((options: UploadOptions) => uploadCertificate(options, newSession(options, signal)));
  command.addCommand(upload);
  const remove = newCommand("remove", "Removes a certificate that no custom domain uses", [
    "certificate remove AbCd1234",
    "certificate remove AbCd1234 --yes",
  ]);
  remove
    .argument("<id>", "id of the certificate, as `gust certificate list` has it")
    .option("-y, --yes", "do not ask")
    .action((id: string, options: RemoveOptions) => removeCertificate(id, options, newSession(options, signal)));
  command.addCommand(remove);
  program.addCommand(command);
}

async function sayCertificates({ terminal, connect, signal }: Session): Promise<void> {
  const { client } = await connect();
  const certificates = await terminal.during("Reading the certificates", () => listCertificates(client, signal));
  terminal.result({ certificates }, () => {
    if (certificates.length === 0) return "No certificates yet. `gust certificate upload` gives the server one.";
    const { style } = terminal;
    const head = ["ID", "ALIAS", "FROM", "UNTIL", "NAMES", "STATE"].map((it) => style.dim(it));
    const rows = certificates.map((it) => [
      style.bold(it.CertificateId),
      it.Alias,
      it.From,
      localTime(it.CertEndTime),
      it.SubjectAltName.join(", "),
      stateOf(it, style),
    ]);
    return table([head, ...rows]);
  });
}

const uploaded = z.object({ CertificateId: z.string() });

async function uploadCertificate(options: UploadOptions, session: Session): Promise<void> {
  const { terminal, connect, signal, gust } = session;
  const [chain, key] = [await readInput(`@${options.cert}`, signal), await readInput(`@${options.key}`, signal)];
  const { client } = await connect();
  const { CertificateId: id, found } = await terminal.during("Uploading the certificate", async () => {
    const fields = { CertificatePublicKey: chain, CertificatePrivateKey: key, Alias: options.alias };
    const reply = uploaded.parse(await client.call("UploadCertificate", fields, { product, signal }));
    const [entry] = await listCertificates(client, signal, { CertIds: [reply.CertificateId] });
    return { ...reply, found: entry };
  });
  if (found === undefined) throw failed(`The certificate ${id} was removed at the same time.`);
  terminal.result({ certificate: found }, () => {
    const { style } = terminal;
    const names = found.SubjectAltName.join(", ");
    const domain = found.SubjectAltName.find((name) => !name.startsWith("*")) ?? "DOMAIN";
    const use = gust(`domain add ${domain} --function NAME --certificate ${id}`);
    return [
      `${style.green("✔")} ${style.bold(id)}  serves ${names} until ${localTime(found.CertEndTime)}`,
      `  ${style.dim("$")} ${use}`,
    ].join("\n");
  });
}

async function removeCertificate(id: string, options: RemoveOptions, session: Session): Promise<void> {
  const { terminal, connect, signal } = session;
  const { client } = await connect();
  const fields = { CertificateId: id };
  if (terminal.canAsk && options.yes !== true) {
    await client.call("DescribeCertificate", fields, { product, signal }); // nobody is asked about what is not there
    if (!(await askYesNo(`Remove the certificate ${id}?`, signal))) throw failed("Nothing was removed.");
  }
  await terminal.during("Removing the certificate", () =>
    client.call("DeleteCertificate", fields, { product, signal }),
  );
  terminal.result({ removed: { certificate: id } }, () => `Removed the certificate ${id}.`);
}
