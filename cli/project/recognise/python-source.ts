/** A name in a Python module that can be a handler, and why. */
export interface PythonHandler {
  readonly kind: "event" | "http";
  readonly name: string;
  /** Goes on after the name of the file. */
  readonly because: string;
}

/** What makes an application, and the package that it comes from. */
const makers: readonly (readonly [maker: string, from: string])[] = [
  ["Flask", "flask"],
  ["FastAPI", "fastapi"],
  ["Starlette", "starlette"],
  ["Quart", "quart"],
  ["Litestar", "litestar"],
  ["Sanic", "sanic"],
  ["Bottle", "bottle"],
  ["App", "falcon"],
  ["get_wsgi_application", "django"],
  ["get_asgi_application", "django"],
];

/** Names that are looked at first, when several could serve. */
const preferred = ["app", "application", "main", "handler"];
/** What the API takes for the second half of a handler. */
const handlerName = /^[A-Za-z](?:[A-Za-z0-9_-]*[A-Za-z])?$/;

/** Finds the handler of a Python module from its text, or null. `main_handler` wins over applications. */
export function findPythonHandler(source: string): PythonHandler | null {
  const code = barePython(source);
  if (/^(?:async\s+)?def\s+main_handler\s*\(/m.test(code)) {
    return { kind: "event", name: "main_handler", because: "has main_handler" };
  }
  const found = [...applications(code), ...functions(code)].filter(({ name }) => handlerName.test(name));
  const rank = ({ name }: PythonHandler): number =>
    (preferred.indexOf(name) + preferred.length + 1) % (preferred.length + 1);
  const http = found.filter(({ kind }) => kind === "http").toSorted((a, b) => rank(a) - rank(b));
  return http[0] ?? found[0] ?? null;
}

/** Whether a module names a route for WebSockets as FastAPI, Starlette, Litestar and Quart do. */
export function hasWebSocketRoute(source: string): boolean {
  const code = barePython(source);
  const decorated = /^\s*@(?:\w+\.)*websocket(?:_route)?\s*\(/m;
  return decorated.test(code) || /\b(?:WebSocketRoute|add(?:_api)?_websocket_route)\s*\(/.test(code);
}

/** `app = Flask(__name__)`, `app: FastAPI = fastapi.FastAPI()`, and a `create_app()` of a module that imports a framework. */
function* applications(code: string): Generator<PythonHandler> {
  const imported = makers.filter(([, from]) => new RegExp(`^\\s*(?:from|import)\\s+${from}\\b`, "m").test(code));
  for (const match of code.matchAll(/^(\w+)\s*(?::[^=\n]+)?=(?!=)\s*(?:[\w.]+\.)?(\w+)\s*\(/gm)) {
    const [, name = "", maker] = match;
    if (imported.some(([known]) => known === maker)) {
      yield { kind: "http", name, because: `has ${name}, made by ${maker}` };
    }
  }
  const [first] = imported;
  const factory = /^def\s+(create_app|make_app)\s*\(\s*\)/m.exec(code)?.[1];
  if (first !== undefined && factory !== undefined) {
    yield { kind: "http", name: factory, because: `has ${factory}(), and imports ${first[1]}` };
  }
}

/** Functions that say by their parameters what they take. */
function* functions(code: string): Generator<PythonHandler> {
  for (const match of code.matchAll(/^(?:async\s+)?def\s+(\w+)\s*\(([^)]*)\)/gm)) {
    const [, name = "", list = ""] = match;
    const parameters = list.split(",").map((parameter) => parameter.trim().replace(/\s*[:=].*$/s, ""));
    if (parameters.join() === "scope,receive,send") {
      yield { kind: "http", name, because: `has ${name}, an ASGI application` };
    } else if (parameters.length === 2 && parameters[0]?.startsWith("environ") && parameters[1]?.startsWith("start")) {
      yield { kind: "http", name, because: `has ${name}, a WSGI application` };
    } else if (parameters.join() === "event,context") {
      yield { kind: "event", name, because: `has ${name}, which takes an event` };
    }
  }
}

/** Source with comments and texts blanked, so that patterns meet code only; lines stay where they are. */
function barePython(source: string): string {
  const text = /#[^\n]*|"""[^]*?(?:"""|$)|'''[^]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?/g;
  return source.replaceAll(text, (found) => found.replaceAll(/[^\n]/g, " "));
}
