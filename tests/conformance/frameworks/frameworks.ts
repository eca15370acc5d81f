/** A framework of the matrix. A further one is a folder below `fixtures/` and a row here. */
export interface Framework {
  /** Of the folder, and of the function that its template.yaml declares. */
  readonly name: string;
  readonly title: string;
  /** Takes long to install and build: only with `GUST_TEST_FRAMEWORKS=all`. */
  readonly isHeavy?: boolean;
  /** How its packages are had, and what is made of them, before `gust deploy`. */
  readonly tools: "npm" | "pip" | "go";
  /** A build as its documentation has it, run in the folder after its packages were installed. */
  readonly build?: readonly string[];
  /** Its server believes what FORWARDED_ALLOW_IPS lets it believe: who asks over TLS gets addresses with https. */
  readonly asksWhomToTrust?: boolean;
  /** What is deployed, when it is not the folder itself. */
  readonly output?: string;
}

export const frameworks: readonly Framework[] = [
  { name: "express", title: "Express 5", tools: "npm" },
  { name: "koa", title: "Koa 3", tools: "npm" },
  { name: "fastify", title: "Fastify 5", tools: "npm" },
  { name: "nestjs", title: "NestJS 12", tools: "npm", build: ["tsc", "-p", "."], isHeavy: true },
  {
    name: "next",
    title: "Next.js 16",
    tools: "npm",
    build: ["next", "build"],
    output: ".next/standalone",
    isHeavy: true,
  },
  { name: "flask", title: "Flask 3 (gunicorn)", tools: "pip", asksWhomToTrust: true },
  { name: "fastapi", title: "FastAPI (uvicorn)", tools: "pip", asksWhomToTrust: true },
  { name: "django", title: "Django 5 (gunicorn)", tools: "pip", asksWhomToTrust: true },
  { name: "go", title: "Go, net/http", tools: "go", build: ["go", "build", "-trimpath", "-o", "server", "."] },
];
