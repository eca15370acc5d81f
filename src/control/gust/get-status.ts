import { z } from "zod";
import { defineAction } from "../action.ts";

export const getStatus = defineAction({
  name: "GetStatus",
  group: "Server",
  summary:
    "Tells what this server is doing now: instances, waiting calls, the pool, and what its sandboxes do not fence off.",
  input: z.object({}),
  output: z.object({
    Status: z.record(z.string(), z.unknown()).describe("Counts by part; further parts may come with later versions"),
  }),
  permission: "gust:GetStatus",
  errors: [],
  handle: (_input, { readStatus }) => Promise.resolve({ Status: readStatus() }),
});
