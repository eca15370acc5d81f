import { randomBytes, randomInt } from "node:crypto";
import { sql } from "kysely";
import { tokenKeyOf } from "../../core/index.ts";
import { Seal } from "../certificates/seal.ts";
import type { Database } from "../database/connection.ts";
import type { Account } from "../store.ts";

/** The account of the installation, the key that signs tokens of its functions, and what seals private keys; made when the database has none yet. */
export async function readOrMakeAccount(
  database: Database,
): Promise<{ account: Account; tokenKey: Buffer; seal: Seal }> {
  const made = makeAccount();
  await sql`
    insert into gust.account (app_id, uin, secret_id, secret_key)
    values (${made.appId}, ${made.uin}, ${made.secretId}, ${made.secretKey})
    on conflict do nothing`.execute(database);
  await sql`update gust.account set token_secret = ${randomLetters(43)} where token_secret is null`.execute(database);
  const row = await database.selectFrom("account").selectAll().executeTakeFirstOrThrow();
  const account = { appId: row.app_id, uin: row.uin, secretId: row.secret_id, secretKey: row.secret_key };
  if (row.token_secret === null) throw new Error("the account has no token secret, although one was just made");
  const tokenKey = tokenKeyOf({ secretKey: account.secretKey, tokenSecret: row.token_secret });
  return { account, tokenKey, seal: new Seal(row.token_secret) };
}

function makeAccount(): Account {
  return {
    appId: `125${randomDigits(7)}`,
    uin: `1000${randomDigits(8)}`,
    secretId: `AKID${randomLetters(32)}`,
    secretKey: randomLetters(32),
  };
}

function randomDigits(length: number): string {
  return String(randomInt(10 ** length)).padStart(length, "0");
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Bytes beyond the last whole multiple of the alphabet are thrown away, so every letter is equally likely. */
function randomLetters(length: number): string {
  const usable = 256 - (256 % letters.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < usable) text += letters[byte % letters.length] ?? "";
  }
  return text.slice(0, length);
}
