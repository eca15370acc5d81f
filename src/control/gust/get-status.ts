import { z } from "zod";
import { defineAction } from "../action.ts";

export const getStatus = defineAction({
  name: "GetStatus",
  group: "Server",
  summary:
    "Tells what all hosts are doing now: instances, waiting calls, the pool, and what their sandboxes do not fence off.",
  input: z.object({}),
  output: z.object({
    Status: z.record(z.string(), z.unknown()).describe("Counts by part; further parts may come with later versions"),
  }),
  permission: "gust:GetStatus",
  errors: [],
  handle: async (_input, { readStatus, signal }) => ({ Status: await readStatus({ signal }) }),
});
