import fs from "node:fs/promises";

/** The user that the server runs as: PostgreSQL refuses root. */
export interface ServerUser {
  readonly name: string;
  /** For `spawn`; empty when it is the user we run as. */
  readonly spawn: { readonly uid?: number; readonly gid?: number };
  /** Gives a file or directory to that user. */
  own(file: string): Promise<void>;
}

/**
 * As root: whoever owns `serverDirectory` already, else `nobody`. Otherwise: ourselves.
 * It must be in the passwd file, because the server's programs look themselves up there.
 */
export async function findServerUser(serverDirectory: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { name: "this user", spawn: {}, own: async () => undefined };
  const owner = await fs.stat(serverDirectory).then(
    (stat) => stat.uid,
    () => 0,
  );
  const users = parsePasswd(await fs.readFile("/etc/passwd", "utf8"));
  const user = users.find(({ uid }) => uid !== 0 && uid === owner) ?? users.find(({ name }) => name === "nobody");
  if (!user) {
    throw new Error(
      "PostgreSQL does not run as root, and this system has no user `nobody`. Start Gust as an ordinary user, or set DATABASE_URL.",
    );
  }
  const { name, uid, gid } = user;
  return { name, spawn: { uid, gid }, own: (file) => fs.chown(file, uid, gid) };
}

function parsePasswd(text: string): { name: string; uid: number; gid: number }[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}
